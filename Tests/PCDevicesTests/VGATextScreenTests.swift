import DeviceModel
import GuestMemory
import Testing

@testable import PCDevices

@Suite struct `a VGA's text` {
  private let rig: VGARig
  private static let grey: UInt32 = 0xaaaaaa

  init() throws {
    rig = try VGARig()
    rig.set(.text80)
    rig.crtc(0x0a, 0x20)
  }

  /// A glyph in plane 2, as software loads it.
  private func load(_ rows: [UInt8], as character: Int, font: Int = 0) {
    rig.sequencer(2, 4)
    rig.sequencer(4, 6)
    rig.graphics(5, 0)
    rig.graphics(6, 0)
    rig.store(rows + [UInt8](repeating: 0, count: 32 - rows.count), at: UInt64(font * 0x2000 + character * 32))
    rig.sequencer(2, 3)
    rig.sequencer(4, 2)
    rig.graphics(5, 0x10)
    rig.graphics(6, 0x0e)
  }

  /// A row of dots as text: # where it is `colour`.
  private func row(_ row: Int, from x: Int = 0, _ count: Int = 9, colour: UInt32 = grey) -> String {
    String(rig.dots(row: row, from: x, count).map { $0 == colour ? "#" : "." })
  }

  @Test func `its screen has 720 by 400 dots and the font of plane 2`() {
    load([0x81, 0x42], as: 0x41)
    rig.print([0x41, 0x41], at: 81)
    #expect(rig.dots().count == 720 * 400 && rig.picture.width == 720)
    #expect(row(16, from: 9, 18) == "#......#.#......#.")
    #expect(row(17, from: 9, 18) == ".#....#...#....#..")
    #expect(row(18, from: 9, 18) == "..................")
    load([0xff], as: 0x41)
    #expect(row(16, from: 9, 18) == "########.########.")
  }

  @Test func `in 8-dot mode it shows what vga-text shows`() throws {
    rig.sequencer(1, 1)
    let site = Site(name: "old", clock: VirtualClock(), memory: AddressSpace(name: "none"))
    let memory = try RAMBlock(name: "old.memory", size: VGAText.memorySize)
    site.blocks["memory"] = memory
    let old = VGAText(site)
    rig.device.reset()
    rig.sequencer(1, 1)
    func port(_ port: UInt64, _ value: UInt8) {
      rig.out(port, value)
      old.busWrite(UInt64(value), port - 0x3b0, width: 1, region: 0)
    }
    // The memory begins alike.
    memory.write(0, count: memory.size) { bytes in
      for cell in 0..<memory.size / 2 { bytes.storeBytes(of: 0x0720, toByteOffset: cell * 2, as: UInt16.self) }
    }
    let pictures = (new: rig.picture, old: old.makePicture())
    func expectSame(_ comment: Comment) {
      _ = pictures.new.update(0)
      _ = pictures.old.update(0)
      #expect(pictures.new.width == 640 && pictures.new.height == 400)
      #expect(pictures.new.pixels == pictures.old.pixels, comment)
    }
    expectSame("empty")
    for cell in 0..<2000 {
      let word = UInt16(truncatingIfNeeded: cell &* 0x4f1d)
      memory.write(cell * 2, count: 2) { $0.storeBytes(of: word, as: UInt16.self) }
      rig.space.write(UInt64(word), 0xb8000 + UInt64(cell) * 2, width: 2)
    }
    expectSame("full")
    for (index, value) in [(0x0c, 0), (0x0d, 160), (0x0e, 1), (0x0f, 7)] as [(UInt8, UInt8)] {
      port(0x3d4, index)
      port(0x3d5, value)
    }
    expectSame("scrolled")
    for (index, value) in [(0x30, 4), (0x23, 0x1f), (0x20, 0)] as [(UInt8, UInt8)] {
      port(0x3c0, index)
      if index != 0x20 { port(0x3c0, value) }
    }
    expectSame("16 background colours")
  }

  @Test func `the ninth dot continues line graphics`() {
    for character in [0xbf, 0xc0, 0xdf, 0xe0] { load([0x01], as: character) }
    rig.print([0xbf, 0xc0, 0xdf, 0xe0])
    #expect(row(0, 36) == ".......#........##.......##.......#.")
    rig.attribute(0x10, 8)
    #expect(row(0, 36) == ".......#........#........#........#.")
  }

  @Test func `512 characters are two fonts told apart by bit 3 of the attribute`() {
    load([0xf0], as: 0x41, font: 0)
    load([0x0f], as: 0x41, font: 4)
    // Font 4 is 8 KiB into the memory, and one is for each value of bit 3.
    load([0x3c], as: 0x41, font: 1)
    rig.sequencer(3, 0b10_0000)
    rig.print([0x41], attribute: 7)
    rig.print([0x41], attribute: 15, at: 1)
    #expect(row(0, 9) == "####.....")
    #expect(row(0, from: 9, 9, colour: 0xffffff) == "..####...")
    rig.sequencer(3, 0b00_1000)
    #expect(row(0, from: 9, 9, colour: 0xffffff) == "....####.")
  }

  @Test func `the cursor covers its lines, and blinks by the guest's clock`() {
    rig.crtc(0x0a, 13)
    rig.crtc(0x0b, 14)
    rig.crtc(0x0e, 0)
    rig.crtc(0x0f, 82)
    let picture = VGATiming(rig.device.state).frame
    for (number, shows) in [(0, true), (7, true), (8, false), (15, false), (16, true)] as [(Int64, Bool)] {
      rig.desk.jump(to: picture * number + 1)
      let rows = (16..<32).map { row($0, from: 18, 9) }
      #expect(rows.filter { $0 == "#########" }.count == (shows ? 2 : 0), "picture \(number)")
      #expect(!shows || rows[13...14] == ["#########", "#########"])
    }
    rig.crtc(0x0b, 12)
    #expect(row(16 + 13, from: 18, 9) == ".........")
    rig.crtc(0x0a, 0x20)
    #expect(row(16 + 0, from: 18, 9) == ".........")
  }

  @Test func `bit 7 of an attribute blinks, or is the background's intensity`() {
    load([0xff], as: 0x41)
    rig.print([0x41], attribute: 0x97)
    let picture = VGATiming(rig.device.state).frame
    #expect(rig.dots(row: 0, 9) == [UInt32](repeating: Self.grey, count: 8) + [0x0000aa])
    rig.desk.jump(to: picture * 16)
    #expect(rig.dots(row: 0, 9) == [UInt32](repeating: 0x0000aa, count: 9))
    rig.attribute(0x10, 4)
    #expect(rig.dots(row: 0, 9) == [UInt32](repeating: Self.grey, count: 8) + [0x5555ff])
  }

  @Test func `an underline is where the controller says`() {
    rig.crtc(0x14, 3)
    rig.print([0], attribute: 1)
    rig.print([0], attribute: 2, at: 1)
    #expect(row(3, 18, colour: 0x0000aa) == "#########.........")
    #expect(row(2, 18, colour: 0x0000aa) == "..................")
  }

  @Test func `characters of 8 lines make 50 rows`() {
    rig.crtc(9, 0x47)
    load([0x18], as: 0x41)
    rig.print([0x41], at: 80 * 49)
    #expect(rig.dots().count == 720 * 400)
    #expect(row(49 * 8) == "...##....")
    #expect(row(49 * 8 + 1) == ".........")
    #expect(rig.picture.text?.count == 50)
    #expect(rig.picture.text?.last == "A")
  }

  @Test func `40 columns have dots twice as wide`() {
    rig.set(.text40)
    rig.crtc(0x0a, 0x20)
    load([0x80], as: 0x41)
    rig.print([0x41], at: 1)
    #expect(rig.dots().count == 720 * 400)
    #expect(row(0, 24) == "..................##....")
  }

  @Test func `the start address scrolls, panning moves dots, line compare splits`() {
    load([0x80], as: 0x41)
    rig.print([0x41], at: 81)
    rig.crtc(0x0d, 80)
    #expect(row(0, 18) == ".........#........")
    rig.attribute(0x13, 2)
    #expect(row(0, 18) == "......#...........")
    rig.attribute(0x13, 8)
    rig.crtc(0x08, 1)
    #expect(row(15, 18) == "..................")
    #expect(row(0, 18) == "..................")
    rig.crtc(0x08, 0)
    // From line 101 on the memory's beginning follows.
    rig.print([0x41])
    rig.crtc(0x11, 0)
    rig.crtc(0x07, 0x0f)
    rig.crtc(0x09, 0x0f)
    rig.crtc(0x18, 100)
    #expect(row(100, 18) == "..................")
    #expect(row(101, 18) == "#.................")
    #expect(row(117, 18) == ".........#........")
  }

  @Test func `only what has changed is drawn`() {
    _ = rig.picture.update(0)
    #expect(rig.picture.update(0) == false)
    rig.print([0x41], at: 80 * 3)
    #expect(rig.picture.update(0))
    #expect(rig.picture.changedRows == 48..<64)
    #expect(rig.picture.update(0) == false)
  }

  @Test func `a screen that is off is black`() {
    rig.print([0x41], attribute: 0x70)
    rig.out(0x3c0, 0)
    #expect(rig.dots().allSatisfy { $0 == 0 } && rig.picture.width == 720)
    _ = rig.in(0x3da)
    rig.out(0x3c0, 0x20)
    #expect(rig.dots(row: 0, 1) == [Self.grey])
  }
}
