/// Numbers as the messages of this module print them.
enum Hexadecimal {
  /// All sixteen digits, as a checksum has them.
  static func text(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// An offset or address.
  static func place(_ value: Int) -> String { "0x" + String(value, radix: 16) }
}
