/// How `x`, `xp`, `print` and the ports show values: QEMU's `/COUNT FORM WIDTH`.
struct DumpFormat {
  /// How a value is written.
  enum Form: Character {
    case hexadecimal = "x"
    case signed = "d"
    case unsigned = "u"
    case octal = "o"
    case character = "c"
    case instruction = "i"
  }

  /// The most units of one command.
  static let countLimit = 65_536
  var count = 1
  /// Nil where none was typed.
  var form: Form?
  /// Bytes; nil where none was typed.
  var width: Int?

  init() {}

  /// What stands after the slash.
  init(_ text: Substring) throws(CommandError) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    if !digits.isEmpty {
      guard let count = Int(digits), (1...Self.countLimit).contains(count) else {
        throw CommandError("A count is 1 to \(Self.countLimit), not \(digits.prefix(40))")
      }
      self.count = count
    }
    for letter in text.dropFirst(digits.count) {
      switch letter {
      case "b": width = 1
      case "h": width = 2
      case "w": width = 4
      case "g", "l": width = 8
      default:
        guard let form = Form(rawValue: letter) else {
          throw CommandError(
            "/\(text.prefix(40)): \"\(letter)\" is no form (x d u o c i) and no width (b h w g)")
        }
        self.form = form
      }
    }
  }

  /// `value`, `width` bytes of it, as `form` has it, in a column of one width.
  static func show(_ value: UInt64, _ form: Form, width: Int) -> String {
    let bits = width * 8
    switch form {
    case .hexadecimal, .instruction: return "0x" + Columns.hex(value, digits: width * 2)
    case .unsigned: return Columns.right("\(value)", (bits * 10 + 32) / 33)
    case .signed:
      let shift = UInt64(64 - bits)
      return Columns.right("\(Int64(bitPattern: value << shift) >> Int64(shift))", (bits * 10 + 32) / 33 + 1)
    case .octal: return Columns.right("0" + String(value, radix: 8), (bits + 2) / 3 + 1)
    case .character: return character(UInt8(truncatingIfNeeded: value))
    }
  }

  /// A byte as C writes it between apostrophes.
  private static func character(_ byte: UInt8) -> String {
    switch byte {
    case 10: "'\\n'"
    case 13: "'\\r'"
    case 9: "'\\t'"
    case UInt8(ascii: "'"), UInt8(ascii: "\\"): "'\\\(Character(Unicode.Scalar(byte)))'"
    case 0x20..<0x7f: "'\(Character(Unicode.Scalar(byte)))'"
    default: "'\\x" + Columns.hex(UInt64(byte), digits: 2) + "'"
    }
  }
}
