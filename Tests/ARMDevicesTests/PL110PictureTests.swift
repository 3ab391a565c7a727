import DeviceModel
import GuestMemory
import Testing

@testable import ARMDevices

@Suite struct `a PL110's picture` {
  let rig: PL110Rig

  private static let tft: UInt32 = 0x20
  private static let colourSTN: UInt32 = 0x00
  private static let monoSTN: UInt32 = 0x10
  private static let dual: UInt32 = 0x80
  private static let bgr: UInt32 = 0x100
  private static let bigBytes: UInt32 = 0x200
  private static let bigPixels: UInt32 = 0x400

  init() throws { rig = try PL110Rig() }

  /// LcdBpp for a depth in bits.
  private static func depth(_ bits: Int) -> UInt32 { UInt32([1, 2, 4, 8, 16, 24].firstIndex(of: bits) ?? 0) << 1 }

  /// Colour `n` of the palette is `n` in its red and the complement in its green bits.
  private func paint() {
    for index in 0..<256 { rig.colour(index, UInt32(index & 31 | (index >> 5) << 7)) }
  }

  private static func painted(_ index: Int) -> UInt32 {
    let (red, green) = (UInt32(index & 31), UInt32(index >> 5) << 2)
    return (red << 3 | red >> 2) << 16 | (green << 3 | green >> 2) << 8
  }

  /// The values of the first pixels of `word` with a depth and order, by their colours.
  private func pixels(of word: UInt32, _ bits: Int, _ order: UInt32) -> [Int] {
    paint()
    rig.memory.write(UInt64(word), 0x1000, width: 4)
    rig.show(control: Self.tft | Self.depth(bits) | order)
    return rig.dots().prefix(32 / bits).map { dot in
      (0..<1 << bits).first { Self.painted($0) == dot } ?? -1
    }
  }

  @Test func `little-endian bytes and pixels begin at bit 0`() {
    #expect(pixels(of: 0x8000_0001, 1, 0) == [1] + [Int](repeating: 0, count: 30) + [1])
    #expect(pixels(of: 0xe4_1b_00_ff, 2, 0) == [3, 3, 3, 3, 0, 0, 0, 0, 3, 2, 1, 0, 0, 1, 2, 3])
    #expect(pixels(of: 0x8765_4321, 4, 0) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(pixels(of: 0xf3_22_11_00, 8, 0) == [0, 0x11, 0x22, 0xf3])
  }

  @Test func `big-endian bytes and pixels begin at bit 31`() {
    let order = Self.bigBytes | Self.bigPixels
    #expect(pixels(of: 0xc000_0001, 1, order) == [1, 1] + [Int](repeating: 0, count: 29) + [1])
    #expect(pixels(of: 0xe4_1b_00_ff, 2, order) == [3, 2, 1, 0, 0, 1, 2, 3, 0, 0, 0, 0, 3, 3, 3, 3])
    #expect(pixels(of: 0x8765_4321, 4, order) == [8, 7, 6, 5, 4, 3, 2, 1])
    #expect(pixels(of: 0xf3_22_11_00, 8, order) == [0xf3, 0x22, 0x11, 0])
  }

  @Test func `little-endian bytes with big-endian pixels are as Windows CE has them`() {
    #expect(
      pixels(of: 0x0000_0180, 1, Self.bigPixels) == [1] + [Int](repeating: 0, count: 14) + [1]
        + [Int](repeating: 0, count: 16))
    #expect(pixels(of: 0xe4_1b_00_ff, 2, Self.bigPixels) == [3, 3, 3, 3, 0, 0, 0, 0, 0, 1, 2, 3, 3, 2, 1, 0])
    #expect(pixels(of: 0x8765_4321, 4, Self.bigPixels) == [2, 1, 4, 3, 6, 5, 8, 7])
    #expect(pixels(of: 0xf3_22_11_00, 8, Self.bigPixels) == [0, 0x11, 0x22, 0xf3])
  }

  @Test func `big-endian bytes with little-endian pixels turn round the bytes alone`() {
    #expect(pixels(of: 0x8765_4321, 4, Self.bigBytes) == [7, 8, 5, 6, 3, 4, 1, 2])
  }

  @Test func `16-bit pixels have five bits a colour from red up`() {
    let colours: [(UInt16, UInt32)] = [
      (0x001f, 0xff0000), (0x03e0, 0x00ff00), (0x7c00, 0x0000ff), (0x8000, 0x000000), (0x7fff, 0xffffff),
      (0x4210, 0x848484),
    ]
    for (index, colour) in colours.enumerated() {
      rig.memory.write(UInt64(colour.0), 0x1000 + UInt64(index) * 2, width: 2)
    }
    rig.show(control: Self.tft | Self.depth(16))
    #expect(Array(rig.dots().prefix(6)) == colours.map(\.1))
    rig.show(control: Self.tft | Self.depth(16) | Self.bgr)
    #expect(Array(rig.dots().prefix(3)) == [0x0000ff, 0x00ff00, 0xff0000])
    rig.show(control: Self.tft | Self.depth(16) | Self.bigBytes)
    #expect(Array(rig.dots().prefix(4)) == [0x00ff00, 0xff0000, 0x000000, 0x0000ff])
  }

  @Test func `the intensity bit is the lowest of each colour where the panel has it`() throws {
    let rig = try PL110Rig(["wiring": "5551"])
    for (index, value) in ([0x001f, 0x801f, 0x8000, 0xffff] as [UInt64]).enumerated() {
      rig.memory.write(value, 0x1000 + UInt64(index) * 2, width: 2)
    }
    rig.show(control: Self.tft | Self.depth(16))
    #expect(Array(rig.dots().prefix(4)) == [0xfb0000, 0xff0404, 0x040404, 0xffffff])
  }

  @Test(arguments: [("565", 4), ("555", 6)] as [(String, UInt32)])
  func `a panel may have its 16 bits as 565, or the PL111's code say so`(wiring: String, code: UInt32) throws {
    let rig = try PL110Rig(["wiring": wiring])
    for (index, value) in ([0x001f, 0x07e0, 0xf800, 0x0020] as [UInt64]).enumerated() {
      rig.memory.write(value, 0x1000 + UInt64(index) * 2, width: 2)
    }
    rig.show(control: Self.tft | code << 1)
    #expect(Array(rig.dots().prefix(4)) == [0xff0000, 0x00ff00, 0x0000ff, 0x000400])
  }

  @Test func `the PL111's code for 444 has four bits a colour`() {
    rig.memory.write(0x0f00_0421, 0x1000, width: 4)
    rig.show(control: Self.tft | 7 << 1)
    #expect(Array(rig.dots().prefix(2)) == [0x112244, 0x0000ff])
  }

  @Test func `24-bit pixels lie in a word each, red lowest, in any byte order`() {
    rig.memory.write(0xaa33_2211, 0x1000, width: 4)
    for order in [0, Self.bigBytes, Self.bigPixels, Self.bigBytes | Self.bigPixels] {
      rig.show(control: Self.tft | Self.depth(24) | order)
      #expect(rig.dots()[0] == 0x112233)
      rig.show(control: Self.tft | Self.depth(24) | order | Self.bgr)
      #expect(rig.dots()[0] == 0x332211)
    }
  }

  @Test func `palette colours follow BGR, and a change of the palette shows`() {
    rig.colour(0, 0x001f)
    rig.show(control: Self.tft | Self.depth(8))
    #expect(rig.dots()[0] == 0xff0000)
    rig.show(control: Self.tft | Self.depth(8) | Self.bgr)
    #expect(rig.dots()[0] == 0x0000ff)
    rig.colour(0, 0x03e0)
    #expect(rig.picture.update(0))
    #expect(rig.picture.pixels[0] == 0x00ff00)
    rig.colour(255, 0x7fff)
    rig.memory.write(0xff, 0x1001, width: 1)
    #expect(rig.dots()[1] == 0xffffff)
  }

  @Test func `a mono panel shows fifteen greys by red's upper bits`() {
    for index in 0..<16 { rig.colour(index, UInt32(index << 1) | 0x7c00) }
    rig.memory.write(0x7654_3210, 0x1000, width: 4)
    rig.memory.write(0xfedc_ba98, 0x1004, width: 4)
    for width in [0, 0x40] as [UInt32] {
      rig.show(control: Self.monoSTN | width | Self.depth(4))
      let greys = rig.dots().prefix(16).map { $0 & 0xff }
      #expect(greys == [0, 28, 51, 68, 85, 102, 113, 128, 128, 142, 153, 170, 187, 204, 227, 255])
      #expect(rig.dots().prefix(16).allSatisfy { $0 == ($0 & 0xff) * 0x010101 })
    }
    #expect(Set(rig.dots().prefix(16)).count == 15)
  }

  @Test func `a colour STN panel shows greys of each colour`() {
    rig.colour(0, 0x1e | 0x0e << 5 | 0x02 << 10)
    rig.show(control: Self.colourSTN | Self.depth(8))
    #expect(rig.dots()[0] == 0xff801c)
    rig.show(control: Self.colourSTN | Self.depth(8) | Self.bgr)
    #expect(rig.dots()[0] == 0x1c80ff)
    rig.memory.write(0x1e | 0x0e << 5 | 0x02 << 10, 0x1000, width: 2)
    rig.show(control: Self.colourSTN | Self.depth(16))
    #expect(rig.dots()[0] == 0xff801c)
  }

  @Test func `the bit for mono means nothing to a TFT panel`() {
    rig.colour(0, 0x7c00)
    rig.show(control: Self.tft | Self.monoSTN | Self.depth(8))
    #expect(rig.dots()[0] == 0x0000ff)
  }

  @Test func `two panels lie one above the other`() {
    rig.memory.store([UInt8](repeating: 1, count: 32 * 4), at: 0x1000)
    rig.memory.store([UInt8](repeating: 2, count: 32 * 4), at: 0x8000_2000)
    rig.colour(1, 0x001f)
    rig.colour(2, 0x7c00)
    rig.show(lines: 4, control: Self.tft | Self.dual | Self.depth(8), base: 0x1000, lower: 0x8000_2000)
    let dots = rig.dots()
    #expect(rig.picture.width == 32 && rig.picture.height == 8)
    #expect(dots.prefix(128).allSatisfy { $0 == 0xff0000 })
    #expect(dots.suffix(128).allSatisfy { $0 == 0x0000ff })
    rig.memory.write(1, 0x8000_2000, width: 1)
    #expect(rig.picture.update(0))
    #expect(rig.picture.pixels[128] == 0xff0000)
  }

  @Test func `lines of one bit a dot follow each other without a gap`() {
    rig.colour(1, 0x7fff)
    rig.memory.write(0x8001_0000, 0x1000, width: 4)
    rig.show(width: 16, lines: 3, control: Self.tft | Self.depth(1))
    #expect(rig.dots().enumerated().filter { $0.element != 0 }.map(\.offset) == [16, 31])
  }

  @Test func `the panel is dark without power, and without the controller`() {
    rig.memory.write(0xff_ffff, 0x1000, width: 4)
    rig.show(control: Self.tft | Self.depth(24))
    #expect(rig.dots()[0] == 0xffffff)
    rig.desk.writeWord(Self.tft | Self.depth(24) | 1, 0x1c)
    #expect(rig.picture.update(0))
    #expect(rig.picture.pixels.allSatisfy { $0 == 0 })
    #expect(!rig.picture.update(0))
    rig.desk.writeWord(Self.tft | Self.depth(24) | 0x800, 0x1c)
    #expect(rig.dots().allSatisfy { $0 == 0 })
    #expect(rig.picture.width == 32 && rig.picture.height == 2)
  }

  @Test func `before anything is programmed there is a dark panel`() {
    #expect(rig.picture.update(0))
    #expect(rig.picture.width == 640 && rig.picture.height == 480)
    #expect(rig.picture.pixels.count == 640 * 480)
    #expect(!rig.picture.update(0))
  }

  @Test func `only what changed is drawn, and nothing is nothing`() {
    rig.show(width: 640, lines: 480, control: Self.tft | Self.depth(24), base: 0x1004)
    #expect(rig.picture.update(0))
    #expect(!rig.picture.update(0))
    // Written past the dirty bytes: only a page that is marked is looked at again.
    rig.ram.unguarded.storeBytes(of: 0xffffff, toByteOffset: 0x1004, as: UInt32.self)
    rig.memory.write(0xff, 0x20_0000, width: 4)
    #expect(!rig.picture.update(0))
    rig.memory.write(0xff, 0x1004 + (479 * 640 + 639) * 4, width: 4)
    #expect(rig.picture.update(0))
    #expect(rig.picture.pixels[0] == 0)
    #expect(rig.picture.pixels[479 * 640 + 639] == 0xff0000)
    rig.memory.write(0x00ff, 0x1008, width: 4)
    #expect(rig.picture.update(0))
    #expect(rig.picture.pixels[0] == 0xffffff)
    #expect(rig.picture.pixels[1] == 0xff0000)
  }

  @Test func `two who look do not take each other's changes`() {
    rig.show(control: Self.tft | Self.depth(24))
    let other = rig.desk.device.makePicture()
    #expect(rig.picture.update(0) && other.update(0))
    rig.memory.write(0xff, 0x1000, width: 4)
    #expect(rig.picture.update(0) && other.update(0))
    #expect(other.pixels[0] == 0xff0000)
  }

  @Test func `with every view of the pages taken it is drawn whole each time`() {
    let taken = (0..<8).compactMap { _ in rig.ram.makeConsumer() }
    rig.show(control: Self.tft | Self.depth(24))
    #expect(rig.dots()[0] == 0)
    rig.memory.write(0xff, 0x1000, width: 4)
    #expect(rig.dots()[0] == 0xff0000)
    #expect(taken.count == 8)
  }

  @Test func `memory in pieces shows like memory in one`() throws {
    let other = try RAMBlock(name: "other", size: 1 << 20)
    rig.memory.map(Region("other", base: 0x2000, size: 0x1000, priority: 1, content: .memory(other, offset: 0)))
    rig.memory.write(0xff, 0x1ffc, width: 4)
    rig.memory.write(0xff00, 0x2000, width: 4)
    rig.show(width: 32, lines: 32, control: Self.tft | Self.depth(24), base: 0x1800)
    let dots = rig.dots()
    #expect(dots[0x7fc / 4] == 0xff0000)
    #expect(dots[0x800 / 4] == 0x00ff00)
    #expect(!rig.picture.update(0))
    rig.memory.write(0xff_0000, 0x2000, width: 4)
    #expect(rig.dots()[0x800 / 4] == 0x0000ff)
  }

  @Test func `memory that moves shows what is there now`() {
    rig.memory.write(0xff, 0x1000, width: 4)
    rig.show(control: Self.tft | Self.depth(24))
    #expect(rig.dots()[0] == 0xff0000)
    rig.memory.map(Region("moved", base: 0, size: 1 << 20, priority: 1, content: .memory(rig.ram, offset: 1 << 20)))
    #expect(rig.dots()[0] == 0)
    rig.memory.map(Region("gone", base: 0, size: 1 << 20, priority: 2, content: .hole))
    #expect(rig.dots()[0] == 0)
    #expect(!rig.picture.update(0))
  }

  @Test func `a new base shows from the next frame on, whether or not anybody reads a register`() {
    rig.memory.write(0xff, 0x3000, width: 4)
    rig.show(control: Self.tft | Self.depth(24))
    #expect(rig.dots()[0] == 0)
    rig.desk.writeWord(0x3000, 0x10)
    #expect(rig.dots()[0] == 0)
    rig.desk.jump(to: 20_000_000)
    #expect(rig.dots()[0] == 0xff0000)
  }

  @Test func `looking changes nothing`() {
    rig.show(control: Self.tft | Self.depth(24))
    rig.desk.jump(to: 1_000_000_000)
    let before = PL110.State.table.save(rig.desk.device.state)
    _ = rig.dots()
    #expect(before == PL110.State.table.save(rig.desk.device.state))
  }
}
