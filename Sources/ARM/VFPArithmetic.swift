import SoftFloat

/// Operations on singles and doubles with FPSCR's rounding and exceptions (DDI 0100 C2).
///
/// Where the host's own arithmetic gives the same (rounding to nearest, operands and result normal) it is used,
/// and inexactness found from the error term; else `SoftContext` is.
struct VFPArithmetic: HostArithmetic, BitwiseCopyable {
  let fpscr: UInt32
  /// Exceptions met, as `SoftContext` notes them.
  var flags: UInt8 = 0
  /// Whether the host's arithmetic may be used.
  let isDefault: Bool

  @inline(__always)
  init(_ fpscr: UInt32) {
    self.fpscr = fpscr
    isDefault = fpscr & (FPSCR.rounding | FPSCR.enables) == 0
  }

  /// Exceptions that do not trap. What is flushed to zero never does (DDI 0238 5).
  var masks: UInt8 {
    let masks = ~FPSCR.flags(fpscr &>> 8) & 0x3f
    return fpscr & FPSCR.flushToZero != 0 ? masks | SoftContext.underflow : masks
  }

  /// Whether an exception was met whose trap is enabled.
  var isTrapped: Bool { flags & ~masks != 0 }

  func context<F: FloatFormat>(_: F.Type) -> SoftContext {
    // RMode counts nearest, up, down.
    let mode = UInt8(truncatingIfNeeded: fpscr &>> 22) & 3
    let flushes = fpscr & FPSCR.flushToZero != 0
    return SoftContext(
      rounding: mode == 1 ? 2 : mode == 2 ? 1 : mode, masks: masks, precision: F.precision,
      minimumExponent: F.minimumExponent, maximumExponent: F.maximumExponent, rules: .vfp, flushesToZero: flushes,
      zerosDenormals: flushes, givesDefaultNaN: fpscr & FPSCR.defaultNaN != 0)
  }

  /// Once the cumulative flag is set, nothing need be found out.
  @inline(__always)
  var wantsInexact: Bool { fpscr & FPSCR.inexact == 0 }

  // MARK: Arithmetic

  @inline(__always)
  static func sign<Bits: FixedWidthInteger>(_: Bits.Type) -> Bits { 1 &<< Bits(truncatingIfNeeded: Bits.bitWidth - 1) }

  /// The result of an operation on the destination's old value `d` and the operands `n` and `m`: any but
  /// comparisons and conversions. Products are rounded before they are added.
  @inline(__always)
  mutating func compute<F: FloatFormat>(
    _ operation: VFPOperation, _ d: F.Bits, _ n: F.Bits, _ m: F.Bits, _: F.Type
  ) -> F.Bits {
    let sign = Self.sign(F.Bits.self)
    switch operation {
    case .multiplyAdd: return add(d, multiply(n, m, F.self), F.self)
    case .negatedMultiplyAdd: return add(d, multiply(n, m, F.self) ^ sign, F.self)
    case .multiplySubtract: return add(d ^ sign, multiply(n, m, F.self), F.self)
    case .negatedMultiplySubtract: return add(d ^ sign, multiply(n, m, F.self) ^ sign, F.self)
    case .multiply: return multiply(n, m, F.self)
    case .negatedMultiply: return multiply(n, m, F.self) ^ sign
    case .add: return add(n, m, F.self)
    case .subtract: return add(n, m, F.self, subtracting: true)
    case .divide: return divide(n, m, F.self)
    case .copy: return m
    case .absolute: return m & ~sign
    case .negate: return m ^ sign
    case .squareRoot: return squareRoot(m, F.self)
    default: preconditionFailure("an operation without a result in its operands' format")
    }
  }

  // MARK: Comparison

  /// N, Z, C and V of a comparison (DDI 0100 C3.3); `quietly` finds only signaling NaNs invalid.
  @inline(__always)
  mutating func compare<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type, quietly: Bool) -> UInt32 {
    let x = F(bitPattern: a)
    let y = F(bitPattern: b)
    if x.isPlain, y.isPlain { return x < y ? FPSCR.n : x > y ? FPSCR.c : FPSCR.z | FPSCR.c }
    var context = context(F.self)
    let order = context.compare(F.unpack(a), F.unpack(b), quietly: quietly)
    flags |= context.flags
    return switch order {
    case .less: FPSCR.n
    case .equal: FPSCR.z | FPSCR.c
    case .greater: FPSCR.c
    case .unordered: FPSCR.c | FPSCR.v
    }
  }

  // MARK: Conversions

  /// The number in the other precision.
  @inline(__always)
  mutating func convert<From: FloatFormat, To: FloatFormat>(_ a: From.Bits, _: From.Type, _: To.Type) -> To.Bits {
    let x = From(bitPattern: a)
    if isDefault, x.isPlain {
      let result = To(x)
      if To.precision > From.precision { return result.bitPattern }
      // Beyond the least normal result, tininess depends on rounding.
      if result.isFinite, x.isZero || result.magnitude > To.leastNormalMagnitude {
        note(From(result) != x)
        return result.bitPattern
      }
    }
    var context = context(To.self)
    let result = context.convert(From.unpack(a))
    flags |= context.flags
    return To.pack(result)
  }

  /// FUITO and FSITO: an integer as a number.
  @inline(__always)
  mutating func real<F: FloatFormat>(_ bits: UInt32, _: F.Type, isSigned: Bool) -> F.Bits {
    let value = isSigned ? Int64(Int32(bitPattern: bits)) : Int64(bits)
    if isDefault || F.precision > 32 {
      let result = F(value)
      note(Int64(result) != value)
      return result.bitPattern
    }
    var context = context(F.self)
    let result = context.round(SoftFloat(integer: value))
    flags |= context.flags
    return F.pack(result)
  }

  /// FTOUI and FTOSI: the nearest integer that the format has, 0 for NaNs; outside its range the operation is
  /// invalid.
  @inline(__always)
  mutating func integer<F: FloatFormat>(_ a: F.Bits, _: F.Type, isSigned: Bool, truncating: Bool) -> UInt32 {
    let x = F(bitPattern: a)
    if fpscr & FPSCR.enables == 0, truncating, x.isPlain {
      let value = Double(x)
      if value > (isSigned ? -2_147_483_649 : -1), value < (isSigned ? 2_147_483_648 : 4_294_967_296) {
        let whole = Int64(value)
        note(Double(whole) != value)
        return UInt32(truncatingIfNeeded: whole)
      }
    }
    return softInteger(a, F.self, isSigned: isSigned, truncating: truncating)
  }

  @inline(never)
  private mutating func softInteger<F: FloatFormat>(
    _ a: F.Bits, _: F.Type, isSigned: Bool, truncating: Bool
  ) -> UInt32 {
    var context = context(F.self)
    if truncating { context.rounding = 3 }
    let result = context.saturatedInteger(F.unpack(a), isSigned: isSigned)
    flags |= context.flags
    return result
  }
}
