/// Text in columns.
enum Columns {
  /// `value` with zeros before it up to `digits`.
  static func hex(_ value: UInt64, digits: Int) -> String { right(String(value, radix: 16), digits, filler: "0") }

  /// `value` with zeros before it up to `digits`.
  static func hex(_ value: UInt128, digits: Int) -> String { right(String(value, radix: 16), digits, filler: "0") }

  /// An address in eight digits, or in sixteen where it does not fit.
  static func address(_ value: UInt64) -> String { hex(value, digits: value >> 32 == 0 ? 8 : 16) }

  /// `text` with fillers before it up to `width`.
  static func right(_ text: String, _ width: Int, filler: Character = " ") -> String {
    String(repeating: filler, count: max(0, width - text.count)) + text
  }

  /// `text` with spaces behind it up to `width`, and one at least.
  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  /// `words` in columns from left to right, as many as fit into `width`; ends in a new line.
  static func table(_ words: [String], width: Int = 79) -> String {
    let column = (words.map(\.count).max() ?? 0) + 2
    let perLine = max(1, width / column)
    var text = ""
    for (index, word) in words.enumerated() {
      let isLast = index % perLine == perLine - 1 || index == words.count - 1
      text += isLast ? word + "\n" : left(word, column)
    }
    return text
  }
}
