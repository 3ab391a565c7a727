import SoftFloat

// Comparisons (SDM 1 8.3.6).
extension CPU {
  /// FCOM, FUCOM, FICOM and their kind: the order of ST(0) and `source` goes to C3, C2 and C0.
  func x87Compare(_ op: Op, _ source: SoftFloat, isEmpty isMissing: Bool, quietly: Bool, pops: Int) {
    recordX87(op)
    let mask = X87Status.c0 | X87Status.c2 | X87Status.c3
    if isMissing || isEmpty(0) {
      let isMasked = stackFault(overflow: false)
      setConditions(mask, of: mask)
      guard isMasked else { return }
    } else {
      var context = x87Context()
      let order = context.compare(st(0), source, quietly: quietly)
      let goesOn = settleX87(context)
      let bits: UInt16 =
        switch order {
        case .less: X87Status.c0
        case .equal: X87Status.c3
        case .greater: 0
        case .unordered: mask
        }
      // Also where an unmasked exception keeps the stack as it is.
      setConditions(bits, of: mask)
      guard goesOn else { return }
    }
    for _ in 0..<pops { popX87() }
  }

  /// FCOM and FUCOM, with a register or a real in memory.
  @inline(__always)
  func fcom(_ op: Op, quietly: Bool = false, pops: Int = 0) throws(Fault) {
    if op.pointee.memory != .none {
      x87Compare(op, try loadReal(op), isEmpty: false, quietly: quietly, pops: pops)
    } else {
      // FCOMPP and FUCOMPP name no register: it is ST(1).
      let source = pops == 2 ? 1 : Int(op.pointee.b)
      x87Compare(op, st(source), isEmpty: isEmpty(source), quietly: quietly, pops: pops)
    }
  }

  /// FICOM.
  @inline(__always)
  func ficom(_ op: Op, pops: Int = 0) throws(Fault) {
    x87Compare(op, try loadInteger(op), isEmpty: false, quietly: false, pops: pops)
  }

  /// FCOMI and FUCOMI: the order goes to ZF, PF and CF.
  func fcomi(_ op: Op, quietly: Bool, pops: Bool) {
    recordX87(op)
    let source = Int(op.pointee.b)
    var order = SoftContext.Order.unordered
    let goesOn: Bool
    if isEmpty(0) || isEmpty(source) {
      goesOn = stackFault(overflow: false)
    } else {
      var context = x87Context()
      order = context.compare(st(0), st(source), quietly: quietly)
      goesOn = settleX87(context)
    }
    setOrderFlags(order)
    if pops, goesOn { popX87() }
  }

  /// ZF, PF and CF by an order; OF, SF and AF are cleared.
  func setOrderFlags(_ order: SoftContext.Order) {
    let flags: UInt64 =
      switch order {
      case .less: Flag.carry
      case .equal: Flag.zero
      case .greater: 0
      case .unordered: Flag.zero | Flag.parity | Flag.carry
      }
    setArithmeticFlags(flags)
  }

  /// FXAM: C1 is the sign, the others the class.
  func fxam(_ op: Op) {
    recordX87(op)
    let value = st(0)
    var bits: UInt16 = core.pointee.state.fpu.exponent[physical(0)] & 0x8000 != 0 ? X87Status.c1 : 0
    if isEmpty(0) {
      bits |= X87Status.c3 | X87Status.c0
    } else {
      switch value.kind {
      case .unsupported: break
      case .quietNaN, .signalingNaN: bits |= X87Status.c0
      case .infinity: bits |= X87Status.c2 | X87Status.c0
      case .zero: bits |= X87Status.c3
      case .finite: bits |= value.isDenormal ? X87Status.c3 | X87Status.c2 : X87Status.c2
      }
    }
    setConditions(bits, of: X87Status.conditions)
  }
}
