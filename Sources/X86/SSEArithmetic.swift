import SoftFloat

/// Floating-point operations on lanes with MXCSR's rounding and exceptions (SDM 1 11.5).
///
/// Where the host's own arithmetic gives the same (all exceptions masked, rounding to nearest, denormals kept,
/// operands and result normal) it is used, and inexactness found from the error term; else `SoftContext` is.
struct SSEArithmetic: HostArithmetic, BitwiseCopyable {
  let mxcsr: UInt32
  /// Exceptions met, in MXCSR's low six bits.
  var flags: UInt8 = 0
  /// Whether the host's arithmetic may be used.
  let isDefault: Bool

  @inline(__always)
  init(_ mxcsr: UInt32) {
    self.mxcsr = mxcsr
    isDefault = mxcsr & 0xffc0 == 0x1f80
  }

  @inline(__always)
  var rounding: UInt8 { UInt8(truncatingIfNeeded: mxcsr &>> 13) & 3 }
  @inline(__always)
  var masks: UInt8 { UInt8(truncatingIfNeeded: mxcsr &>> 7) & 0x3f }

  @inline(__always)
  func context<F: FloatFormat>(_: F.Type) -> SoftContext {
    let masks = masks
    return SoftContext(
      rounding: rounding, masks: masks, precision: F.precision, minimumExponent: F.minimumExponent,
      maximumExponent: F.maximumExponent, rules: .sse,
      flushesToZero: mxcsr & 0x8000 != 0 && masks & SoftContext.underflow != 0, zerosDenormals: mxcsr & 0x40 != 0)
  }

  /// Once MXCSR's sticky flag is set, nothing need be found out.
  @inline(__always)
  var wantsInexact: Bool { mxcsr & UInt32(SoftContext.inexact) == 0 }

  /// MIN or MAX: the second operand where either is a NaN or both are zeros.
  @inline(__always)
  mutating func extremum<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type, isMaximum: Bool) -> F.Bits {
    let x = F(bitPattern: a)
    let y = F(bitPattern: b)
    if x.isPlain, y.isPlain { return (isMaximum ? x > y : x < y) ? a : b }
    var context = context(F.self)
    let p = F.unpack(a)
    let q = F.unpack(b)
    let order = context.compare(p, q, quietly: false)
    flags |= context.flags
    return F.pack(context.seen(order == (isMaximum ? .greater : .less) ? p : q))
  }

  @inline(__always)
  mutating func order<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type, quietly: Bool) -> SoftContext.Order {
    let x = F(bitPattern: a)
    let y = F(bitPattern: b)
    if x.isPlain, y.isPlain { return x < y ? .less : x > y ? .greater : .equal }
    var context = context(F.self)
    let order = context.compare(F.unpack(a), F.unpack(b), quietly: quietly)
    flags |= context.flags
    return order
  }

  /// CMPPS and its kind: all ones where the predicate holds.
  @inline(__always)
  mutating func compare<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type, _ predicate: UInt8) -> F.Bits {
    let kind = predicate & 3
    // EQ, UNORD and their inverses are quiet.
    let order = order(a, b, F.self, quietly: kind == 0 || kind == 3)
    let holds =
      switch kind {
      case 0: order == .equal
      case 1: order == .less
      case 2: order == .less || order == .equal
      default: order == .unordered
      }
    return holds != (predicate & 4 != 0) ? .max : 0
  }

  /// ROUNDPS and its kind.
  mutating func round<F: FloatFormat>(_ a: F.Bits, _: F.Type, _ control: UInt8) -> F.Bits {
    var context = context(F.self)
    if control & 4 == 0 { context.rounding = control & 3 }
    let operand = F.unpack(a)
    let result = context.roundToIntegral(operand)
    // Denormals are not reported, and inexactness only if the immediate does not say otherwise.
    context.flags &= ~SoftContext.denormal
    if control & 8 != 0 { context.flags &= ~SoftContext.inexact }
    flags |= context.flags
    return F.pack(result)
  }

  // MARK: Conversions

  /// To an integer of `bits` bits; the most negative one where there is none.
  mutating func integer<F: FloatFormat>(_ a: F.Bits, _: F.Type, bits: Int, truncating: Bool) -> Int64 {
    var context = context(F.self)
    if truncating { context.rounding = 3 }
    let operand = F.unpack(a)
    let value = context.integer(operand, bits: bits) ?? Int64.min >> Int64(64 - bits)
    flags |= context.flags
    return value
  }

  mutating func real<F: FloatFormat>(_ value: Int64, _: F.Type) -> F.Bits {
    var context = context(F.self)
    let result = context.round(SoftFloat(integer: value))
    flags |= context.flags
    return F.pack(result)
  }

  mutating func convert<From: FloatFormat, To: FloatFormat>(_ a: From.Bits, _: From.Type, _: To.Type) -> To.Bits {
    let x = From(bitPattern: a)
    if isDefault, x.isPlain, To.precision > From.precision { return To(x).bitPattern }
    var context = context(To.self)
    let operand = From.unpack(a)
    let seen = context.seen(operand)
    if seen.isDenormal { context.raise(SoftContext.denormal) }
    let result = context.convert(seen)
    flags |= context.flags
    return To.pack(result)
  }

  // MARK: Approximations

  /// RCPSS: the quotient rounded to 12 bits, which is within 2^-13; denormals are zeros and results of their
  /// size too, and no exception is ever raised.
  static func reciprocal(_ bits: UInt32) -> UInt32 {
    let x = Float(bitPattern: bits)
    if x.isNaN { return bits | 0x40_0000 }
    let sign = bits & 0x8000_0000
    if x.isZero || x.isSubnormal { return sign | 0x7f80_0000 }
    if x.isInfinite { return sign }
    let result = shortened(1 / x)
    return Float(bitPattern: result).isSubnormal ? sign : result
  }

  /// RSQRTSS, likewise.
  static func reciprocalRoot(_ bits: UInt32) -> UInt32 {
    let x = Float(bitPattern: bits)
    if x.isNaN { return bits | 0x40_0000 }
    let sign = bits & 0x8000_0000
    if x.isZero || x.isSubnormal { return sign | 0x7f80_0000 }
    if sign != 0 { return 0xffc0_0000 }
    if x.isInfinite { return 0 }
    return shortened(Float(1 / Double(x).squareRoot()))
  }

  private static func shortened(_ value: Float) -> UInt32 { (value.bitPattern &+ 0x400) & ~0x7ff }
}
