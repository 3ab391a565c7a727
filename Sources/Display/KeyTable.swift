/// Keys by their USB usage (which SDL's scan codes are) as set 1 make codes.
enum KeyTable {
  /// Nil for keys that a PC keyboard does not have.
  static func make(_ usage: Int) -> UInt16? {
    guard let code = codes[usage] else { return nil }
    return code
  }

  private static let codes: [Int: UInt16] = {
    var codes: [Int: UInt16] = [:]
    // Letters a to z.
    let letters: [UInt16] = [
      0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21, 0x22, 0x23, 0x17, 0x24, 0x25, 0x26, 0x32, 0x31, 0x18, 0x19, 0x10, 0x13,
      0x1f, 0x14, 0x16, 0x2f, 0x11, 0x2d, 0x15, 0x2c,
    ]
    for (index, code) in letters.enumerated() { codes[4 + index] = code }
    // 1 to 9 and 0, then Return, Escape, Backspace, Tab, Space, - = [ ] \ (also on ISO keyboards) ; ' ` , . /
    for index in 0..<10 { codes[30 + index] = UInt16(2 + index) }
    let middle: [UInt16] = [
      0x1c, 0x01, 0x0e, 0x0f, 0x39, 0x0c, 0x0d, 0x1a, 0x1b, 0x2b, 0x2b, 0x27, 0x28, 0x29, 0x33, 0x34, 0x35, 0x3a,
    ]
    for (index, code) in middle.enumerated() { codes[40 + index] = code }
    // F1 to F12, Print Screen, Scroll Lock, Pause.
    for index in 0..<10 { codes[58 + index] = UInt16(0x3b + index) }
    let upper: [UInt16] = [
      0x57, 0x58, 0xe037, 0x46, 0xe11d, 0xe052, 0xe047, 0xe049, 0xe053, 0xe04f, 0xe051, 0xe04d, 0xe04b, 0xe050,
      0xe048,
    ]
    for (index, code) in upper.enumerated() { codes[68 + index] = code }
    // Num Lock and the keypad: / * - + Enter 1 to 9 0 .
    let pad: [UInt16] = [
      0x45, 0xe035, 0x37, 0x4a, 0x4e, 0xe01c, 0x4f, 0x50, 0x51, 0x4b, 0x4c, 0x4d, 0x47, 0x48, 0x49, 0x52, 0x53, 0x56,
      0xe05d,
    ]
    for (index, code) in pad.enumerated() { codes[83 + index] = code }
    // Left and right: Control, Shift, Alt, GUI.
    let modifiers: [UInt16] = [0x1d, 0x2a, 0x38, 0xe05b, 0xe01d, 0x36, 0xe038, 0xe05c]
    for (index, code) in modifiers.enumerated() { codes[224 + index] = code }
    return codes
  }()
}
