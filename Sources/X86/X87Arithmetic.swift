import SoftFloat

// Basic arithmetic, and what takes ST(0) alone (SDM 1 8.3.5).
extension CPU {
  enum X87Operation: Sendable { case add, subtract, subtractReversed, multiply, divide, divideReversed }

  /// Reads a real operand in memory, of 4 or 8 bytes.
  @inline(__always)
  func loadReal(_ op: Op) throws(Fault) -> SoftFloat {
    op.pointee.size == 4
      ? SoftFloat(single: try load(UInt32.self, op)) : SoftFloat(double: try load(UInt64.self, op))
  }

  /// Reads an integer operand in memory, of 2, 4 or 8 bytes.
  @inline(__always)
  func loadInteger(_ op: Op) throws(Fault) -> SoftFloat {
    switch op.pointee.size {
    case 2: SoftFloat(integer: Int64(Int16(truncatingIfNeeded: try load(UInt16.self, op))))
    case 4: SoftFloat(integer: Int64(Int32(truncatingIfNeeded: try load(UInt32.self, op))))
    default: SoftFloat(integer: Int64(truncatingIfNeeded: try load(UInt64.self, op)))
    }
  }

  /// FADD and its kind, on registers or with a real in memory.
  @inline(__always)
  func x87Arithmetic(_ op: Op, _ operation: X87Operation, pops: Bool = false) throws(Fault) {
    if op.pointee.memory != .none {
      let source = try loadReal(op)
      recordX87(op)
      return x87Arithmetic(0, source, isSourceEmpty: false, operation, pops: false)
    }
    recordX87(op)
    let source = Int(op.pointee.b)
    x87Arithmetic(Int(op.pointee.a), st(source), isSourceEmpty: isEmpty(source), operation, pops: pops)
  }

  /// FIADD and its kind.
  @inline(__always)
  func x87IntegerArithmetic(_ op: Op, _ operation: X87Operation) throws(Fault) {
    let source = try loadInteger(op)
    recordX87(op)
    x87Arithmetic(0, source, isSourceEmpty: false, operation, pops: false)
  }

  @inline(never)
  private func x87Arithmetic(
    _ destination: Int, _ source: SoftFloat, isSourceEmpty: Bool, _ operation: X87Operation, pops: Bool
  ) {
    if isSourceEmpty || isEmpty(destination) {
      guard stackFault(overflow: false) else { return }
      setST(destination, .indefinite)
      if pops { popX87() }
      return
    }
    var context = x87Context(isArithmetic: true)
    let target = st(destination)
    let result =
      switch operation {
      case .add: context.add(target, source)
      case .subtract: context.add(target, source, subtracting: true)
      case .subtractReversed: context.add(source, target, subtracting: true)
      case .multiply: context.multiply(target, source)
      case .divide: context.divide(target, source)
      case .divideReversed: context.divide(source, target)
      }
    guard settleX87(context) else { return }
    setST(destination, result)
    if pops { popX87() }
  }

  /// An instruction that replaces ST(0) by a function of it.
  @inline(__always)
  func x87Unary(_ op: Op, isArithmetic: Bool = false, _ function: (inout SoftContext, SoftFloat) -> SoftFloat) {
    recordX87(op)
    guard !isEmpty(0) else {
      if stackFault(overflow: false) { setST(0, .indefinite) }
      return
    }
    var context = x87Context(isArithmetic: isArithmetic)
    let result = function(&context, st(0))
    if settleX87(context) { setST(0, result) }
  }

  /// FCHS and FABS, which look at no more than the sign.
  @inline(__always)
  func x87Sign(_ op: Op, _ change: (UInt16) -> UInt16) {
    recordX87(op)
    guard !isEmpty(0) else {
      if stackFault(overflow: false) { setST(0, .indefinite) }
      return
    }
    core.pointee.state.fpu.status &= ~X87Status.c1
    let r = physical(0)
    core.pointee.state.fpu.exponent[r] = change(core.pointee.state.fpu.exponent[r])
  }

  /// FSCALE: ST(0) x 2^trunc(ST(1)).
  func fscale(_ op: Op) {
    recordX87(op)
    guard !isEmpty(0), !isEmpty(1) else {
      if stackFault(overflow: false) { setST(0, .indefinite) }
      return
    }
    var context = x87Context()
    let result = Self.scaled(&context, st(0), st(1))
    if settleX87(context) { setST(0, result) }
  }

  private static func scaled(_ context: inout SoftContext, _ a: SoftFloat, _ b: SoftFloat) -> SoftFloat {
    if let result = context.nan(a, b) { return result }
    if b.kind == .infinity {
      if b.isNegative ? a.kind == .infinity : a.kind == .zero { return context.invalidResult() }
      context.noteDenormals(a, b)
      return b.isNegative ? .zero(a.isNegative) : .infinity(a.isNegative)
    }
    context.noteDenormals(a, b)
    guard a.kind == .finite, b.kind == .finite, b.exponent >= 0 else {
      return a.kind == .finite ? context.round(a) : a
    }
    // Beyond 2^17 every result is out of range.
    let magnitude = b.exponent > 17 ? 1 << 17 : Int(b.significand >> UInt64(63 - b.exponent))
    return context.scale(a, by: b.isNegative ? -magnitude : magnitude)
  }

  /// FXTRACT: the exponent stays in ST(0), the significand is pushed.
  func fxtract(_ op: Op) {
    recordX87(op)
    guard !isEmpty(0), isEmpty(7) else {
      let isUnderflow = isEmpty(0)
      if stackFault(overflow: !isUnderflow) {
        setST(0, .indefinite)
        pushX87(.indefinite)
      }
      return
    }
    var context = x87Context()
    let a = st(0)
    var exponent: SoftFloat
    var significand: SoftFloat
    if let result = context.nan(a, a) {
      exponent = result
      significand = result
    } else {
      context.noteDenormals(a, a)
      significand = a
      switch a.kind {
      case .zero:
        context.raise(SoftContext.zeroDivide)
        exponent = .infinity(true)
      case .infinity: exponent = .infinity(false)
      default:
        exponent = SoftFloat(integer: Int64(a.exponent))
        significand.exponent = 0
      }
    }
    guard settleX87(context) else { return }
    setST(0, exponent)
    pushX87(significand)
  }

  /// FPREM, or with `isNearest` FPREM1: the quotient's low bits go to C0, C3 and C1; C2 says that more is to do.
  func fprem(_ op: Op, isNearest: Bool) {
    recordX87(op)
    setConditions(0, of: X87Status.c2)
    guard !isEmpty(0), !isEmpty(1) else {
      if stackFault(overflow: false) { setST(0, .indefinite) }
      return
    }
    var context = x87Context()
    let (result, conditions) = Self.remainder(&context, st(0), st(1), isNearest: isNearest)
    guard settleX87(context) else { return }
    setST(0, result)
    // Without a remainder C0 and C3 stay.
    if let conditions { setConditions(conditions, of: X87Status.conditions) }
  }

  private static func remainder(
    _ context: inout SoftContext, _ a: SoftFloat, _ b: SoftFloat, isNearest: Bool
  ) -> (SoftFloat, UInt16?) {
    if let result = context.nan(a, b) { return (result, nil) }
    if a.kind == .infinity || b.kind == .zero { return (context.invalidResult(), nil) }
    context.noteDenormals(a, b)
    if a.kind == .zero { return (a, 0) }
    if b.kind == .infinity { return (context.round(a), 0) }
    let distance = a.exponent - b.exponent
    guard distance >= (isNearest ? -1 : 0) else { return (context.round(a), 0) }
    let isPartial = distance >= 64
    let steps = isPartial ? distance & 31 | 32 : distance
    let divisor = UInt128(b.significand)
    var rest = UInt128(a.significand)
    var quotient: UInt64 = 0
    var exponent = a.exponent
    var negative = a.isNegative
    if distance >= 0 {
      exponent = b.exponent + distance - steps
      for step in 0...steps {
        if step > 0 { rest = rest &<< 1 }
        quotient = quotient &<< 1
        if rest >= divisor {
          rest = rest &- divisor
          quotient |= 1
        }
      }
    }
    if isNearest, !isPartial {
      // Half the divisor, in the unit of `rest`.
      let whole = distance < 0 ? divisor &<< 1 : divisor
      let twice = rest &<< 1
      if twice > whole || (twice == whole && quotient & 1 != 0) {
        rest = whole &- rest
        negative.toggle()
        quotient &+= 1
      }
    }
    var conditions: UInt16 = isPartial ? X87Status.c2 : 0
    if !isPartial {
      if quotient & 1 != 0 { conditions |= X87Status.c1 }
      if quotient & 2 != 0 { conditions |= X87Status.c3 }
      if quotient & 4 != 0 { conditions |= X87Status.c0 }
    }
    guard rest != 0 else { return (.zero(a.isNegative), conditions) }
    let shift = UInt64(truncatingIfNeeded: rest).leadingZeroBitCount
    let significand = UInt64(truncatingIfNeeded: rest) &<< UInt64(shift)
    return (context.round(negative, exponent - shift, significand), conditions)
  }
}
