/// Prints JSON in one form: two spaces a level, members in their order, arrays of plain values on one line.
struct JSONWriter {
  private var text: [UInt8] = []

  static func text(_ value: JSONValue) -> String {
    var writer = JSONWriter()
    writer.write(value, indent: 0)
    writer.text.append(UInt8(ascii: "\n"))
    return String(decoding: writer.text, as: UTF8.self)
  }

  private mutating func line(_ indent: Int) {
    text.append(UInt8(ascii: "\n"))
    for _ in 0..<indent { text.append(contentsOf: [UInt8(ascii: " "), UInt8(ascii: " ")]) }
  }

  private mutating func write(_ value: JSONValue, indent: Int) {
    switch value {
    case .null: text.append(contentsOf: "null".utf8)
    case .bool(let flag): text.append(contentsOf: (flag ? "true" : "false").utf8)
    case .integer(let number): text.append(contentsOf: String(number).utf8)
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
        if index > 0 { text.append(contentsOf: (isPlain ? ", " : ",").utf8) }
        if !isPlain { line(indent + 1) }
        write(value, indent: indent + 1)
      }
      if !isPlain { line(indent) }
      text.append(UInt8(ascii: "]"))
    case .object(let members):
      text.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
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
