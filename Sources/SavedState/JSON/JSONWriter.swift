/// Prints JSON in one form: two spaces a level, members in their order, arrays of plain values on one line; or all of
/// it on one line.
package struct JSONWriter {
  private var text: [UInt8] = []
  private let isPretty: Bool

  /// The value on many lines, the last one ended.
  package static func text(_ value: JSONValue) -> String { String(decoding: bytes(value, pretty: true), as: UTF8.self) }

  /// The value's bytes and a line feed.
  package static func bytes(_ value: JSONValue, pretty: Bool) -> [UInt8] {
    var writer = JSONWriter(isPretty: pretty)
    writer.write(value, indent: 0)
    writer.text.append(UInt8(ascii: "\n"))
    return writer.text
  }

  private init(isPretty: Bool) { self.isPretty = isPretty }

  private mutating func line(_ indent: Int) {
    guard isPretty else { return }
    text.append(UInt8(ascii: "\n"))
    for _ in 0..<indent { text.append(contentsOf: [UInt8(ascii: " "), UInt8(ascii: " ")]) }
  }

  private mutating func separate(_ isOneLine: Bool) {
    text.append(contentsOf: (isOneLine ? ", " : ",").utf8)
  }

  private mutating func write(_ value: JSONValue, indent: Int) {
    switch value {
    case .null: text.append(contentsOf: "null".utf8)
    case .bool(let flag): text.append(contentsOf: (flag ? "true" : "false").utf8)
    case .integer(let number): text.append(contentsOf: String(number).utf8)
    case .fraction(let number): text.append(contentsOf: "\(number)".utf8)
    case .string(let string): write(string)
    case .array(let values):
      let isPlain = values.allSatisfy {
        switch $0 {
        case .array, .object: false
        default: true
        }
      }
      text.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { separate(isPlain || !isPretty) }
        if !isPlain { line(indent + 1) }
        write(value, indent: indent + 1)
      }
      if !isPlain { line(indent) }
      text.append(UInt8(ascii: "]"))
    case .object(let members):
      text.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { separate(!isPretty) }
        line(indent + 1)
        write(member.key)
        text.append(contentsOf: ": ".utf8)
        write(member.value, indent: indent + 1)
      }
      if !members.isEmpty { line(indent) }
      text.append(UInt8(ascii: "}"))
    }
  }

  private mutating func write(_ string: String) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0x0a: text.append(contentsOf: "\\n".utf8)
      case 0..<0x20, 0x7f: text.append(contentsOf: "\\u00\(Hex.text([byte]))".utf8)
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}
