/// The identifier octets that a tree uses (X.690 8.1.2).
enum DERTag {
  static let boolean: UInt8 = 0x01
  static let integer: UInt8 = 0x02
  static let octetString: UInt8 = 0x04
  static let enumerated: UInt8 = 0x0a
  static let utf8String: UInt8 = 0x0c
  static let sequence: UInt8 = 0x30
  static let set: UInt8 = 0x31
  /// `[0] IMPLICIT`.
  static let group: UInt8 = 0xa0
}
