import DeviceAudit
import DeviceModel
import GuestMemory
import Testing

@testable import PCDevices

@Suite struct `VGA text` {
  var now: Int64 = 0
  let device: VGAText

  init() { device = VGAText(Site(name: "vga", clock: VirtualClock(), memory: AddressSpace(name: "memory"))) }

  private func write(_ port: UInt64, _ value: UInt64) { device.busWrite(value, port - 0x3b0, width: 1, region: 0) }
  private func read(_ port: UInt64) -> UInt64 { device.busRead(port - 0x3b0, width: 1, region: 0) }
  private func crtc(_ index: UInt64, _ value: UInt64) {
    write(0x3d4, index)
    write(0x3d5, value)
  }

  @Test func `it starts with 80 columns and 25 rows in colour`() {
    #expect(device.columns == 80 && device.rows == 25 && device.cellHeight == 16)
    #expect(device.colour(7) == (0xaa, 0xaa, 0xaa))
    #expect(device.colour(6) == (0xaa, 0x55, 0))
    #expect(device.colour(15) == (0xff, 0xff, 0xff))
    #expect(read(0x3cc) == 0x67)
  }

  @Test func `the cursor is where the controller says, and can be off`() {
    crtc(0xe, 0)
    crtc(0xf, 85)
    #expect(device.cursor?.column == 5)
    #expect(device.cursor?.row == 1)
    crtc(0xa, 0x2d)
    #expect(device.cursor == nil)
  }

  @Test func `the picture begins at the start address`() throws {
    let memory = try RAMBlock(name: "vga", size: VGAText.memorySize)
    for (index, byte) in "second".utf8.enumerated() {
      memory.unguarded.storeBytes(of: byte, toByteOffset: 160 + index * 2, as: UInt8.self)
    }
    #expect(device.text(in: memory)[1] == "second")
    crtc(0xd, 80)
    #expect(device.text(in: memory)[0] == "second")
    crtc(0xc, 0xff)
    #expect(device.text(in: memory).count == 25)
  }

  @Test func `the controller moves to the monochrome ports`() {
    write(0x3c2, 0x66)
    #expect(read(0x3d4) == 0xff)
    write(0x3b4, 0xf)
    write(0x3b5, 0x12)
    #expect(read(0x3b5) == 0x12)
    write(0x3c2, 0x67)
    #expect(read(0x3d5) == 0x12)
  }

  @Test func `protected registers keep their values`() {
    crtc(0, 0x11)
    #expect(read(0x3d5) == 0x5f)
    crtc(0x11, 0x0e)
    crtc(0, 0x11)
    #expect(read(0x3d5) == 0x11)
  }

  @Test func `the attribute port takes index and data in turn, reading the status starts over`() {
    _ = read(0x3da)
    write(0x3c0, 0x21)
    write(0x3c0, 0x3f)
    #expect(read(0x3c1) == 0x3f)
    write(0x3c0, 0x22)
    _ = read(0x3da)
    write(0x3c0, 0x23)
    #expect(read(0x3c0) == 0x23)
  }

  @Test func `the palette is written and read in threes`() {
    write(0x3c8, 255)
    for value: UInt64 in [1, 2, 0xff, 4] { write(0x3c9, value) }
    write(0x3c7, 255)
    #expect([read(0x3c9), read(0x3c9), read(0x3c9), read(0x3c9)] == [1, 2, 0x3f, 4])
  }

  @Test func `the retrace comes 70 times a second`() {
    var now: Int64 = 0
    let device = VGAText(Site(name: "vga", clock: VirtualClock { now }, memory: AddressSpace(name: "memory")))
    var retraces = 0
    var was = false
    while now < 1_000_000_000 {
      let status = device.busRead(0x2a, width: 1, region: 0) & 8 != 0
      if status && !was { retraces += 1 }
      was = status
      now += 10_000
    }
    #expect(retraces == 70)
  }

  @Test(arguments: 1...4) func `moved at random moments it behaves as its twin`(seed: UInt64) {
    #expect(auditMoves(of: VGAText.self, seed: seed) == [])
  }
}
