/// Single or double precision, as the lanes of an XMM register hold it.
protocol SSEFormat: BinaryFloatingPoint, BitwiseCopyable {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  init(bitPattern: Bits)
  var bitPattern: Bits { get }
  static var precision: Int { get }
  static var minimumExponent: Int { get }
  static var maximumExponent: Int { get }
  /// Results from here on have products, quotients and roots whose error term is representable.
  static var safeMagnitude: Self { get }
  static func unpack(_ bits: Bits) -> SoftFloat
  static func pack(_ number: SoftFloat) -> Bits
}

extension Float: SSEFormat {
  typealias Bits = UInt32
  static var precision: Int { 24 }
  static var minimumExponent: Int { -126 }
  static var maximumExponent: Int { 127 }
  static var safeMagnitude: Float { 0x1p-70 }
  @inline(__always)
  static func unpack(_ bits: UInt32) -> SoftFloat { SoftFloat(single: bits) }
  @inline(__always)
  static func pack(_ number: SoftFloat) -> UInt32 { number.single }
}

extension Double: SSEFormat {
  typealias Bits = UInt64
  static var precision: Int { 53 }
  static var minimumExponent: Int { -1022 }
  static var maximumExponent: Int { 1023 }
  static var safeMagnitude: Double { 0x1p-900 }
  @inline(__always)
  static func unpack(_ bits: UInt64) -> SoftFloat { SoftFloat(double: bits) }
  @inline(__always)
  static func pack(_ number: SoftFloat) -> UInt64 { number.double }
}
