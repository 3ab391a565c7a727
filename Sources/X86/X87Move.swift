import SoftFloat

// Loads, stores and exchanges (SDM 1 8.3.3 and 8.3.4).
extension CPU {
  /// Pushes what `value` gives, unless the stack is full.
  @inline(__always)
  private func pushX87(_ op: Op, _ value: (inout SoftContext) -> SoftFloat) {
    recordX87(op)
    guard isEmpty(7) else {
      if stackFault(overflow: true) { pushX87(.indefinite) }
      return
    }
    var context = x87Context()
    let number = value(&context)
    if settleX87(context) { pushX87(number) }
  }

  /// FLD.
  func fld(_ op: Op) throws(Fault) {
    if op.pointee.memory == .none {
      recordX87(op)
      let source = Int(op.pointee.b)
      if isEmpty(source) {
        if stackFault(overflow: false) { pushX87(.indefinite) }
        return
      }
      if !isEmpty(7) {
        if stackFault(overflow: true) { pushX87(.indefinite) }
        return
      }
      core.pointee.state.fpu.status &= ~X87Status.c1
      let r = physical(source)
      let significand = core.pointee.state.fpu.significand[r]
      let exponent = core.pointee.state.fpu.exponent[r]
      setTop(x87Top &- 1)
      return setST(0, significand, exponent)
    }
    if op.pointee.size == 10 {
      let (significand, exponent) = try loadExtended(op)
      recordX87(op)
      guard isEmpty(7) else {
        if stackFault(overflow: true) { pushX87(.indefinite) }
        return
      }
      core.pointee.state.fpu.status &= ~X87Status.c1
      setTop(x87Top &- 1)
      return setST(0, significand, exponent)
    }
    let source = try loadReal(op)
    pushX87(op) { context in
      if source.kind == .signalingNaN { context.raise(SoftContext.invalid) }
      context.noteDenormals(source, source)
      return source.isNaN ? source.quieted : source
    }
  }

  /// FILD.
  func fild(_ op: Op) throws(Fault) {
    let source = try loadInteger(op)
    pushX87(op) { _ in source }
  }

  /// FLD1 and the other constants: 128 bits of significand, rounded as the control word says.
  @inline(__always)
  func x87Constant(_ op: Op, exponent: Int, _ high: UInt64, _ low: UInt64) {
    pushX87(op) { context in
      var quiet = context
      return quiet.round(false, exponent, high, low)
    }
  }

  func fldz(_ op: Op) { pushX87(op) { _ in .zero(false) } }

  private func loadExtended(_ op: Op) throws(Fault) -> (UInt64, UInt16) {
    let offset = effectiveAddress(op)
    let significand = try load(UInt64.self, segment: op.pointee.segment, offset)
    return (significand, try load(UInt16.self, segment: op.pointee.segment, offset &+ 8))
  }

  private func storeExtended(_ significand: UInt64, _ signExponent: UInt16, _ op: Op) throws(Fault) {
    let offset = effectiveAddress(op)
    try probeStore(UInt64.self, segment: op.pointee.segment, offset)
    try store(signExponent, segment: op.pointee.segment, offset &+ 8)
    try store(significand, segment: op.pointee.segment, offset)
  }

  /// What stands in for ST(0) when a store finds it empty, and whether the store goes on.
  private enum Source {
    case value(SoftFloat)
    case indefinite
    case nothing
  }

  private func storeSource() -> Source {
    guard isEmpty(0) else { return .value(st(0)) }
    return core.pointee.state.fpu.control & 1 != 0 ? .indefinite : .nothing
  }

  /// FST and FSTP.
  func fst(_ op: Op, pops: Bool) throws(Fault) {
    if op.pointee.memory == .none {
      recordX87(op)
      let destination = Int(op.pointee.a)
      if isEmpty(0) {
        guard stackFault(overflow: false) else { return }
        setST(destination, .indefinite)
      } else {
        core.pointee.state.fpu.status &= ~X87Status.c1
        let r = physical(0)
        setST(destination, core.pointee.state.fpu.significand[r], core.pointee.state.fpu.exponent[r])
      }
      if pops { popX87() }
      return
    }
    if op.pointee.size == 10 {
      let isMissing = isEmpty(0)
      if isMissing, core.pointee.state.fpu.control & 1 == 0 {
        recordX87(op)
        _ = stackFault(overflow: false)
        return
      }
      let r = physical(0)
      if isMissing {
        let (significand, exponent) = SoftFloat.indefinite.extended
        try storeExtended(significand, exponent, op)
        _ = stackFault(overflow: false)
      } else {
        try storeExtended(core.pointee.state.fpu.significand[r], core.pointee.state.fpu.exponent[r], op)
        core.pointee.state.fpu.status &= ~X87Status.c1
      }
      recordX87(op)
      return popX87()
    }
    let isSingle = op.pointee.size == 4
    try storeX87(op, pops: pops) { cpu, context, number throws(Fault) in
      context.precision = isSingle ? 24 : 53
      context.minimumExponent = isSingle ? -126 : -1022
      context.maximumExponent = isSingle ? 127 : 1023
      var result = SoftFloat.indefinite
      if let number {
        if let nan = context.nan(number, number) { result = nan } else { result = context.round(number) }
      }
      // Results that overflow or underflow, unmasked, are not stored either.
      let unmasked = context.flags & ~context.masks
      if unmasked & (SoftContext.early | SoftContext.overflow | SoftContext.underflow) != 0 {
        context.flags &= ~SoftContext.inexact
        context.roundedUp = false
        return false
      }
      if isSingle { try cpu.store(result.single, op) } else { try cpu.store(result.double, op) }
      return true
    }
  }

  /// FIST, FISTP and FISTTP.
  func fist(_ op: Op, pops: Bool, truncates: Bool = false) throws(Fault) {
    try storeX87(op, pops: pops) { cpu, context, number throws(Fault) in
      if truncates { context.rounding = 3 }
      let bits = Int(op.pointee.size) * 8
      var value = Int64.min >> Int64(64 - bits)
      if let number, let integer = context.integer(number, bits: bits) { value = integer }
      if context.isStopped { return false }
      switch bits {
      case 16: try cpu.store(UInt16(truncatingIfNeeded: value), op)
      case 32: try cpu.store(UInt32(truncatingIfNeeded: value), op)
      default: try cpu.store(UInt64(truncatingIfNeeded: value), op)
      }
      return true
    }
  }

  /// Stores to memory: `body` gets ST(0), or nothing for the indefinite of an empty register, and says whether
  /// it stored. Nothing changes when the store faults.
  @inline(__always)
  private func storeX87(
    _ op: Op, pops: Bool, _ body: (CPU, inout SoftContext, SoftFloat?) throws(Fault) -> Bool
  ) throws(Fault) {
    var context = x87Context()
    switch storeSource() {
    case .value(let number):
      let isStored = try body(self, &context, number)
      recordX87(op)
      _ = settleX87(context)
      if isStored, pops { popX87() }
    case .indefinite:
      _ = try body(self, &context, nil)
      recordX87(op)
      _ = stackFault(overflow: false)
      if pops { popX87() }
    case .nothing:
      recordX87(op)
      _ = stackFault(overflow: false)
    }
  }

  /// FBLD: eighteen decimal digits and a sign.
  func fbld(_ op: Op) throws(Fault) {
    var (digits, top) = try loadExtended(op)
    let isNegative = top & 0x8000 != 0
    var value: UInt64 = 0
    var scale: UInt64 = 1
    for _ in 0..<16 {
      value = value &+ (digits & 15) &* scale
      digits >>= 4
      scale = scale &* 10
    }
    for _ in 0..<2 {
      value = value &+ UInt64(top & 15) &* scale
      top >>= 4
      scale = scale &* 10
    }
    var number = SoftFloat(integer: Int64(truncatingIfNeeded: value))
    number.isNegative = isNegative
    pushX87(op) { _ in number }
  }

  /// FBSTP.
  func fbstp(_ op: Op) throws(Fault) {
    try storeX87(op, pops: true) { cpu, context, number throws(Fault) in
      var digits: UInt64 = 0xc000_0000_0000_0000
      var top: UInt16 = 0xffff
      if let number {
        let trial = context
        if let integer = context.integer(number, bits: 64), integer.magnitude < 1_000_000_000_000_000_000 {
          var rest = integer.magnitude
          digits = 0
          for place in 0..<16 {
            digits |= (rest % 10) &<< UInt64(place * 4)
            rest /= 10
          }
          top = UInt16(rest % 10 | (rest / 10) << 4) | (number.isNegative ? 0x8000 : 0)
        } else {
          context = trial
          context.raise(SoftContext.invalid)
        }
      }
      if context.isStopped { return false }
      try cpu.storeExtended(digits, top, op)
      return true
    }
  }

  /// FXCH: an empty register counts as the indefinite.
  func fxch(_ op: Op) {
    recordX87(op)
    let other = Int(op.pointee.b)
    if isEmpty(0) || isEmpty(other) {
      guard stackFault(overflow: false) else { return }
      if isEmpty(0) { setST(0, .indefinite) }
      if isEmpty(other) { setST(other, .indefinite) }
    } else {
      core.pointee.state.fpu.status &= ~X87Status.c1
    }
    let a = physical(0)
    let b = physical(other)
    let significand = core.pointee.state.fpu.significand[a]
    let exponent = core.pointee.state.fpu.exponent[a]
    setST(0, core.pointee.state.fpu.significand[b], core.pointee.state.fpu.exponent[b])
    setST(other, significand, exponent)
  }

  /// FCMOVcc.
  @inline(__always)
  func fcmov(_ op: Op, _ isMet: Bool) {
    recordX87(op)
    let source = Int(op.pointee.b)
    if isEmpty(0) || isEmpty(source) {
      if stackFault(overflow: false) { setST(0, .indefinite) }
      return
    }
    guard isMet else { return }
    let r = physical(source)
    setST(0, core.pointee.state.fpu.significand[r], core.pointee.state.fpu.exponent[r])
  }
}
