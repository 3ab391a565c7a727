/// How results are rounded and what happened while they were: one floating-point operation's surroundings
/// (SDM 1 4.8.4 and 4.9).
struct SoftContext: BitwiseCopyable, Sendable {
  /// Exception bits as in the x87 status word and in MXCSR.
  static let invalid: UInt8 = 1
  static let denormal: UInt8 = 2
  static let zeroDivide: UInt8 = 4
  static let overflow: UInt8 = 8
  static let underflow: UInt8 = 16
  static let inexact: UInt8 = 32
  /// Those found before a result exists; unmasked, they leave the operands alone.
  static let early: UInt8 = 7

  /// Rounding control: 0 to nearest even, 1 down, 2 up, 3 toward zero.
  var rounding: UInt8
  /// A set bit masks its exception.
  var masks: UInt8
  /// Bits of the result's significand.
  var precision: Int
  /// The exponents of normal results.
  var minimumExponent: Int
  var maximumExponent: Int
  /// x87 rules for NaNs and for results with unmasked overflow and underflow; else those of SSE.
  var isX87: Bool
  var flushesToZero = false
  var zerosDenormals = false

  /// The exceptions met so far.
  var flags: UInt8 = 0
  /// Whether the last rounding increased the magnitude (C1).
  var roundedUp = false

  /// Whether an exception that must stop the operation before its result has been met.
  @inline(__always)
  var isStopped: Bool { flags & ~masks & Self.early != 0 }

  mutating func raise(_ flag: UInt8) { flags |= flag }

  /// Whether a magnitude is to be incremented, by the rounding mode.
  @inline(__always)
  func increments(_ isNegative: Bool, last: Bool, half: Bool, rest: Bool) -> Bool {
    switch rounding {
    case 0: half && (rest || last)
    case 1: isNegative && (half || rest)
    case 2: !isNegative && (half || rest)
    default: false
    }
  }

  /// A magnitude with the low `count` bits of `high`, and all of `low`, rounded away.
  struct Rounded: BitwiseCopyable {
    var significand: UInt64
    /// Added to the exponent.
    var carry: Int
    var isInexact: Bool
    var isUp: Bool
  }

  @inline(__always)
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
  mutating func round(_ isNegative: Bool, _ exponent: Int, _ high: UInt64, _ low: UInt64 = 0) -> SoftFloat {
    let count = 64 - precision
    let normal = roundOff(isNegative, high, low, count: count)
    let rounded = exponent + normal.carry
    if rounded < minimumExponent {
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

  @inline(__always)
  private mutating func note(_ rounded: Rounded) {
    if rounded.isInexact { flags |= Self.inexact }
    roundedUp = rounded.isUp
  }

  /// A result that is tiny after rounding (SDM 1 4.9.1.5).
  @inline(never)
  private mutating func underflow(
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
  mutating func round(_ number: SoftFloat) -> SoftFloat {
    number.kind == .finite ? round(number.isNegative, number.exponent, number.significand) : number
  }
}
