import DeviceAudit
import DeviceModel
import GuestMemory
import Testing

@testable import PCDevices

@Suite struct `VGA text` {
  private let memory: RAMBlock
  private let device: VGAText
  private let picture: any Picture

  init() throws {
    memory = try RAMBlock(name: "vga.memory", size: VGAText.memorySize)
    let site = Site(name: "vga", clock: VirtualClock(), memory: AddressSpace(name: "memory"))
    site.blocks["memory"] = memory
    device = VGAText(site)
    picture = device.makePicture()
  }

  private func write(_ port: UInt64, _ value: UInt64) { device.busWrite(value, port - 0x3b0, width: 1, region: 0) }
  private func read(_ port: UInt64) -> UInt64 { device.busRead(port - 0x3b0, width: 1, region: 0) }
  private func crtc(_ index: UInt64, _ value: UInt64) {
    write(0x3d4, index)
    write(0x3d5, value)
  }

  private func print(_ text: String, at cell: Int) {
    memory.write(cell * 2, count: text.utf8.count * 2) { bytes in
      for (index, byte) in text.utf8.enumerated() {
        bytes.storeBytes(of: 0x0700 | UInt16(byte), toByteOffset: index * 2, as: UInt16.self)
      }
    }
  }

  @Test func `it starts with 80 columns and 25 rows in colour`() {
    #expect(picture.update(0))
    #expect(picture.width == 640 && picture.height == 400)
    #expect(picture.text == [String](repeating: "", count: 25))
    #expect(read(0x3cc) == 0x67)
  }

  @Test func `the picture is drawn where something has changed`() {
    crtc(0xa, 0x20)
    #expect(picture.update(0))
    #expect(!picture.pixels.contains(0xaaaaaa))
    #expect(!picture.update(0))
    print("# ", at: 81)
    #expect(picture.update(0))
    let lit = picture.pixels.indices.filter { picture.pixels[$0] == 0xaaaaaa }
    #expect(!lit.isEmpty)
    #expect(lit.allSatisfy { (16..<32).contains($0 / 640) && (8..<16).contains($0 % 640) })
    crtc(0xf, 82)
    crtc(0xa, 0x0d)
    #expect(picture.update(0))
    #expect(picture.pixels[(16 + 13) * 640 + 16..<(16 + 13) * 640 + 24].allSatisfy { $0 == 0xaaaaaa })
  }

  @Test func `the picture begins at the start address`() {
    print("second", at: 80)
    #expect(picture.text?[1] == "second")
    crtc(0xd, 80)
    #expect(picture.text?[0] == "second")
    crtc(0xc, 0xff)
    #expect(picture.text?.count == 25)
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
