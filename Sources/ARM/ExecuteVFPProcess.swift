import Engine
import SoftFloat

/// VFP's data processing (DDI 0100 C3.1).
extension CPU {
  /// What executes an instruction on singles: coprocessor 10.
  static func vfpSingle(_ operation: Operation) -> Handler? {
    switch operation {
    case .fmac: { c, p in CPU.process(c, p, .multiplyAdd, Float.self) }
    case .fnmac: { c, p in CPU.process(c, p, .negatedMultiplyAdd, Float.self) }
    case .fmsc: { c, p in CPU.process(c, p, .multiplySubtract, Float.self) }
    case .fnmsc: { c, p in CPU.process(c, p, .negatedMultiplySubtract, Float.self) }
    case .fmul: { c, p in CPU.process(c, p, .multiply, Float.self) }
    case .fnmul: { c, p in CPU.process(c, p, .negatedMultiply, Float.self) }
    case .fadd: { c, p in CPU.process(c, p, .add, Float.self) }
    case .fsub: { c, p in CPU.process(c, p, .subtract, Float.self) }
    case .fdiv: { c, p in CPU.process(c, p, .divide, Float.self) }
    case .fcpy: { c, p in CPU.process(c, p, .copy, Float.self) }
    case .fabs: { c, p in CPU.process(c, p, .absolute, Float.self) }
    case .fneg: { c, p in CPU.process(c, p, .negate, Float.self) }
    case .fsqrt: { c, p in CPU.process(c, p, .squareRoot, Float.self) }
    case .fcmp: { c, p in CPU.compare(c, p, .compare, Float.self) }
    case .fcmpe: { c, p in CPU.compare(c, p, .compareSignaling, Float.self) }
    case .fcmpz: { c, p in CPU.compare(c, p, .compareZero, Float.self) }
    case .fcmpez: { c, p in CPU.compare(c, p, .compareZeroSignaling, Float.self) }
    case .fcvt: { c, p in CPU.convert(c, p, Float.self, Double.self) }
    case .fuito: { c, p in CPU.convertFromInteger(c, p, .fromUnsigned, Float.self) }
    case .fsito: { c, p in CPU.convertFromInteger(c, p, .fromSigned, Float.self) }
    case .ftoui: { c, p in CPU.convertToInteger(c, p, .toUnsigned, Float.self) }
    case .ftouiz: { c, p in CPU.convertToInteger(c, p, .toUnsignedTruncating, Float.self) }
    case .ftosi: { c, p in CPU.convertToInteger(c, p, .toSigned, Float.self) }
    case .ftosiz: { c, p in CPU.convertToInteger(c, p, .toSignedTruncating, Float.self) }
    default: nil
    }
  }

  /// What executes an instruction on doubles: coprocessor 11.
  static func vfpDouble(_ operation: Operation) -> Handler? {
    switch operation {
    case .fmac: { c, p in CPU.process(c, p, .multiplyAdd, Double.self) }
    case .fnmac: { c, p in CPU.process(c, p, .negatedMultiplyAdd, Double.self) }
    case .fmsc: { c, p in CPU.process(c, p, .multiplySubtract, Double.self) }
    case .fnmsc: { c, p in CPU.process(c, p, .negatedMultiplySubtract, Double.self) }
    case .fmul: { c, p in CPU.process(c, p, .multiply, Double.self) }
    case .fnmul: { c, p in CPU.process(c, p, .negatedMultiply, Double.self) }
    case .fadd: { c, p in CPU.process(c, p, .add, Double.self) }
    case .fsub: { c, p in CPU.process(c, p, .subtract, Double.self) }
    case .fdiv: { c, p in CPU.process(c, p, .divide, Double.self) }
    case .fcpy: { c, p in CPU.process(c, p, .copy, Double.self) }
    case .fabs: { c, p in CPU.process(c, p, .absolute, Double.self) }
    case .fneg: { c, p in CPU.process(c, p, .negate, Double.self) }
    case .fsqrt: { c, p in CPU.process(c, p, .squareRoot, Double.self) }
    case .fcmp: { c, p in CPU.compare(c, p, .compare, Double.self) }
    case .fcmpe: { c, p in CPU.compare(c, p, .compareSignaling, Double.self) }
    case .fcmpz: { c, p in CPU.compare(c, p, .compareZero, Double.self) }
    case .fcmpez: { c, p in CPU.compare(c, p, .compareZeroSignaling, Double.self) }
    case .fcvt: { c, p in CPU.convert(c, p, Double.self, Float.self) }
    case .fuito: { c, p in CPU.convertFromInteger(c, p, .fromUnsigned, Double.self) }
    case .fsito: { c, p in CPU.convertFromInteger(c, p, .fromSigned, Double.self) }
    case .ftoui: { c, p in CPU.convertToInteger(c, p, .toUnsigned, Double.self) }
    case .ftouiz: { c, p in CPU.convertToInteger(c, p, .toUnsignedTruncating, Double.self) }
    case .ftosi: { c, p in CPU.convertToInteger(c, p, .toSigned, Double.self) }
    case .ftosiz: { c, p in CPU.convertToInteger(c, p, .toSignedTruncating, Double.self) }
    default: nil
    }
  }

  /// The first word of a register.
  @inline(__always)
  private static func word<F: FloatFormat>(_ number: UInt8, _: F.Type) -> Int {
    F.Bits.bitWidth == 64 ? Int(number) &<< 1 : Int(number)
  }

  // Each asks the host first, and jumps to a slow twin where that cannot do it: with no call inside, they need no
  // stack frame.

  @inline(__always)
  private static func process<F: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ operation: VFPOperation, _: F.Type
  ) -> Int32 {
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard
      CPU(core).core.pointee.state.vfp.processOnHost(
        operation, F.self, d: CPU.word(op.pointee.rd, F.self), n: CPU.word(op.pointee.rn, F.self),
        m: CPU.word(op.pointee.rm, F.self))
    else { return processSlow(core, p, operation, F.self) }
    return goOn(core, p)
  }

  @inline(never)
  private static func processSlow<F: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ operation: VFPOperation, _: F.Type
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      let isAccepted = cpu.core.pointee.state.vfp.process(
        operation, F.self, d: CPU.word(op.pointee.rd, F.self), n: CPU.word(op.pointee.rn, F.self),
        m: CPU.word(op.pointee.rm, F.self), encoding: op.pointee.immediate)
      guard isAccepted else { throw cpu.undefined() }
    }
  }

  @inline(__always)
  private static func compare<F: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ operation: VFPOperation, _: F.Type
  ) -> Int32 {
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard
      CPU(core).core.pointee.state.vfp.compareOnHost(
        operation, F.self, d: CPU.word(op.pointee.rd, F.self), m: CPU.word(op.pointee.rm, F.self))
    else { return compareSlow(core, p, operation, F.self) }
    return goOn(core, p)
  }

  @inline(never)
  private static func compareSlow<F: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ operation: VFPOperation, _: F.Type
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      let isAccepted = cpu.core.pointee.state.vfp.compare(
        operation, F.self, d: CPU.word(op.pointee.rd, F.self), m: CPU.word(op.pointee.rm, F.self),
        encoding: op.pointee.immediate)
      guard isAccepted else { throw cpu.undefined() }
    }
  }

  @inline(__always)
  private static func convert<From: FloatFormat, To: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _: From.Type, _: To.Type
  ) -> Int32 {
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard
      CPU(core).core.pointee.state.vfp.convertOnHost(
        From.self, To.self, d: CPU.word(op.pointee.rd, To.self), m: CPU.word(op.pointee.rm, From.self))
    else { return convertSlow(core, p, From.self, To.self) }
    return goOn(core, p)
  }

  @inline(never)
  private static func convertSlow<From: FloatFormat, To: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _: From.Type, _: To.Type
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      let isAccepted = cpu.core.pointee.state.vfp.convert(
        From.self, To.self, d: CPU.word(op.pointee.rd, To.self), m: CPU.word(op.pointee.rm, From.self),
        encoding: op.pointee.immediate)
      guard isAccepted else { throw cpu.undefined() }
    }
  }

  @inline(__always)
  private static func convertFromInteger<F: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ operation: VFPOperation, _: F.Type
  ) -> Int32 {
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard
      CPU(core).core.pointee.state.vfp.convertFromIntegerOnHost(
        operation, F.self, d: CPU.word(op.pointee.rd, F.self), m: Int(op.pointee.rm))
    else { return convertFromIntegerSlow(core, p, operation, F.self) }
    return goOn(core, p)
  }

  @inline(never)
  private static func convertFromIntegerSlow<F: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ operation: VFPOperation, _: F.Type
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      let isAccepted = cpu.core.pointee.state.vfp.convertFromInteger(
        operation, F.self, d: CPU.word(op.pointee.rd, F.self), m: Int(op.pointee.rm), encoding: op.pointee.immediate)
      guard isAccepted else { throw cpu.undefined() }
    }
  }

  @inline(__always)
  private static func convertToInteger<F: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ operation: VFPOperation, _: F.Type
  ) -> Int32 {
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard
      CPU(core).core.pointee.state.vfp.convertToIntegerOnHost(
        operation, F.self, d: Int(op.pointee.rd), m: CPU.word(op.pointee.rm, F.self))
    else { return convertToIntegerSlow(core, p, operation, F.self) }
    return goOn(core, p)
  }

  @inline(never)
  private static func convertToIntegerSlow<F: FloatFormat>(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ operation: VFPOperation, _: F.Type
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      let isAccepted = cpu.core.pointee.state.vfp.convertToInteger(
        operation, F.self, d: Int(op.pointee.rd), m: CPU.word(op.pointee.rm, F.self), encoding: op.pointee.immediate)
      guard isAccepted else { throw cpu.undefined() }
    }
  }
}
