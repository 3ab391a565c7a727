/// What follows the name of a command.
struct QTestArguments {
  private let command: QTestCommand
  private let words: [ArraySlice<UInt8>]

  init(_ command: QTestCommand, _ words: ArraySlice<ArraySlice<UInt8>>) throws(QTestFailure) {
    self.command = command
    self.words = Array(words)
    guard words.count >= command.arguments.count else {
      let missing = command.arguments[words.count]
      throw QTestFailure("\(command.name): \(missing) is missing (\(command.usage))")
    }
  }

  /// Whether argument `index` is there.
  func has(_ index: Int) -> Bool { words.indices.contains(index) }

  /// Argument `index` as it is.
  func bytes(_ index: Int) -> ArraySlice<UInt8> { words[index] }

  /// Argument `index` as text.
  func text(_ index: Int) -> String { String(decoding: words[index].prefix(256), as: UTF8.self) }

  /// Argument `index` as a number, as C's `strtoull` reads one with base 0: decimal, hexadecimal after `0x`, octal
  /// after `0`; negative ones wrap.
  func number(_ index: Int) throws(QTestFailure) -> UInt64 {
    var digits = words[index]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    var radix: UInt64 = 10
    if digits.first == UInt8(ascii: "0"), digits.count > 1 {
      digits.removeFirst()
      radix = 8
      if digits.first.map({ $0 | 0x20 }) == UInt8(ascii: "x") {
        digits.removeFirst()
        radix = 16
      }
    }
    var value: UInt64 = 0
    for byte in digits {
      guard let digit = Self.digit(byte), digit < radix else { throw refusal(index, "is not a number") }
      let (product, overflows) = value.multipliedReportingOverflow(by: radix)
      guard !overflows, digit <= .max - product else { throw refusal(index, "does not fit in 64 bits") }
      value = product + digit
    }
    guard !digits.isEmpty else { throw refusal(index, "is not a number") }
    return isNegative ? 0 &- value : value
  }

  /// Argument `index` as a number of bytes, at most `QTest.sizeLimit`.
  func size(_ index: Int) throws(QTestFailure) -> Int {
    let size = try number(index)
    guard size <= UInt64(QTest.sizeLimit) else { throw refusal(index, "is more than \(QTest.sizeLimit) bytes") }
    return Int(size)
  }

  /// Argument `index` as a port.
  func port(_ index: Int) throws(QTestFailure) -> UInt64 {
    let port = try number(index)
    guard port <= 0xffff else { throw refusal(index, "is beyond port 0xffff") }
    return port
  }

  /// Argument `index` as `size` bytes in hexadecimal after `0x`: more are left out, missing ones are zero.
  func hexadecimal(_ index: Int, size: Int) throws(QTestFailure) -> [UInt8] {
    let digits = words[index].dropFirst(2)
    guard words[index].starts(with: "0x".utf8) || words[index].starts(with: "0X".utf8) else {
      throw refusal(index, "does not begin with 0x")
    }
    var bytes = [UInt8](repeating: 0, count: size)
    for (place, character) in digits.prefix(2 * size).enumerated() {
      guard let digit = Self.digit(character) else { throw refusal(index, "is not hexadecimal") }
      bytes[place >> 1] |= UInt8(digit) << (place & 1 == 0 ? 4 : 0)
    }
    return bytes
  }

  /// An answer that argument `index` `text`.
  func refusal(_ index: Int, _ text: String) -> QTestFailure {
    let word = String(decoding: words[index].prefix(32), as: UTF8.self)
    return QTestFailure("\(command.name): '\(word)' \(text)")
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
