import SoftFloat

// Data processing on the registers: scalars, short vectors (DDI 0100 C5), and exceptions whose trap is enabled.
//
// What the VFP9-S leaves to support code without a trap enabled (denormals, NaNs, underflow: DDI 0287 18.4.1) is
// done here at once, as is IEEE 754's result with any exception whose trap is disabled. An exception that does
// occur and whose trap is enabled makes the coprocessor exceptional: the instruction waits in FPINST with its
// destination unchanged, and the next VFP instruction is undefined. With inexactness enabled every arithmetic
// instruction is undefined itself, as support code for the first subarchitecture expects.
//
// UNPREDICTABLE cases chosen: a stride of 1 or 2 in the field counts as 1 and 2 registers; a vector that is longer
// than its bank goes round in it; a stride with length 1 has no effect.
extension VFPState {
  /// Bits that need more than a look at one scalar: a vector length, a trap.
  @inline(__always)
  private var isPlain: Bool { fpscr & (FPSCR.length | FPSCR.enables) == 0 }

  /// Arithmetic, FCPY, FABS and FNEG; registers are given by their first word.
  ///
  /// - Returns: whether the instruction was accepted; else it is undefined.
  @inline(__always)
  mutating func process<F: FloatFormat>(
    _ operation: VFPOperation, _: F.Type, d: Int, n: Int, m: Int, encoding: UInt32
  ) -> Bool {
    guard isPlain else { return processSlow(operation, F.self, d: d, n: n, m: m, encoding: encoding) }
    var arithmetic = VFPArithmetic(fpscr)
    let result = arithmetic.compute(
      operation, read(d, F.Bits.self), read(n, F.Bits.self), read(m, F.Bits.self), F.self)
    write(d, result)
    if arithmetic.flags != 0 { fpscr |= FPSCR.bits(arithmetic.flags) }
    return true
  }

  /// The next register of a vector: banks have 8 words.
  private func next(_ index: Int, _ step: Int) -> Int { index & ~7 | (index &+ step) & 7 }

  @inline(never)
  private mutating func processSlow<F: FloatFormat>(
    _ operation: VFPOperation, _: F.Type, d: Int, n: Int, m: Int, encoding: UInt32
  ) -> Bool {
    if operation.isArithmetic, fpscr & FPSCR.inexactEnable != 0 { return false }
    var d = d
    var n = n
    var m = m
    // A destination in the first bank makes the operation scalar, a second operand there is the same for all.
    let count = d < 8 ? 1 : Int(fpscr &>> 16 & 7) + 1
    let isScalarM = m < 8
    let step = (Int(fpscr &>> 21 & 1) + 1) * (F.Bits.bitWidth / 32)
    for iteration in 0..<count {
      var arithmetic = VFPArithmetic(fpscr)
      let result = arithmetic.compute(
        operation, read(d, F.Bits.self), read(n, F.Bits.self), read(m, F.Bits.self), F.self)
      guard
        settle(
          arithmetic, operation, d: d, n: n, m: m, encoding: encoding, remaining: count - 1 - iteration)
      else { return true }
      write(d, result)
      d = next(d, step)
      n = next(n, step)
      if !isScalarM { m = next(m, step) }
    }
    return true
  }

  /// Enters what an iteration met.
  ///
  /// - Returns: whether its result is to be written; else the coprocessor is exceptional now.
  @inline(__always)
  private mutating func settle(
    _ arithmetic: VFPArithmetic, _ operation: VFPOperation, d: Int, n: Int, m: Int, encoding: UInt32,
    remaining: Int = 0
  ) -> Bool {
    guard arithmetic.flags != 0 else { return true }
    guard fpscr & FPSCR.enables == 0 || !arithmetic.isTrapped else {
      except(arithmetic, operation, d: d, n: n, m: m, encoding: encoding, remaining: remaining)
      return false
    }
    fpscr |= FPSCR.bits(arithmetic.flags)
    return true
  }

  @inline(never)
  private mutating func except(
    _ arithmetic: VFPArithmetic, _ operation: VFPOperation, d: Int, n: Int, m: Int, encoding: UInt32, remaining: Int
  ) {
    func place(_ index: Int, field: UInt32, bit: UInt32) -> UInt32 {
      UInt32(truncatingIfNeeded: index >> 1) &<< field | UInt32(truncatingIfNeeded: index & 1) &<< bit
    }
    // Always executed, and on this iteration's registers; without Fn its field is part of the opcode.
    let fields: UInt32 = operation.hasFirst ? 0xf04f_f0af : 0xf040_f02f
    let places = place(d, field: 12, bit: 22) | place(m, field: 0, bit: 5)
    fpinst = encoding & ~fields | 0xe000_0000 | places | (operation.hasFirst ? place(n, field: 16, bit: 7) : 0)
    let flags = arithmetic.flags & ~arithmetic.masks
    var bits = FPEXC.exceptional | UInt32(truncatingIfNeeded: remaining - 1) &<< 8 & FPEXC.iterations
    if flags & SoftContext.denormal != 0 { bits |= FPEXC.inputDenormal }
    if flags & SoftContext.underflow != 0 { bits |= FPEXC.underflow }
    if flags & SoftContext.overflow != 0 { bits |= FPEXC.overflow }
    if flags & SoftContext.invalid != 0 { bits |= FPEXC.invalid }
    fpexc = fpexc & FPEXC.enable | bits
  }

  // MARK: What is always scalar

  /// FCMP, FCMPE, and with zero in place of the second operand FCMPZ and FCMPEZ.
  ///
  /// - Returns: whether the instruction was accepted; else it is undefined.
  @inline(__always)
  mutating func compare<F: FloatFormat>(
    _ operation: VFPOperation, _: F.Type, d: Int, m: Int, encoding: UInt32
  ) -> Bool {
    guard fpscr & FPSCR.inexactEnable == 0 else { return false }
    let hasOperand = operation == .compare || operation == .compareSignaling
    let quietly = operation == .compare || operation == .compareZero
    var arithmetic = VFPArithmetic(fpscr)
    let order = arithmetic.compare(
      read(d, F.Bits.self), hasOperand ? read(m, F.Bits.self) : 0, F.self, quietly: quietly)
    guard settle(arithmetic, operation, d: d, n: 0, m: m, encoding: encoding) else { return true }
    fpscr = fpscr & ~0xf000_0000 | order
    return true
  }

  /// FCVTDS and FCVTSD.
  ///
  /// - Returns: whether the instruction was accepted; else it is undefined.
  @inline(__always)
  mutating func convert<From: FloatFormat, To: FloatFormat>(
    _: From.Type, _: To.Type, d: Int, m: Int, encoding: UInt32
  ) -> Bool {
    guard fpscr & FPSCR.inexactEnable == 0 else { return false }
    var arithmetic = VFPArithmetic(fpscr)
    let result = arithmetic.convert(read(m, From.Bits.self), From.self, To.self)
    guard settle(arithmetic, .convert, d: d, n: 0, m: m, encoding: encoding) else { return true }
    write(d, result)
    return true
  }

  /// FUITO and FSITO.
  ///
  /// - Returns: whether the instruction was accepted; else it is undefined.
  @inline(__always)
  mutating func convertFromInteger<F: FloatFormat>(
    _ operation: VFPOperation, _: F.Type, d: Int, m: Int, encoding: UInt32
  ) -> Bool {
    guard fpscr & FPSCR.inexactEnable == 0 else { return false }
    var arithmetic = VFPArithmetic(fpscr)
    let result = arithmetic.real(read(m, UInt32.self), F.self, isSigned: operation == .fromSigned)
    guard settle(arithmetic, operation, d: d, n: 0, m: m, encoding: encoding) else { return true }
    write(d, result)
    return true
  }

  /// FTOUI, FTOUIZ, FTOSI and FTOSIZ.
  ///
  /// - Returns: whether the instruction was accepted; else it is undefined.
  @inline(__always)
  mutating func convertToInteger<F: FloatFormat>(
    _ operation: VFPOperation, _: F.Type, d: Int, m: Int, encoding: UInt32
  ) -> Bool {
    guard fpscr & FPSCR.inexactEnable == 0 else { return false }
    var arithmetic = VFPArithmetic(fpscr)
    let result = arithmetic.integer(
      read(m, F.Bits.self), F.self, isSigned: operation == .toSigned || operation == .toSignedTruncating,
      truncating: operation == .toUnsignedTruncating || operation == .toSignedTruncating)
    guard settle(arithmetic, operation, d: d, n: 0, m: m, encoding: encoding) else { return true }
    write(d, result)
    return true
  }
}
