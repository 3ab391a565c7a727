/// Arithmetic over numbers and registers with C's operators and precedence, on 64 bits: `+ - *` and shifts wrap or drop
/// bits, `/ %` are signed.
struct Expression {
  /// How deep parentheses and signs may nest.
  static let depthLimit = 64
  /// What has not been read; after `value()` what follows the expression.
  private(set) var rest: Substring
  private let register: (String) -> UInt64?
  /// Something follows it: a sign that stands close to what is behind it, and not to what is before it, begins that.
  private let isFollowed: Bool
  private var depth = 0
  private var parentheses = 0

  /// The expression that `text` begins with; `register` gives the values of registers by name. When it `isFollowed` by
  /// another argument, `1 -2` are two and `1 - 2` is one.
  init(_ text: Substring, isFollowed: Bool = false, register: @escaping (String) -> UInt64?) {
    rest = text
    self.isFollowed = isFollowed
    self.register = register
  }

  /// Reads as much as belongs to it.
  mutating func value() throws(CommandError) -> UInt64 { try binary(0) }

  /// Operators by precedence, weakest first; longer ones before those that they begin with.
  private static let levels: [[String]] = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]]

  private mutating func binary(_ level: Int) throws(CommandError) -> UInt64 {
    guard level < Self.levels.count else { return try unary() }
    var left = try binary(level + 1)
    while true {
      let before = rest
      skip()
      let isApart = before.count != rest.count
      guard let sign = Self.levels[level].first(where: { rest.hasPrefix($0) }) else {
        rest = before
        return left
      }
      let next = rest.dropFirst(sign.count)
      if isFollowed, parentheses == 0, isApart, next.first != " " {
        rest = before
        return left
      }
      rest = next
      left = try Self.apply(sign, left, try binary(level + 1))
    }
  }

  private static func apply(_ sign: String, _ a: UInt64, _ b: UInt64) throws(CommandError) -> UInt64 {
    switch sign {
    case "|": return a | b
    case "^": return a ^ b
    case "&": return a & b
    case "<<": return a << b
    case ">>": return a >> b
    case "+": return a &+ b
    case "-": return a &- b
    case "*": return a &* b
    default:
      guard b != 0 else { throw CommandError("Division by zero") }
      let (a, b) = (Int64(bitPattern: a), Int64(bitPattern: b))
      let result = sign == "/" ? a.dividedReportingOverflow(by: b) : a.remainderReportingOverflow(dividingBy: b)
      return UInt64(bitPattern: result.partialValue)
    }
  }

  private mutating func unary() throws(CommandError) -> UInt64 {
    skip()
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else { throw CommandError("The expression is too deep") }
    switch rest.first {
    case "-":
      rest.removeFirst()
      return try 0 &- unary()
    case "+":
      rest.removeFirst()
      return try unary()
    case "~":
      rest.removeFirst()
      return try ~unary()
    case "(":
      rest.removeFirst()
      parentheses += 1
      let value = try binary(0)
      skip()
      guard rest.first == ")" else { throw CommandError("A closing parenthesis is missing") }
      parentheses -= 1
      rest.removeFirst()
      return value
    case "'":
      let scalars = Array(rest.unicodeScalars.prefix(3))
      guard scalars.count == 3, scalars[2] == "'" else { throw CommandError("A character is written as 'A'") }
      rest.unicodeScalars.removeFirst(3)
      return UInt64(scalars[1].value)
    case "$":
      rest.removeFirst()
      let name = word()
      guard let value = register(name) else { throw CommandError("There is no register \"$\(name.prefix(40))\"") }
      return value
    case nil: throw CommandError("A number is missing")
    default: return try number()
    }
  }

  private mutating func number() throws(CommandError) -> UInt64 {
    let text = word().lowercased()
    guard !text.isEmpty else { throw CommandError("\"\(rest.prefix(40))\" is no number") }
    let value: UInt64? =
      if text.hasPrefix("0x") {
        UInt64(text.dropFirst(2), radix: 16)
      } else if text.hasPrefix("0b") {
        UInt64(text.dropFirst(2), radix: 2)
      } else if text.count > 1, text.hasPrefix("0") {
        UInt64(text, radix: 8)
      } else {
        UInt64(text)
      }
    guard let value else { throw CommandError("\"\(text.prefix(40))\" is no number of 64 bits") }
    return value
  }

  private mutating func word() -> String {
    let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    rest = rest.dropFirst(word.count)
    return String(word)
  }

  private mutating func skip() { rest = rest.drop { $0 == " " } }
}
