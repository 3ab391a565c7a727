import Peripherals
import Testing

@testable import Display

/// Keys of a window at a PS/2 keyboard, against the codes that keyboards of IBM's and Microsoft's documents send.
@Suite struct `every key` {
  /// USB usages that follow each other, and their set 2 make codes; with 0xe0 in the high byte where they have the prefix.
  private static let plain: [(first: Int, codes: [UInt16])] = [
    // a to z
    (
      4,
      [
        0x1c, 0x32, 0x21, 0x23, 0x24, 0x2b, 0x34, 0x33, 0x43, 0x3b, 0x42, 0x4b, 0x3a, 0x31, 0x44, 0x4d, 0x15, 0x2d,
        0x1b, 0x2c, 0x3c, 0x2a, 0x1d, 0x22, 0x35, 0x1a,
      ]
    ),
    // 1 to 0
    (30, [0x16, 0x1e, 0x26, 0x25, 0x2e, 0x36, 0x3d, 0x3e, 0x46, 0x45]),
    // Return Escape Backspace Tab Space - = [ ] \ # ; ' ` , . / Caps Lock
    (
      40,
      [
        0x5a, 0x76, 0x66, 0x0d, 0x29, 0x4e, 0x55, 0x54, 0x5b, 0x5d, 0x5d, 0x4c, 0x52, 0x0e, 0x41, 0x49, 0x4a, 0x58,
      ]
    ),
    // F1 to F12
    (58, [0x05, 0x06, 0x04, 0x0c, 0x03, 0x0b, 0x83, 0x0a, 0x01, 0x09, 0x78, 0x07]),
    // Scroll Lock
    (71, [0x7e]),
    // Insert Home PageUp Delete End PageDown Right Left Down Up
    (73, [0xe070, 0xe06c, 0xe07d, 0xe071, 0xe069, 0xe07a, 0xe074, 0xe06b, 0xe072, 0xe075]),
    // Num Lock / * - + Enter 1 to 9 0 .
    (
      83,
      [
        0x77, 0xe04a, 0x7c, 0x7b, 0x79, 0xe05a, 0x69, 0x72, 0x7a, 0x6b, 0x73, 0x74, 0x6c, 0x75, 0x7d, 0x70, 0x71,
      ]
    ),
    // ISO's key beside Shift, Menu, Power, keypad =
    (100, [0x61, 0xe02f, 0xe037, 0x0f]),
    // F13 to F24
    (104, [0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50, 0x57, 0x5f]),
    // Mute, volume up, volume down
    (127, [0xe023, 0xe032, 0xe021]),
    // Ro, Katakana/Hiragana, Yen, Henkan, Muhenkan
    (135, [0x51, 0x13, 0x6a, 0x64, 0x67]),
    // Control Shift Alt GUI, left and right
    (224, [0x14, 0x12, 0x11, 0xe01f, 0xe014, 0x59, 0xe011, 0xe027]),
  ]

  private func sent(_ keyboard: inout PS2Keyboard, _ code: UInt16, down: Bool) -> [UInt8] {
    keyboard.press(code, down: down, now: 0)
    var bytes: [UInt8] = []
    while let byte = keyboard.next() { bytes.append(byte) }
    return bytes
  }

  @Test func `makes and breaks in sets 1 and 2`() throws {
    for (first, codes) in Self.plain {
      for (index, expected) in codes.enumerated() {
        let usage = first + index
        let code = try #require(KeyTable.make(usage), "usage \(usage)")
        let prefix: [UInt8] = expected >> 8 == 0xe0 ? [0xe0] : []
        let make2 = UInt8(truncatingIfNeeded: expected)
        var keyboard = PS2Keyboard()
        #expect(sent(&keyboard, code, down: true) == prefix + [make2], "usage \(usage)")
        #expect(sent(&keyboard, code, down: false) == prefix + [0xf0, make2], "usage \(usage)")
        keyboard.scanCodeSet = 1
        let make1 = UInt8(truncatingIfNeeded: code)
        #expect(sent(&keyboard, code, down: true) == prefix + [make1], "usage \(usage)")
        #expect(sent(&keyboard, code, down: false) == prefix + [make1 | 0x80], "usage \(usage)")
      }
    }
  }

  @Test func `that is Pause or Print Screen has its sequences`() throws {
    let (print, pause) = (try #require(KeyTable.make(70)), try #require(KeyTable.make(72)))
    for (set, code, down, up) in [
      (2, print, [0xe0, 0x12, 0xe0, 0x7c], [0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12]),
      (1, print, [0xe0, 0x2a, 0xe0, 0x37], [0xe0, 0xb7, 0xe0, 0xaa]),
      (2, pause, [0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77], []),
      (1, pause, [0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5], []),
    ] as [(UInt8, UInt16, [UInt8], [UInt8])] {
      var keyboard = PS2Keyboard()
      keyboard.scanCodeSet = set
      #expect(sent(&keyboard, code, down: true) == down, "set \(set)")
      #expect(sent(&keyboard, code, down: false) == up, "set \(set)")
    }
    var keyboard = PS2Keyboard()
    let alt = try #require(KeyTable.make(226))
    _ = sent(&keyboard, alt, down: true)
    #expect(sent(&keyboard, print, down: true) == [0x84])
    #expect(sent(&keyboard, print, down: false) == [0xf0, 0x84])
  }

  @Test func `of a host that SDL numbers is there, or is none of a PC keyboard`() {
    // What PC keyboards have no code for: errors, the application keys of other makers' keyboards, the keypads of
    // calculators, what phones and remote controls have.
    let known = Set(0..<512).filter { KeyTable.make($0) != nil }
    let expected: Set<Int> = Set(4...103).union(104...115).union(127...129).union([133]).union(135...140)
      .union(146...147).union([154]).union(224...231).union(258...274).union([282])
    #expect(known == expected)
  }

  @Test func `has a code of its own`() {
    // Of those that are there twice each has one.
    let twins: Set<Int> = [50, 262, 269]
    let codes = (0..<512).filter { !twins.contains($0) }.compactMap(KeyTable.make)
    #expect(Set(codes).count == codes.count)
  }
}
