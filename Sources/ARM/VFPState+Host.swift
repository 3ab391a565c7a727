import SoftFloat

// What the host's arithmetic does at once, without a call: rounding to nearest, no traps, scalars, plain operands and
// results. Anything else is refused and left as it was, for `VFPState+Process` to do.
extension VFPState {
  /// Whether instructions are taken, none of them a vector, round to nearest and trap nothing. Where the error of a
  /// product, quotient or root would have to be found out, inexactness must have been noted before.
  @inline(__always)
  private func isSimple(noted: Bool) -> Bool {
    guard fpexc & (FPEXC.enable | FPEXC.exceptional) == FPEXC.enable else { return false }
    let control = fpscr & (FPSCR.length | FPSCR.enables | FPSCR.rounding | (noted ? FPSCR.inexact : 0))
    return control == (noted ? FPSCR.inexact : 0)
  }

  /// Arithmetic, FCPY, FABS and FNEG.
  @inline(__always)
  mutating func processOnHost<F: FloatFormat>(
    _ operation: VFPOperation, _: F.Type, d: Int, n: Int, m: Int
  ) -> Bool {
    let isSum = operation == .add || operation == .subtract
    guard isSimple(noted: operation.isArithmetic && !isSum) else { return false }
    let y = F(bitPattern: read(m, F.Bits.self))
    switch operation {
    case .copy, .absolute, .negate:
      let bits = read(m, F.Bits.self)
      let sign = VFPArithmetic.sign(F.Bits.self)
      write(d, operation == .copy ? bits : operation == .absolute ? bits & ~sign : bits ^ sign)
      return true
    case .squareRoot:
      guard y.hasPlainRoot else { return false }
      write(d, y.squareRoot().bitPattern)
      return true
    default: break
    }
    let x = F(bitPattern: read(n, F.Bits.self))
    switch operation {
    case .add, .subtract:
      let z = operation == .subtract ? -y : y
      let sum = x + z
      guard sum.isPlainSum(x, z) else { return false }
      if fpscr & FPSCR.inexact == 0, sum.isInexactSum(x, z) { fpscr |= FPSCR.inexact }
      write(d, sum.bitPattern)
    case .divide:
      let quotient = x / y
      guard quotient.isPlainQuotient(x, y) else { return false }
      write(d, quotient.bitPattern)
    case .multiply, .negatedMultiply:
      let product = x * y
      guard product.isPlainProduct(x, y) else { return false }
      write(d, (operation == .multiply ? product : -product).bitPattern)
    default:
      let product = x * y
      guard product.isPlainProduct(x, y) else { return false }
      let old = F(bitPattern: read(d, F.Bits.self))
      let addend = operation == .multiplySubtract || operation == .negatedMultiplySubtract ? -old : old
      let factor = operation == .negatedMultiplyAdd || operation == .negatedMultiplySubtract ? -product : product
      let sum = addend + factor
      guard sum.isPlainSum(addend, factor) else { return false }
      write(d, sum.bitPattern)
    }
    return true
  }

  /// FCMP and its kind.
  @inline(__always)
  mutating func compareOnHost<F: FloatFormat>(_ operation: VFPOperation, _: F.Type, d: Int, m: Int) -> Bool {
    guard isSimple(noted: false) else { return false }
    let hasOperand = operation == .compare || operation == .compareSignaling
    let x = F(bitPattern: read(d, F.Bits.self))
    let y = hasOperand ? F(bitPattern: read(m, F.Bits.self)) : 0
    guard x.isPlain, y.isPlain else { return false }
    fpscr = fpscr & ~0xf000_0000 | (x < y ? FPSCR.n : x > y ? FPSCR.c : FPSCR.z | FPSCR.c)
    return true
  }

  /// FCVTDS and FCVTSD.
  @inline(__always)
  mutating func convertOnHost<From: FloatFormat, To: FloatFormat>(_: From.Type, _: To.Type, d: Int, m: Int) -> Bool {
    guard isSimple(noted: To.precision < From.precision) else { return false }
    let x = From(bitPattern: read(m, From.Bits.self))
    let result = To(x)
    guard x.isPlain, result.isFinite, x.isZero || result.magnitude > To.leastNormalMagnitude else { return false }
    write(d, result.bitPattern)
    return true
  }

  /// FUITO and FSITO.
  @inline(__always)
  mutating func convertFromIntegerOnHost<F: FloatFormat>(
    _ operation: VFPOperation, _: F.Type, d: Int, m: Int
  ) -> Bool {
    guard isSimple(noted: F.precision < 32) else { return false }
    let bits = read(m, UInt32.self)
    let value = operation == .fromSigned ? Int64(Int32(bitPattern: bits)) : Int64(bits)
    write(d, F(value).bitPattern)
    return true
  }

  /// FTOUIZ and FTOSIZ.
  @inline(__always)
  mutating func convertToIntegerOnHost<F: FloatFormat>(
    _ operation: VFPOperation, _: F.Type, d: Int, m: Int
  ) -> Bool {
    let isSigned = operation == .toSignedTruncating
    guard isSigned || operation == .toUnsignedTruncating, isSimple(noted: false) else { return false }
    let x = F(bitPattern: read(m, F.Bits.self))
    let value = Double(x)
    guard x.isPlain, value > (isSigned ? -2_147_483_649 : -1), value < (isSigned ? 2_147_483_648 : 4_294_967_296)
    else { return false }
    let whole = Int64(value)
    if Double(whole) != value { fpscr |= FPSCR.inexact }
    write(d, UInt32(truncatingIfNeeded: whole))
    return true
  }
}
