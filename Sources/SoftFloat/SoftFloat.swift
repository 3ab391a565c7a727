/// A floating-point number taken apart: what the x87, SSE and VFP formats have in common.
///
/// A finite number is significand x 2^(exponent - 63) with bit 63 of the significand set, also where its format
/// holds it as a denormal. A NaN's significand is left-aligned likewise, so that bit 62 is its quiet bit in
/// every format.
public struct SoftFloat: BitwiseCopyable, Sendable {
  /// What an encoding stands for. NaNs and unsupported encodings come after all else.
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    case zero, finite, infinity, quietNaN, signalingNaN
    /// An x87 encoding that no processor since the 387 makes or takes (SDM 1 8.2.2).
    case unsupported
  }

  public var kind: Kind
  /// The sign, which zeros and NaNs have too.
  public var isNegative: Bool
  /// Whether the operand was a denormal (or pseudo-denormal) as it was read.
  public var isDenormal = false
  /// Of bit 63 of the significand.
  public var exponent: Int = 0
  /// Left-aligned; 0 for zeros.
  public var significand: UInt64 = 0

  /// The bit before the binary point.
  @inlinable @inline(__always)
  public static var integerBit: UInt64 { 1 << 63 }
  /// Set in a NaN's significand when it is quiet.
  @inlinable @inline(__always)
  public static var quietBit: UInt64 { 1 << 62 }

  /// A number of its parts; the significand of a finite one has bit 63 set.
  @inlinable @inline(__always)
  public init(_ kind: Kind, isNegative: Bool = false, exponent: Int = 0, significand: UInt64 = 0) {
    self.kind = kind
    self.isNegative = isNegative
    self.exponent = exponent
    self.significand = significand
  }

  /// The negative quiet NaN that Intel's units give for invalid operations (SDM 1 4.8.3.7).
  @inlinable
  public static var indefinite: SoftFloat {
    SoftFloat(.quietNaN, isNegative: true, significand: integerBit | quietBit)
  }
  /// The positive quiet NaN that ARM's units give for them (DDI 0100 C2.4.1).
  @inlinable
  public static var defaultNaN: SoftFloat {
    SoftFloat(.quietNaN, isNegative: false, significand: integerBit | quietBit)
  }
  /// Zero with a sign.
  @inlinable
  public static func zero(_ isNegative: Bool) -> SoftFloat { SoftFloat(.zero, isNegative: isNegative) }
  /// Infinity with a sign.
  @inlinable
  public static func infinity(_ isNegative: Bool) -> SoftFloat { SoftFloat(.infinity, isNegative: isNegative) }
  /// 1.
  @inlinable
  public static var one: SoftFloat { SoftFloat(.finite, exponent: 0, significand: integerBit) }

  /// Whether it is a NaN of either kind.
  @inlinable @inline(__always)
  public var isNaN: Bool { kind == .quietNaN || kind == .signalingNaN }

  /// The number made quiet, if it is a NaN.
  @inlinable
  public var quieted: SoftFloat {
    var result = self
    result.kind = .quietNaN
    result.significand |= Self.quietBit
    return result
  }

  /// The number with the other sign.
  @inlinable
  public var negated: SoftFloat {
    var result = self
    result.isNegative.toggle()
    return result
  }

  // MARK: Integers

  /// A signed integer, exactly.
  @inlinable
  public init(integer value: Int64) {
    guard value != 0 else {
      self.init(.zero)
      return
    }
    let magnitude = value.magnitude
    let shift = magnitude.leadingZeroBitCount
    self.init(.finite, isNegative: value < 0, exponent: 63 - shift, significand: magnitude &<< UInt64(shift))
  }

  // MARK: The formats

  /// Reads the double extended-precision format.
  @inlinable @inline(__always)
  public init(significand: UInt64, signExponent: UInt16) {
    let field = Int(signExponent & 0x7fff)
    let negative = signExponent & 0x8000 != 0
    if field == 0 {
      guard significand != 0 else {
        self.init(.zero, isNegative: negative)
        return
      }
      let shift = significand.leadingZeroBitCount
      self.init(
        .finite, isNegative: negative, exponent: -16382 - shift, significand: significand &<< UInt64(shift))
      isDenormal = true
    } else if significand & Self.integerBit == 0 {
      self.init(.unsupported, isNegative: negative, significand: significand)
    } else if field == 0x7fff {
      if significand == Self.integerBit {
        self.init(.infinity, isNegative: negative)
      } else {
        let isQuiet = significand & Self.quietBit != 0
        self.init(isQuiet ? .quietNaN : .signalingNaN, isNegative: negative, significand: significand)
      }
    } else {
      self.init(.finite, isNegative: negative, exponent: field - 16383, significand: significand)
    }
  }

  /// The double extended-precision encoding; the number must be one that the format can hold.
  @inlinable @inline(__always)
  public var extended: (significand: UInt64, signExponent: UInt16) {
    let sign: UInt16 = isNegative ? 0x8000 : 0
    switch kind {
    case .zero: return (0, sign)
    case .infinity: return (Self.integerBit, sign | 0x7fff)
    case .quietNaN, .signalingNaN, .unsupported: return (significand, sign | 0x7fff)
    case .finite:
      if exponent < -16382 {
        return (significand >> UInt64(truncatingIfNeeded: -16382 - exponent), sign)
      }
      return (significand, sign | UInt16(truncatingIfNeeded: exponent + 16383))
    }
  }

  /// Reads the single-precision format.
  @inlinable @inline(__always)
  public init(single bits: UInt32) { self.init(UInt64(bits), fractionBits: 23, exponentBits: 8) }

  /// Reads the double-precision format.
  @inlinable @inline(__always)
  public init(double bits: UInt64) { self.init(bits, fractionBits: 52, exponentBits: 11) }

  @inlinable @inline(__always)
  init(_ bits: UInt64, fractionBits: Int, exponentBits: Int) {
    let negative = bits &>> UInt64(fractionBits + exponentBits) & 1 != 0
    let top = (1 << exponentBits) - 1
    let field = Int(truncatingIfNeeded: bits &>> UInt64(fractionBits)) & top
    let fraction = (bits & ((1 << UInt64(fractionBits)) - 1)) &<< UInt64(63 - fractionBits)
    let bias = top >> 1
    if field == top {
      if fraction == 0 {
        self.init(.infinity, isNegative: negative)
      } else {
        let isQuiet = fraction & Self.quietBit != 0
        self.init(
          isQuiet ? .quietNaN : .signalingNaN, isNegative: negative, significand: fraction | Self.integerBit)
      }
    } else if field == 0 {
      guard fraction != 0 else {
        self.init(.zero, isNegative: negative)
        return
      }
      let shift = fraction.leadingZeroBitCount
      self.init(
        .finite, isNegative: negative, exponent: 1 - bias - shift, significand: fraction &<< UInt64(shift))
      isDenormal = true
    } else {
      self.init(
        .finite, isNegative: negative, exponent: field - bias, significand: fraction | Self.integerBit)
    }
  }

  /// The single-precision encoding of a number rounded to it.
  @inlinable @inline(__always)
  public var single: UInt32 { UInt32(truncatingIfNeeded: packed(fractionBits: 23, exponentBits: 8)) }

  /// The double-precision encoding of a number rounded to it.
  @inlinable @inline(__always)
  public var double: UInt64 { packed(fractionBits: 52, exponentBits: 11) }

  @inlinable @inline(__always)
  func packed(fractionBits: Int, exponentBits: Int) -> UInt64 {
    let sign: UInt64 = isNegative ? 1 &<< UInt64(fractionBits + exponentBits) : 0
    let top: UInt64 = ((1 &<< UInt64(exponentBits)) - 1) &<< UInt64(fractionBits)
    let drop = UInt64(63 - fractionBits)
    let mask: UInt64 = (1 &<< UInt64(fractionBits)) - 1
    switch kind {
    case .zero: return sign
    case .infinity: return sign | top
    case .quietNaN, .signalingNaN, .unsupported: return sign | top | (significand &>> drop & mask)
    case .finite:
      let bias = (1 << (exponentBits - 1)) - 1
      if exponent < 1 - bias {
        return sign | (significand >> (drop + UInt64(truncatingIfNeeded: 1 - bias - exponent)))
      }
      let field = UInt64(truncatingIfNeeded: exponent + bias)
      return sign | (field &<< UInt64(fractionBits)) | (significand &>> drop & mask)
    }
  }
}
