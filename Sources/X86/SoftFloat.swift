/// A floating-point number taken apart: what the x87 and SSE formats (SDM 1 4.2) have in common.
///
/// A finite number is significand x 2^(exponent - 63) with bit 63 of the significand set, also where its format
/// holds it as a denormal. A NaN's significand is left-aligned likewise, so that bit 62 is its quiet bit in
/// every format.
struct SoftFloat: BitwiseCopyable, Sendable {
  enum Kind: UInt8, Sendable {
    case zero, finite, infinity, quietNaN, signalingNaN
    /// An x87 encoding that no processor since the 387 makes or takes (SDM 1 8.2.2).
    case unsupported
  }

  var kind: Kind
  var isNegative: Bool
  /// Whether the operand was a denormal (or pseudo-denormal) as it was read.
  var isDenormal = false
  var exponent: Int = 0
  var significand: UInt64 = 0

  static let integerBit: UInt64 = 1 << 63
  static let quietBit: UInt64 = 1 << 62

  @inline(__always)
  init(_ kind: Kind, isNegative: Bool = false, exponent: Int = 0, significand: UInt64 = 0) {
    self.kind = kind
    self.isNegative = isNegative
    self.exponent = exponent
    self.significand = significand
  }

  static var indefinite: SoftFloat {
    SoftFloat(.quietNaN, isNegative: true, significand: integerBit | quietBit)
  }
  static func zero(_ isNegative: Bool) -> SoftFloat { SoftFloat(.zero, isNegative: isNegative) }
  static func infinity(_ isNegative: Bool) -> SoftFloat { SoftFloat(.infinity, isNegative: isNegative) }
  static var one: SoftFloat { SoftFloat(.finite, exponent: 0, significand: integerBit) }

  @inline(__always)
  var isNaN: Bool { kind == .quietNaN || kind == .signalingNaN }

  /// The number made quiet, if it is a NaN.
  var quieted: SoftFloat {
    var result = self
    result.kind = .quietNaN
    result.significand |= Self.quietBit
    return result
  }

  var negated: SoftFloat {
    var result = self
    result.isNegative.toggle()
    return result
  }

  // MARK: Integers

  init(integer value: Int64) {
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
  @inline(__always)
  init(significand: UInt64, signExponent: UInt16) {
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
  @inline(__always)
  var extended: (significand: UInt64, signExponent: UInt16) {
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
  @inline(__always)
  init(single bits: UInt32) { self.init(UInt64(bits), fractionBits: 23, exponentBits: 8) }

  /// Reads the double-precision format.
  @inline(__always)
  init(double bits: UInt64) { self.init(bits, fractionBits: 52, exponentBits: 11) }

  @inline(__always)
  private init(_ bits: UInt64, fractionBits: Int, exponentBits: Int) {
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
  @inline(__always)
  var single: UInt32 { UInt32(truncatingIfNeeded: packed(fractionBits: 23, exponentBits: 8)) }

  /// The double-precision encoding of a number rounded to it.
  @inline(__always)
  var double: UInt64 { packed(fractionBits: 52, exponentBits: 11) }

  @inline(__always)
  private func packed(fractionBits: Int, exponentBits: Int) -> UInt64 {
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
