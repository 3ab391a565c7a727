/// Reads JSON within a budget. Every byte is looked at once; nothing is allocated from a number in the input.
package struct JSONReader {
  private let bytes: [UInt8]
  private let budget: DecodingBudget
  private var at = 0
  private var values = 0

  /// The one value that `bytes` are.
  package static func read(_ bytes: [UInt8], _ budget: DecodingBudget) throws(StateDecodingError) -> JSONValue {
    guard bytes.count <= budget.bytes else {
      throw StateDecodingError("JSON", at: 0, found: "\(bytes.count) bytes", expected: "at most \(budget.bytes)")
    }
    var reader = JSONReader(bytes: bytes, budget: budget)
    let value = try reader.value(depth: 0)
    reader.space()
    guard reader.at == bytes.count else { throw reader.refuse("the end") }
    return value
  }

  private init(bytes: [UInt8], budget: DecodingBudget) {
    self.bytes = bytes
    self.budget = budget
  }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private func refuse(_ expected: String) -> StateDecodingError {
    let found =
      switch next {
      case nil: "the end"
      case let byte? where byte > 0x20 && byte < 0x7f: "'\(Character(UnicodeScalar(byte)))'"
      case let byte?: "byte 0x\(Hex.text([byte]))"
      }
    return StateDecodingError("JSON", at: at, found: found, expected: expected)
  }

  private mutating func space() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: byte) else { return false }
    at += 1
    return true
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(StateDecodingError) -> JSONValue {
    let start = at
    for byte in "\(word)".utf8 {
      guard next == byte else {
        at = start
        throw refuse("a value")
      }
      at += 1
    }
    return value
  }

  private mutating func value(depth: Int) throws(StateDecodingError) -> JSONValue {
    space()
    values += 1
    guard values <= budget.values else {
      throw StateDecodingError("JSON", at: at, found: "more values", expected: "at most \(budget.values)")
    }
    guard depth < budget.depth else {
      throw StateDecodingError("JSON", at: at, found: "deeper nesting", expected: "at most \(budget.depth) levels")
    }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(StateDecodingError) -> JSONValue {
    at += 1
    var members: [JSONMember] = []
    space()
    if take("}") { return .object([]) }
    repeat {
      space()
      guard next == UInt8(ascii: "\"") else { throw refuse("a member's name") }
      let key = try string()
      space()
      guard take(":") else { throw refuse("':'") }
      members.append(JSONMember(key, try value(depth: depth + 1)))
      space()
    } while take(",")
    guard take("}") else { throw refuse("',' or '}'") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(StateDecodingError) -> JSONValue {
    at += 1
    var elements: [JSONValue] = []
    space()
    if take("]") { return .array([]) }
    repeat {
      elements.append(try value(depth: depth + 1))
      space()
    } while take(",")
    guard take("]") else { throw refuse("',' or ']'") }
    return .array(elements)
  }

  private mutating func number() throws(StateDecodingError) -> JSONValue {
    let start = at
    let negative = take("-")
    guard isDigit else {
      at = start
      throw refuse("a value")
    }
    var magnitude: Int128 = 0
    var isLong = false
    while isDigit, let byte = next {
      guard at == start + (negative ? 1 : 0) || magnitude != 0 else { throw refuse("no digit after a leading 0") }
      if magnitude <= Int128(UInt64.max) { magnitude = magnitude * 10 + Int128(byte - 0x30) } else { isLong = true }
      at += 1
    }
    if let byte = next, byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
      return .fraction(try fraction(from: start))
    }
    let number = negative ? -magnitude : magnitude
    guard !isLong, StateValue.integers.contains(number) else {
      throw StateDecodingError("JSON", at: start, found: "a longer number", expected: "\(StateValue.integers)")
    }
    return .integer(number)
  }

  private var isDigit: Bool { next.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }

  /// The rest of a number whose digits before the point or the exponent have been read.
  private mutating func fraction(from start: Int) throws(StateDecodingError) -> Double {
    if take(".") {
      guard isDigit else { throw refuse("a digit") }
      while isDigit { at += 1 }
    }
    if let byte = next, byte | 0x20 == UInt8(ascii: "e") {
      at += 1
      if !take("+") { _ = take("-") }
      guard isDigit else { throw refuse("a digit") }
      while isDigit { at += 1 }
    }
    guard let number = Double(String(decoding: bytes[start..<at], as: UTF8.self)), number.isFinite else {
      throw StateDecodingError("JSON", at: start, found: "a larger number", expected: "one that fits 64 bits")
    }
    return number
  }

  private mutating func string() throws(StateDecodingError) -> String {
    let start = at
    at += 1
    var text: [UInt8] = []
    while true {
      guard let byte = next, byte >= 0x20 else { throw refuse("the string's end") }
      at += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw StateDecodingError("JSON", at: start, found: "a string that is no UTF-8", expected: "UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      default: text.append(byte)
      }
    }
  }

  private mutating func escape() throws(StateDecodingError) -> [UInt8] {
    guard let byte = next else { throw refuse("an escape") }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      at += 1
      return [byte]
    case UInt8(ascii: "n"): return control(0x0a)
    case UInt8(ascii: "t"): return control(0x09)
    case UInt8(ascii: "r"): return control(0x0d)
    case UInt8(ascii: "b"): return control(0x08)
    case UInt8(ascii: "f"): return control(0x0c)
    case UInt8(ascii: "u"):
      at += 1
      var scalar = try hex4()
      if scalar & 0xfc00 == 0xd800 {
        guard take("\\"), take("u") else { throw refuse("the second half of a surrogate pair") }
        let low = try hex4()
        guard low & 0xfc00 == 0xdc00 else { throw refuse("the second half of a surrogate pair") }
        scalar = 0x10000 + (scalar & 0x3ff) << 10 + low & 0x3ff
      }
      guard let unicode = Unicode.Scalar(scalar) else { throw refuse("a character") }
      return Array(String(Character(unicode)).utf8)
    default: throw refuse("an escape")
    }
  }

  private mutating func control(_ byte: UInt8) -> [UInt8] {
    at += 1
    return [byte]
  }

  private mutating func hex4() throws(StateDecodingError) -> UInt32 {
    var number: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw refuse("a hexadecimal digit")
      }
      number = number << 4 | UInt32(digit)
      at += 1
    }
    return number
  }
}
