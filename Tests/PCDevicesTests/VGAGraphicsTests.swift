import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import Testing

@testable import PCDevices

@Suite struct `a VGA's graphics` {
  private let rig: VGARig

  init() throws {
    rig = try VGARig()
    rig.numberColours()
    // The text screen and its font are gone.
    rig.memory.write(0, count: 1 << 18) { $0.initializeMemory(as: UInt8.self, repeating: 0, count: 1 << 18) }
  }

  @Test func `mode 13h has a byte for each of 320 by 200 dots`() {
    rig.set(.vga19)
    rig.store(Array(0...255))
    rig.store([200], at: 320 * 199 + 319)
    #expect(rig.dots().count == 320 * 200)
    #expect(rig.dots(row: 0, 256) == (0..<256).map(VGARig.numbered))
    #expect(rig.dots(row: 199, from: 319, 1) == [VGARig.numbered(200)])
    rig.out(0x3c6, 0x0f)
    #expect(rig.dots(row: 0, from: 0x35, 1) == [VGARig.numbered(5)])
  }

  @Test func `without chain 4 its dots are in the planes, and rows can be longer than the screen`() {
    rig.set(.vga19)
    rig.sequencer(4, 6)
    rig.crtc(0x14, 0)
    rig.crtc(0x17, 0xe3)
    rig.crtc(0x13, 0x50)
    for plane in 0..<4 as Range<UInt8> {
      rig.sequencer(2, 1 << plane)
      rig.store([10 + plane, 20 + plane], at: 160)
    }
    #expect(rig.dots(row: 1, 9) == [10, 11, 12, 13, 20, 21, 22, 23, 0].map(VGARig.numbered))
    rig.crtc(0x0d, 1)
    rig.attribute(0x13, 2)
    #expect(rig.dots(row: 1, 4) == [21, 22, 23, 0].map(VGARig.numbered))
  }

  @Test(arguments: [(VGAMode.vga18, 640, 480), (VGAMode.ega16, 640, 350), (VGAMode.ega13, 320, 200)])
  func `sixteen colours are a bit in each plane`(mode: VGAMode, width: Int, height: Int) {
    rig.set(mode)
    for plane in 0..<4 as Range<UInt8> {
      rig.sequencer(2, 1 << plane)
      // The dots' colours are 0 to 15.
      rig.store([[0x55, 0x55], [0x33, 0x33], [0x0f, 0x0f], [0x00, 0xff]][Int(plane)], at: UInt64(width / 8))
    }
    #expect(rig.dots().count == width * height)
    let colours = (0..<16).map { VGARig.numbered(Int(mode.attribute[$0])) }
    #expect(rig.dots(row: 1, 17) == colours + [colours[0]])
    rig.attribute(0x12, 0b0111)
    #expect(rig.dots(row: 1, 16) == Array(colours[0..<8]) + Array(colours[0..<8]))
  }

  @Test func `colour select takes the place of a palette's upper bits`() {
    rig.set(.ega16)
    rig.attribute(0, 0x35)
    rig.attribute(0x14, 0x0e)
    #expect(rig.dots(row: 0, 1) == [VGARig.numbered(0xf5)])
    rig.attribute(0x10, 0x81)
    #expect(rig.dots(row: 0, 1) == [VGARig.numbered(0xe5)])
  }

  @Test func `mode 4 has two bits a dot, and odd lines 8 KiB further on`() {
    rig.set(.cga4)
    rig.space.write(0x1b, 0xb8000, width: 1)
    rig.space.write(0xe4, 0xb8001, width: 1)
    rig.space.write(0xff, 0xba000, width: 1)
    #expect(rig.dots().count == 320 * 200)
    let colours = [0, 0x13, 0x15, 0x17].map(VGARig.numbered)
    #expect(rig.dots(row: 0, 8) == [0, 1, 2, 3, 3, 2, 1, 0].map { colours[$0] })
    #expect(rig.dots(row: 1, 5) == [3, 3, 3, 3, 0].map { colours[$0] })
  }

  @Test func `mode 6 has a bit a dot`() {
    rig.set(.cga2)
    rig.space.write(0xa1, 0xb8000, width: 1)
    rig.space.write(0x80, 0xba000, width: 1)
    #expect(rig.dots().count == 640 * 400)
    let (off, on) = (VGARig.numbered(0), VGARig.numbered(0x17))
    #expect(rig.dots(row: 0, 8) == [on, off, on, off, off, off, off, on])
    #expect(rig.dots(row: 1, 8) == rig.dots(row: 0, 8))
    #expect(rig.dots(row: 2, 2) == [on, off])
  }

  @Test func `only lines of changed pages are drawn`() {
    rig.set(.vga19)
    _ = rig.picture.update(0)
    rig.store([1], at: 320 * 100)
    #expect(rig.picture.update(0))
    // 32000 is in the page from 28672 to 32767.
    #expect(rig.picture.changedRows == 89..<103)
    #expect(rig.picture.update(0) == false)
    rig.colour(1, 9, 9, 9)
    #expect(rig.picture.update(0))
    #expect(rig.picture.changedRows == 0..<200)
  }

  @Test(arguments: VGAMode.all) func `moved, it shows the same dots`(mode: VGAMode) throws {
    rig.set(mode)
    fill()
    let dots = rig.dots()
    #expect(Set(dots).count > 1)
    let other = try rig.moved()
    #expect(other.dots() == dots)
    #expect((other.picture.width, other.picture.height) == (rig.picture.width, rig.picture.height))
    // And goes on like that.
    for rig in [rig, other] { rig.space.write(0x1234_5678, 0xb8000, width: 4) }
    for rig in [rig, other] { rig.space.write(0x1234_5678, 0xa0004, width: 4) }
    #expect(other.dots() == rig.dots())
  }

  @Test(arguments: [4, 8, 15, 16, 24, 32] as [UInt16], [0, 0x20] as [UInt16])
  func `moved in a VBE mode, it shows the same dots`(depth: UInt16, flags: UInt16) throws {
    rig.set(width: 800, height: 600, depth: depth, flags: flags)
    rig.dispi(6, 1024)
    rig.dispi(8, 3)
    rig.dispi(9, 5)
    fill()
    let dots = rig.dots()
    #expect(Set(dots).count > 10 && dots.count == 800 * 600)
    let other = try rig.moved()
    #expect(other.dots() == dots)
    for rig in [rig, other] {
      rig.dispi(5, 1)
      rig.space.write(0x1234_5678, 0xa0004, width: 4)
    }
    #expect(other.dots() == rig.dots())
  }

  private func fill() {
    var random = SplitMix64(seed: 1)
    rig.memory.write(0, count: 4 << 20) { bytes in
      for place in stride(from: 0, to: 4 << 20, by: 8) {
        bytes.storeBytes(of: random.next(), toByteOffset: place, as: UInt64.self)
      }
    }
  }
}

@Suite struct `a VGA's VBE modes` {
  private let rig: VGARig

  init() throws {
    rig = try VGARig()
    rig.numberColours()
  }

  private func frameBuffer(_ bytes: [UInt8], at offset: UInt64 = 0) { rig.space.store(bytes, at: 0xe000_0000 + offset) }

  @Test func `the interface says what it is and can`() {
    #expect(rig.dispi(0) == 0xb0c5 && rig.dispi(10) == 256)
    rig.dispi(4, 2)
    #expect([rig.dispi(1), rig.dispi(2), rig.dispi(3)] == [2560, 1600, 32])
    rig.dispi(4, 0)
    rig.dispi(0, 0xb0c2)
    #expect(rig.dispi(0) == 0xb0c2)
    rig.dispi(0, 0xb0c6)
    #expect(rig.dispi(0) == 0xb0c2)
    #expect(rig.device.busRead(0, width: 2, region: 1) == 0)
  }

  @Test func `the data port is there twice`() {
    rig.device.busWrite(1, 0, width: 2, region: 1)
    rig.device.busWrite(1024, 2, width: 2, region: 1)
    #expect(rig.dispi(1) == 1024)
  }

  @Test(
    arguments: [
      (8, [0x12, 0xff], [0x490000, 0xff0c00]),
      (15, [0x1f, 0x00, 0xe0, 0x03, 0x00, 0x7c], [0x0000ff, 0x00ff00, 0xff0000]),
      (16, [0x1f, 0x00, 0xe0, 0x07, 0x00, 0xf8], [0x0000ff, 0x00ff00, 0xff0000]),
      (24, [1, 2, 3, 4, 5, 6], [0x030201, 0x060504]), (32, [1, 2, 3, 9, 4, 5, 6, 9], [0x030201, 0x060504]),
    ] as [(UInt16, [UInt8], [UInt32])])
  func `pixels follow each other`(depth: UInt16, bytes: [UInt8], dots: [UInt32]) {
    rig.set(width: 640, height: 480, depth: depth)
    #expect(rig.dots().count == 640 * 480)
    frameBuffer(bytes, at: UInt64((Int(depth) + 7) / 8 * 640 * 479))
    #expect(rig.dots(row: 479, dots.count) == dots)
  }

  @Test func `the whole of 1920 by 1080 by 32 is there`() {
    rig.set(width: 1920, height: 1080, depth: 32)
    frameBuffer([0x33, 0x22, 0x11, 0], at: 1920 * 1080 * 4 - 4)
    #expect(rig.dots(row: 1079, from: 1919, 1) == [0x112233])
    #expect(rig.dispi(7) == 2184)
  }

  @Test func `four bits a pixel are planes`() {
    rig.set(.vga18)
    rig.set(width: 800, height: 600, depth: 4)
    rig.sequencer(2, 0b1001)
    rig.store([0x80], at: 100 * 599)
    #expect(rig.dots(row: 599, 2) == [9, 0].map(VGARig.numbered))
    #expect(rig.dots().count == 800 * 600)
  }

  @Test func `banks and the frame buffer are the same memory`() {
    rig.set(width: 640, height: 480, depth: 32)
    rig.dispi(5, 3)
    rig.store([7, 8], at: 0x10)
    #expect(rig.space.read(0xe003_0010, width: 2) == 0x0807)
    rig.dispi(5, 255)
    rig.store([9], at: 0xffff)
    #expect(rig.space.read(0xe0ff_ffff, width: 1) == 9)
    rig.dispi(5, 256)
    #expect(rig.dispi(5) == 255)
    rig.dispi(4, 0)
    #expect(rig.dispi(5) == 0)
  }

  @Test func `enabling clears what will be seen, unless it shall not`() {
    frameBuffer([1, 2, 3])
    rig.set(width: 640, height: 480, depth: 8, flags: 0x80)
    #expect(rig.space.read(0xe000_0000, width: 4) & 0xffffff == 0x030201)
    rig.set(width: 640, height: 480, depth: 8)
    #expect(rig.space.read(0xe000_0000, width: 4) == 0)
  }

  @Test func `the picture can be larger than the screen, which moves over it`() {
    rig.set(width: 640, height: 480, depth: 8)
    rig.dispi(6, 600)
    #expect(rig.dispi(6) == 640)
    rig.dispi(6, 1000)
    #expect(rig.dispi(7) == 16777)
    frameBuffer([5], at: 1000 * 20 + 30)
    rig.dispi(8, 30)
    rig.dispi(9, 20)
    #expect(rig.dots(row: 0, 2) == [5, 0].map(VGARig.numbered))
    // Beyond the memory there is nothing.
    rig.dispi(9, 0xffff)
    #expect(rig.dots().allSatisfy { $0 == 0 })
  }

  @Test func `what does not fit is not enabled, and a mode that is on stays as it is`() {
    rig.set(width: 2561, height: 480, depth: 8)
    #expect(rig.dispi(1) == 640)
    rig.set(width: 800, height: 600, depth: 13)
    #expect(rig.dispi(3) == 8)
    rig.set(width: 0, height: 600, depth: 8)
    #expect(rig.dispi(4) & 1 == 0)
    rig.set(width: 800, height: 600, depth: 8)
    rig.dispi(1, 640)
    #expect(rig.dispi(1) == 800)
  }

  @Test func `the DAC can have eight bits`() {
    rig.set(width: 640, height: 480, depth: 8, flags: 0x20)
    rig.colour(0, 0x81, 0x42, 0x24)
    #expect(rig.dots(row: 0, 1) == [0x814224])
    rig.out(0x3c7, 0)
    #expect(rig.in(0x3c9) == 0x81)
  }

  @Test func `only lines of changed pages are drawn`() {
    rig.set(width: 1024, height: 768, depth: 32)
    _ = rig.picture.update(0)
    #expect(rig.picture.update(0) == false)
    frameBuffer([1], at: 4096 * 100 + 5)
    #expect(rig.picture.update(0))
    #expect(rig.picture.changedRows == 100..<101)
  }

  @Test func `a mode that a boot loader asks for is on`() throws {
    let mode = try #require(VBEMode.mode(0x117))
    #expect((mode.width, mode.height, mode.depth, mode.pitch) == (1024, 768, 16, 2048))
    rig.device.start(mode)
    frameBuffer([0, 0xf8], at: 2048)
    #expect(rig.dots(row: 1, 2) == [0xff0000, 0])
    #expect(rig.dots().count == 1024 * 768)
    for mode in VBEMode.all {
      rig.device.start(mode)
      #expect(rig.dispi(4) == 0x41, "mode \(mode.number) is on")
    }
    #expect(Set(VBEMode.all.map(\.number)).count == VBEMode.all.count)
  }
}
