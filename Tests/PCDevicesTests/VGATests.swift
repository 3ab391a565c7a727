import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import Testing

@testable import PCDevices

@Suite struct `a VGA's registers` {
  private let rig: VGARig

  init() throws { rig = try VGARig() }

  @Test func `tables and registers describe it whole`() {
    #expect(audit(rig.device) == [])
    #expect(auditState(VGADispi.self) == [])
  }

  @Test func `its schema is the one on record`() throws { #expect(VGA.State.table.schema == (try golden("vga"))) }

  @Test(arguments: 1...4) func `moved at random moments it behaves as its twin`(seed: UInt64) throws {
    // Twins share the memory, which moves by itself: what either writes the other writes, too.
    let memory = try RAMBlock(name: "vga.memory", size: VGA.memorySize)
    #expect(auditMoves(of: VGA.self, seed: seed) { $0.blocks["memory"] = memory } == [])
  }

  @Test func `whatever a guest does, it can be saved and shown`() throws {
    let memory = try RAMBlock(name: "vga.memory", size: VGA.memorySize)
    #expect(auditStorm(of: VGA.self, accesses: 200_000) { $0.blocks["memory"] = memory } == [])
    var random = SplitMix64(seed: 5)
    for _ in 0..<300 {
      for _ in 0..<20 { randomAccess(rig.device, VGA.model.regions[0], 0, &random) }
      for _ in 0..<10 { randomAccess(rig.device, VGA.model.regions[1], 1, &random) }
      _ = rig.in(0x3da)
      rig.out(0x3c0, 0x20)
      _ = rig.picture.update(0)
      #expect(rig.picture.pixels.count == rig.picture.width * rig.picture.height)
    }
  }

  @Test func `the controller moves to the monochrome ports`() {
    rig.out(0x3c2, 0x66)
    #expect(rig.in(0x3d4) == 0xff)
    rig.out(0x3b4, 0xf)
    rig.out(0x3b5, 0x12)
    #expect(rig.in(0x3b5) == 0x12)
    rig.out(0x3c2, 0x67)
    #expect(rig.in(0x3d5) == 0x12)
  }

  @Test func `protected registers keep their values, but for the line compare bit`() {
    rig.crtc(0, 0x11)
    #expect(rig.in(0x3d5) == 0x5f)
    rig.crtc(7, 0)
    #expect(rig.in(0x3d5) == 0x0f)
    rig.crtc(0x11, 0x0e)
    rig.crtc(0, 0x11)
    #expect(rig.in(0x3d5) == 0x11)
  }

  @Test func `bits that a register has not read as 0`() {
    rig.sequencer(2, 0xff)
    #expect(rig.in(0x3c5) == 0x0f)
    rig.graphics(5, 0xff)
    #expect(rig.in(0x3cf) == 0x7b)
    _ = rig.in(0x3da)
    rig.out(0x3c0, 0x21)
    rig.out(0x3c0, 0xff)
    #expect(rig.in(0x3c1) == 0x3f)
  }

  @Test func `the attribute port takes index and data in turn, reading the status starts over`() {
    _ = rig.in(0x3da)
    rig.out(0x3c0, 0x22)
    _ = rig.in(0x3da)
    rig.out(0x3c0, 0x23)
    #expect(rig.in(0x3c0) == 0x23)
  }

  @Test func `the palette changes with the blue of an entry, and has six bits`() {
    rig.colour(9, 1, 2, 3)
    rig.out(0x3c8, 9)
    rig.out(0x3c9, 0x15)
    rig.out(0x3c9, 0x16)
    rig.out(0x3c7, 9)
    #expect([rig.in(0x3c9), rig.in(0x3c9), rig.in(0x3c9)] == [1, 2, 3])
    rig.colour(255, 0xff, 0x41, 5)
    rig.out(0x3c7, 255)
    #expect([rig.in(0x3c9), rig.in(0x3c9), rig.in(0x3c9)] == [0x3f, 1, 5])
  }

  @Test func `pictures come at the rate of the mode's registers`() {
    for (mode, rate) in [(VGAMode.text80, 70), (VGAMode.vga18, 60), (VGAMode.vga19, 70)] {
      rig.set(mode)
      var retraces = 0
      var was = false
      let start = rig.desk.now
      while rig.desk.now < start + 1_000_000_000 {
        let isRetrace = rig.in(0x3da) & 8 != 0
        if isRetrace, !was { retraces += 1 }
        was = isRetrace
        rig.desk.jump(to: rig.desk.now + 20_000)
      }
      #expect((rate - 1...rate + 1).contains(retraces), "\(mode): \(retraces)")
    }
  }
}

@Suite struct `a VGA's window` {
  private let rig: VGARig

  init() throws { rig = try VGARig() }

  /// Mode 12h with four different bytes in the latches.
  private func latch() {
    rig.set(.vga18)
    for (plane, value) in ([0x0f, 0x33, 0x55, 0xf0] as [UInt8]).enumerated() {
      rig.sequencer(2, 1 << UInt8(plane))
      rig.store([value], at: 7)
    }
    rig.sequencer(2, 0xf)
    _ = rig.byte(7)
  }

  @Test func `the map mask says which planes a byte goes to`() {
    rig.set(.vga18)
    rig.sequencer(2, 5)
    rig.store([0xa5], at: 0x5003)
    #expect(rig.planes(0x5003) == [0xa5, 0, 0xa5, 0])
  }

  @Test func `read mode 0 reads the plane that is named, read mode 1 compares colours`() {
    latch()
    for (plane, value) in ([0x0f, 0x33, 0x55, 0xf0] as [UInt8]).enumerated() {
      rig.graphics(4, UInt8(plane))
      #expect(rig.byte(7) == value)
    }
    // Dots by their colour, the leftmost first: planes 0 to 3 are 0x0f, 0x33, 0x55, 0xf0.
    let colours: [UInt8] = [8, 12, 10, 14, 1, 5, 3, 7]
    rig.graphics(5, 8)
    rig.graphics(7, 0xf)
    for (dot, colour) in colours.enumerated() {
      rig.graphics(2, colour)
      #expect(rig.byte(7) == 0x80 >> UInt8(dot))
    }
    rig.graphics(7, 1)
    rig.graphics(2, 1)
    #expect(rig.byte(7) == 0x0f)
  }

  @Test func `write mode 0 rotates, sets and resets, combines and masks`() {
    latch()
    rig.graphics(3, 3)
    rig.store([0x81], at: 8)
    #expect(rig.planes(8) == [0x30, 0x30, 0x30, 0x30])
    rig.graphics(3, 0)
    rig.graphics(0, 0b0101)
    rig.graphics(1, 0b0011)
    rig.store([0x3c], at: 8)
    #expect(rig.planes(8) == [0xff, 0x00, 0x3c, 0x3c])
    rig.graphics(1, 0)
    rig.graphics(8, 0x0f)
    rig.store([0xaa], at: 8)
    #expect(rig.planes(8) == [0x0a, 0x3a, 0x5a, 0xfa])
    rig.graphics(8, 0xff)
    for (function, expected) in [
      (1, [0x0c, 0x30, 0x14, 0x30]), (2, [0x3f, 0x3f, 0x7d, 0xfc]), (3, [0x33, 0x0f, 0x69, 0xcc]),
    ] as [(UInt8, [UInt8])] {
      rig.graphics(3, function << 3)
      rig.store([0x3c], at: 8)
      #expect(rig.planes(8) == expected, "function \(function)")
    }
  }

  @Test func `write mode 1 copies the latches`() {
    latch()
    rig.graphics(5, 1)
    rig.graphics(8, 0)
    rig.store([0x99], at: 9)
    #expect(rig.planes(9) == [0x0f, 0x33, 0x55, 0xf0])
  }

  @Test func `write mode 2 takes a colour and masks bits`() {
    latch()
    rig.graphics(5, 2)
    rig.graphics(8, 0x3c)
    rig.store([0x05], at: 9)
    #expect(rig.planes(9) == [0x3f, 0x03, 0x7d, 0xc0])
  }

  @Test func `write mode 3 masks set and reset with the byte`() {
    latch()
    rig.graphics(5, 3)
    rig.graphics(0, 0b1010)
    rig.graphics(8, 0x7e)
    rig.graphics(3, 1)
    // 0xe1 rotated is 0xf0, and 0x70 of it is in the mask.
    rig.store([0xe1], at: 9)
    #expect(rig.planes(9) == [0x0f, 0x73, 0x05, 0xf0])
  }

  @Test func `odd and even addresses are planes 0 and 1 in text`() {
    rig.print([0x41, 0x42], attribute: 0x1e)
    #expect(rig.planes(0)[..<2] == [0x41, 0x1e])
    #expect(rig.planes(1)[..<2] == [0x42, 0x1e])
    #expect(rig.space.read(0xb8000, width: 4) == 0x1e42_1e41)
    #expect(rig.space.read(0xa0000, width: 4) == 0xffff_ffff)
  }

  @Test func `chain 4 is mapped as it is while nothing but bytes are written, and goes on where it is not`() {
    rig.set(.vga19)
    guard case .memory = rig.space.span(at: 0xa0000)?.region.content else {
      Issue.record("mode 13h is not mapped")
      return
    }
    rig.store([1, 2, 3, 4, 5], at: 0x1000)
    #expect(rig.planes(0x400) == [1, 2, 3, 4])
    rig.sequencer(2, 0b0101)
    rig.store([9, 9, 9, 9], at: 0x1000)
    #expect(rig.planes(0x400) == [9, 2, 9, 4])
    #expect((0..<5).map { rig.byte(0x1000 + $0) } == [9, 2, 9, 4, 5])
    rig.set(.text80)
    #expect(rig.space.read(0xa0000, width: 1) == 0xff)
  }

  @Test func `memory that is switched off does not answer`() {
    rig.set(.vga19)
    rig.store([7])
    rig.out(0x3c2, 0x61)
    #expect(rig.byte() == 0xff)
    rig.store([8])
    rig.out(0x3c2, 0x63)
    #expect(rig.byte() == 7)
  }
}
