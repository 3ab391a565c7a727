/// Texts as keys of a US keyboard.
enum Typing {
  /// The keys for one character, in the order in which they go down; nil where the keyboard has none.
  static func keys(_ character: Character) -> [UInt16]? { table[character] }

  private static let table: [Character: [UInt16]] = {
    var table: [Character: [UInt16]] = [" ": [0x39], "\n": [0x1c], "\r\n": [0x1c], "\r": [0x1c], "\t": [0x0f]]
    // By rows of keys: without and with Shift.
    let rows: [(first: UInt16, plain: String, shifted: String)] = [
      (0x02, "1234567890-=", "!@#$%^&*()_+"), (0x10, "qwertyuiop[]", "QWERTYUIOP{}"),
      (0x1e, "asdfghjkl;'`", "ASDFGHJKL:\"~"), (0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    ]
    for row in rows {
      for (index, pair) in zip(row.plain, row.shifted).enumerated() {
        let key = row.first + UInt16(index)
        table[pair.0] = [key]
        table[pair.1] = [KeyCode.leftShift, key]
      }
    }
    return table
  }()
}
