/// Single or double precision, as the host computes with it and registers hold it.
public protocol FloatFormat: BinaryFloatingPoint, BitwiseCopyable {
  /// An encoding.
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  /// The number that is encoded so.
  init(bitPattern: Bits)
  /// The number's encoding.
  var bitPattern: Bits { get }
  /// Bits of a significand.
  static var precision: Int { get }
  /// The least exponent of normal numbers.
  static var minimumExponent: Int { get }
  /// The greatest exponent of finite numbers.
  static var maximumExponent: Int { get }
  /// Results from here on have products, quotients and roots whose error term is representable.
  static var safeMagnitude: Self { get }
  /// Takes an encoding apart.
  static func unpack(_ bits: Bits) -> SoftFloat
  /// The encoding of a number rounded to the format.
  static func pack(_ number: SoftFloat) -> Bits
}

extension Float: FloatFormat {
  public typealias Bits = UInt32
  @inlinable @inline(__always)
  public static var precision: Int { 24 }
  @inlinable @inline(__always)
  public static var minimumExponent: Int { -126 }
  @inlinable @inline(__always)
  public static var maximumExponent: Int { 127 }
  @inlinable @inline(__always)
  public static var safeMagnitude: Float { 0x1p-70 }
  @inlinable @inline(__always)
  public static func unpack(_ bits: UInt32) -> SoftFloat { SoftFloat(single: bits) }
  @inlinable @inline(__always)
  public static func pack(_ number: SoftFloat) -> UInt32 { number.single }
}

extension Double: FloatFormat {
  public typealias Bits = UInt64
  @inlinable @inline(__always)
  public static var precision: Int { 53 }
  @inlinable @inline(__always)
  public static var minimumExponent: Int { -1022 }
  @inlinable @inline(__always)
  public static var maximumExponent: Int { 1023 }
  @inlinable @inline(__always)
  public static var safeMagnitude: Double { 0x1p-900 }
  @inlinable @inline(__always)
  public static func unpack(_ bits: UInt64) -> SoftFloat { SoftFloat(double: bits) }
  @inlinable @inline(__always)
  public static func pack(_ number: SoftFloat) -> UInt64 { number.double }
}
