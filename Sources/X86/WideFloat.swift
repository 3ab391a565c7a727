import SoftFloat

/// A floating-point number with 128 significant bits, for what must be rounded to 64 once: the x87's
/// transcendental functions. Results are truncated, exponents unbounded.
struct WideFloat: BitwiseCopyable, Sendable {
  var isNegative: Bool
  /// Of bit 127.
  var exponent: Int
  /// Bit 127 is set, or all are clear for zero.
  var significand: UInt128

  init(isNegative: Bool = false, exponent: Int, significand: UInt128) {
    self.isNegative = isNegative
    self.exponent = exponent
    self.significand = significand
  }

  /// A finite number or zero.
  init(_ number: SoftFloat) {
    self.init(
      isNegative: number.isNegative, exponent: number.exponent, significand: UInt128(number.significand) << 64)
  }

  init(_ value: Int) {
    let magnitude = UInt128(value.magnitude)
    let shift = magnitude.leadingZeroBitCount
    self.init(
      isNegative: value < 0, exponent: 127 - shift, significand: magnitude == 0 ? 0 : magnitude << UInt128(shift))
  }

  static let pi = WideFloat(exponent: 1, significand: 0xC90F_DAA2_2168_C234_C4C6_628B_80DC_1CD1)
  static let ln2 = WideFloat(exponent: -1, significand: 0xB172_17F7_D1CF_79AB_C9E3_B398_03F2_F6AF)
  /// 2 / ln 2.
  static let twoLog2E = WideFloat(exponent: 1, significand: 0xB8AA_3B29_5C17_F0BB_BE87_FED0_691D_3E88)
  static let one = WideFloat(exponent: 0, significand: 1 << 127)

  var isZero: Bool { significand == 0 }
  var magnitude: WideFloat { WideFloat(exponent: exponent, significand: significand) }

  static prefix func - (a: WideFloat) -> WideFloat {
    WideFloat(isNegative: !a.isNegative, exponent: a.exponent, significand: a.significand)
  }

  static func * (a: WideFloat, b: WideFloat) -> WideFloat {
    guard !a.isZero, !b.isZero else { return WideFloat(exponent: 0, significand: 0) }
    var (high, low) = a.significand.multipliedFullWidth(by: b.significand)
    var exponent = a.exponent + b.exponent + 1
    if high >> 127 == 0 {
      high = high << 1 | low >> 127
      low = low << 1
      exponent -= 1
    }
    return WideFloat(isNegative: a.isNegative != b.isNegative, exponent: exponent, significand: high)
  }

  /// The divisor must not be zero.
  static func / (a: WideFloat, b: WideFloat) -> WideFloat {
    guard !a.isZero else { return a }
    // One bit at a time: 128 steps of a subtraction are quicker than a 256-bit division in software.
    let isLarger = a.significand >= b.significand
    var rest = isLarger ? a.significand &- b.significand : a.significand
    var quotient: UInt128 = isLarger ? 1 : 0
    for _ in 0..<(isLarger ? 127 : 128) {
      let carry = rest >> 127 != 0
      rest = rest << 1
      quotient = quotient << 1
      if carry || rest >= b.significand {
        rest = rest &- b.significand
        quotient |= 1
      }
    }
    return WideFloat(
      isNegative: a.isNegative != b.isNegative, exponent: a.exponent - b.exponent - (isLarger ? 0 : 1),
      significand: quotient)
  }

  static func + (a: WideFloat, b: WideFloat) -> WideFloat {
    if a.isZero { return b }
    if b.isZero { return a }
    let swaps = a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)
    let big = swaps ? b : a
    let small = swaps ? a : b
    let distance = big.exponent - small.exponent
    let aligned = distance < 128 ? small.significand >> UInt128(distance) : 0
    if a.isNegative == b.isNegative {
      let (sum, carries) = big.significand.addingReportingOverflow(aligned)
      guard carries else {
        return WideFloat(isNegative: big.isNegative, exponent: big.exponent, significand: sum)
      }
      return WideFloat(
        isNegative: big.isNegative, exponent: big.exponent + 1, significand: sum >> 1 | 1 << 127)
    }
    // What was shifted out still makes the difference smaller.
    let isCut = distance >= 128 || small.significand != aligned << UInt128(distance)
    let difference = big.significand &- aligned &- (isCut ? 1 : 0)
    guard difference != 0 else { return WideFloat(exponent: 0, significand: 0) }
    let shift = difference.leadingZeroBitCount
    return WideFloat(
      isNegative: big.isNegative, exponent: big.exponent - shift, significand: difference << UInt128(shift))
  }

  static func - (a: WideFloat, b: WideFloat) -> WideFloat { a + -b }

  /// Multiplied by 2^n.
  func scaled(_ n: Int) -> WideFloat {
    WideFloat(isNegative: isNegative, exponent: exponent + n, significand: significand)
  }

  /// Rounded as `context` says, taken as inexact: what functions give is never exact where it matters.
  func rounded(_ context: inout SoftContext) -> SoftFloat {
    guard !isZero else { return .zero(isNegative) }
    return context.round(
      isNegative, exponent, UInt64(truncatingIfNeeded: significand >> 64),
      UInt64(truncatingIfNeeded: significand) | 1)
  }
}
