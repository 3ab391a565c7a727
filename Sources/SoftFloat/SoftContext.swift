/// How results are rounded and what happened while they were: one floating-point operation's surroundings
/// (SDM 1 4.8.4 and 4.9, DDI 0100 C2).
public struct SoftContext: BitwiseCopyable, Sendable {
  /// Whose rules apply where IEEE 754 leaves a choice.
  public enum Rules: UInt8, BitwiseCopyable, Sendable {
    /// Of two NaNs the one with the larger significand; tiny after rounding; unmasked overflow and underflow give
    /// results with the exponent wrapped (SDM 1 table 4-7, 8.5.4).
    case x87
    /// Of two NaNs the first; tiny after rounding; what is flushed to zero is inexact too (SDM 1 11.5.2.3).
    case sse
    /// Of two NaNs the first that signals, or else the first; tiny before rounding; zeros that denormals are
    /// flushed to are positive, on the way in with an exception of their own, and not inexact (VFP9-S: DDI 0287
    /// 18.4.2, DDI 0238 5). Denormal operands by themselves are no exception.
    case vfp
  }

  // Exception bits as in the x87 status word and in MXCSR.

  /// No result, or a signaling NaN among the operands.
  @inlinable @inline(__always)
  public static var invalid: UInt8 { 1 }
  /// A denormal operand; with VFP's rules, one that was taken as zero.
  @inlinable @inline(__always)
  public static var denormal: UInt8 { 2 }
  /// An exact infinity of finite operands.
  @inlinable @inline(__always)
  public static var zeroDivide: UInt8 { 4 }
  /// A rounded result beyond the format's range.
  @inlinable @inline(__always)
  public static var overflow: UInt8 { 8 }
  /// A tiny result that lost bits, or, unmasked, any tiny result.
  @inlinable @inline(__always)
  public static var underflow: UInt8 { 16 }
  /// A result that differs from the exact one.
  @inlinable @inline(__always)
  public static var inexact: UInt8 { 32 }
  /// Those found before a result exists; unmasked, they leave the operands alone.
  @inlinable @inline(__always)
  public static var early: UInt8 { 7 }

  /// Rounding control: 0 to nearest even, 1 down, 2 up, 3 toward zero.
  public var rounding: UInt8
  /// A set bit masks its exception.
  public var masks: UInt8
  /// Bits of the result's significand.
  public var precision: Int
  /// The least exponent of normal results.
  public var minimumExponent: Int
  /// The greatest exponent of normal results.
  public var maximumExponent: Int
  /// Whose NaNs, tininess and zeros.
  public var rules: Rules
  /// Tiny results become zeros; with VFP's rules underflow should then be masked.
  public var flushesToZero: Bool
  /// Denormal operands are taken as zeros.
  public var zerosDenormals: Bool
  /// Every NaN result is `SoftFloat.defaultNaN`.
  public var givesDefaultNaN: Bool

  /// The exceptions met so far.
  public var flags: UInt8 = 0
  /// Whether the last rounding increased the magnitude (C1).
  public var roundedUp = false

  /// A context in which nothing happened yet.
  @inlinable @inline(__always)
  public init(
    rounding: UInt8, masks: UInt8, precision: Int, minimumExponent: Int, maximumExponent: Int, rules: Rules,
    flushesToZero: Bool = false, zerosDenormals: Bool = false, givesDefaultNaN: Bool = false
  ) {
    self.rounding = rounding
    self.masks = masks
    self.precision = precision
    self.minimumExponent = minimumExponent
    self.maximumExponent = maximumExponent
    self.rules = rules
    self.flushesToZero = flushesToZero
    self.zerosDenormals = zerosDenormals
    self.givesDefaultNaN = givesDefaultNaN
  }

  /// Whether an exception that must stop the operation before its result has been met.
  @inlinable @inline(__always)
  public var isStopped: Bool { flags & ~masks & Self.early != 0 }

  /// Notes an exception.
  @inlinable
  public mutating func raise(_ flag: UInt8) { flags |= flag }

  /// Whether a magnitude is to be incremented, by the rounding mode.
  @inlinable @inline(__always)
  func increments(_ isNegative: Bool, last: Bool, half: Bool, rest: Bool) -> Bool {
    switch rounding {
    case 0: half && (rest || last)
    case 1: isNegative && (half || rest)
    case 2: !isNegative && (half || rest)
    default: false
    }
  }

  /// A magnitude with the low `count` bits of `high`, and all of `low`, rounded away.
  @usableFromInline
  struct Rounded: BitwiseCopyable {
    @usableFromInline var significand: UInt64
    /// Added to the exponent.
    @usableFromInline var carry: Int
    @usableFromInline var isInexact: Bool
    @usableFromInline var isUp: Bool

    @inlinable @inline(__always)
    init(significand: UInt64, carry: Int, isInexact: Bool, isUp: Bool) {
      self.significand = significand
      self.carry = carry
      self.isInexact = isInexact
      self.isUp = isUp
    }
  }

  @inlinable @inline(__always)
  func roundOff(_ isNegative: Bool, _ high: UInt64, _ low: UInt64, count: Int) -> Rounded {
    let half: Bool
    let rest: Bool
    if count == 0 {
      half = low &>> 63 != 0
      rest = low &<< 1 != 0
    } else if count <= 64 {
      let bit: UInt64 = 1 &<< UInt64(count - 1)
      half = high & bit != 0
      rest = high & (bit - 1) != 0 || low != 0
    } else {
      half = false
      rest = true
    }
    let last = count < 64 && high &>> UInt64(count) & 1 != 0
    let up = increments(isNegative, last: last, half: half, rest: rest)
    if count >= 64 {
      return Rounded(
        significand: up ? SoftFloat.integerBit : 0, carry: up ? count - 63 : 0, isInexact: half || rest, isUp: up)
    }
    var kept = (high &>> UInt64(count)) &<< UInt64(count)
    var carry = 0
    if up {
      let (sum, overflows) = kept.addingReportingOverflow(1 &<< UInt64(count))
      kept = overflows ? SoftFloat.integerBit : sum
      carry = overflows ? 1 : 0
    }
    return Rounded(significand: kept, carry: carry, isInexact: half || rest, isUp: up)
  }

  /// Rounds high.low x 2^(exponent - 63), with bit 63 of `high` set, to the context's format; any bit of `low`
  /// stands for all below it.
  @inlinable
  public mutating func round(_ isNegative: Bool, _ exponent: Int, _ high: UInt64, _ low: UInt64 = 0) -> SoftFloat {
    let count = 64 - precision
    let normal = roundOff(isNegative, high, low, count: count)
    let rounded = exponent + normal.carry
    // ARM looks at the exponent before rounding, Intel after.
    if rules == .vfp ? exponent < minimumExponent : rounded < minimumExponent {
      return underflow(isNegative, exponent, high, low, normal)
    }
    if rounded > maximumExponent {
      flags |= Self.overflow
      if masks & Self.overflow == 0 {
        note(normal)
        let wrapped = rounded - 24576
        guard wrapped <= maximumExponent else {
          flags |= Self.inexact
          roundedUp = true
          return .infinity(isNegative)
        }
        return SoftFloat(.finite, isNegative: isNegative, exponent: wrapped, significand: normal.significand)
      }
      flags |= Self.inexact
      let isInfinite = rounding == 0 || (rounding == 1 && isNegative) || (rounding == 2 && !isNegative)
      roundedUp = isInfinite
      if isInfinite { return .infinity(isNegative) }
      return SoftFloat(
        .finite, isNegative: isNegative, exponent: maximumExponent,
        significand: UInt64.max &<< UInt64(64 - precision))
    }
    note(normal)
    return SoftFloat(.finite, isNegative: isNegative, exponent: rounded, significand: normal.significand)
  }

  @inlinable @inline(__always)
  mutating func note(_ rounded: Rounded) {
    if rounded.isInexact { flags |= Self.inexact }
    roundedUp = rounded.isUp
  }

  /// A tiny result (SDM 1 4.9.1.5, DDI 0100 C2.3).
  @usableFromInline @inline(never)
  mutating func underflow(
    _ isNegative: Bool, _ exponent: Int, _ high: UInt64, _ low: UInt64, _ normal: Rounded
  ) -> SoftFloat {
    if masks & Self.underflow == 0 {
      flags |= Self.underflow
      note(normal)
      let wrapped = exponent + normal.carry + 24576
      guard wrapped >= minimumExponent else {
        flags |= Self.inexact
        roundedUp = false
        return .zero(isNegative)
      }
      return SoftFloat(.finite, isNegative: isNegative, exponent: wrapped, significand: normal.significand)
    }
    if flushesToZero {
      if rules == .vfp {
        flags |= Self.underflow
        return .zero(false)
      }
      flags |= Self.underflow | Self.inexact
      return .zero(isNegative)
    }
    let tiny = roundOff(isNegative, high, low, count: 64 - precision + minimumExponent - exponent)
    note(tiny)
    if tiny.isInexact { flags |= Self.underflow }
    guard tiny.significand != 0 else { return .zero(isNegative) }
    return SoftFloat(
      .finite, isNegative: isNegative, exponent: exponent + tiny.carry, significand: tiny.significand)
  }

  /// The number rounded to the context's format.
  public mutating func round(_ number: SoftFloat) -> SoftFloat {
    number.kind == .finite ? round(number.isNegative, number.exponent, number.significand) : number
  }
}
