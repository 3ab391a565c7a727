/// Addresses as people read them.
enum Address {
  static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
