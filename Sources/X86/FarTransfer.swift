import Engine

/// Far jumps, calls and returns (SDM 3A 5.8, SDM 2 JMP, CALL and RET).
extension CPU {
  static func bindFar(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .jmpFar: return { c, p in jumping(c, p) { cpu, op throws(Fault) in try cpu.jumpFar(op) } }
    case .callFar: return { c, p in jumping(c, p) { cpu, op throws(Fault) in try cpu.callFar(op) } }
    case .retFar: return { c, p in jumping(c, p) { cpu, op throws(Fault) in try cpu.returnFar(op) } }
    case .iret: return { c, p in jumping(c, p) { cpu, op throws(Fault) in try cpu.returnFromInterrupt(op) } }
    default: return nil
    }
  }

  private enum Transfer { case jump, call }

  func jumpFar(_ op: Op) throws(Fault) {
    let (selector, offset) = try farPointer(op)
    guard isProtected else { return try goReal(selector, offset) }
    try goProtected(selector, offset, op, .jump)
  }

  func callFar(_ op: Op) throws(Fault) {
    let (selector, offset) = try farPointer(op)
    guard isProtected else {
      let size = Int(op.pointee.size)
      var frame = presentStack()
      try reserve(frame, count: 2, size: size)
      guard offset < realCodeEnd else { throw protection(0) }
      try push(UInt64(core.pointee.state.segments[Segment.cs].selector), size: size, on: &frame)
      try push(nextRIP(op), size: size, on: &frame)
      setStackPointer(frame.pointer, mask: frame.mask)
      return try goReal(selector, offset)
    }
    try goProtected(selector, offset, op, .call)
  }

  private var realCodeEnd: UInt64 { isVM86 ? 0x1_0000 : core.pointee.codeEnd }

  /// A far transfer in real or virtual-8086 mode: any paragraph, within the limit.
  func goReal(_ selector: UInt16, _ offset: UInt64) throws(Fault) {
    guard offset < realCodeEnd else { throw protection(0) }
    core.pointee.state.rip = offset
    setSegment(Segment.cs, realSegment(Segment.cs, selector))
  }

  private func goProtected(_ selector: UInt16, _ offset: UInt64, _ op: Op, _ how: Transfer) throws(Fault) {
    guard selector & 0xfffc != 0 else { throw protection(0) }
    var target = try descriptor(selector)
    if target.isCodeOrData {
      try checkDirect(target, selector)
      try enter(&target, selector, offset, op, how, size: Int(op.pointee.size))
      return
    }
    switch target.type {
    case Descriptor.System.callGate16, Descriptor.System.callGate32: try goThroughGate(target, selector, op, how)
    case Descriptor.System.taskGate:
      try checkReach(target, selector)
      try switchTask(target.gateSelector, how == .call ? .call : .jump, next: nextRIP(op))
    case Descriptor.System.availableTSS16, Descriptor.System.availableTSS32:
      try checkReach(target, selector)
      try switchTask(selector, how == .call ? .call : .jump, next: nextRIP(op))
    default: throw protection(errorCode(selector))
    }
  }

  /// Whether a gate or TSS may be used from here: its DPL against CPL and RPL.
  private func checkReach(_ target: Descriptor, _ selector: UInt16) throws(Fault) {
    guard core.pointee.cpl <= target.dpl, UInt8(selector & 3) <= target.dpl else {
      throw protection(errorCode(selector))
    }
    guard target.isPresent else { throw raise(Vector.segmentNotPresent, errorCode(selector)) }
  }

  /// A code segment named directly: conforming from the same or an outer level, else from its own.
  private func checkDirect(_ target: Descriptor, _ selector: UInt16) throws(Fault) {
    let cpl = core.pointee.cpl
    guard target.isCode,
      target.isConformingCode ? target.dpl <= cpl : UInt8(selector & 3) <= cpl && target.dpl == cpl
    else { throw protection(errorCode(selector)) }
    guard target.isPresent else { throw raise(Vector.segmentNotPresent, errorCode(selector)) }
  }

  /// Goes to a code segment at the present level, after pushing the return address for a call.
  private func enter(
    _ target: inout Descriptor, _ selector: UInt16, _ offset: UInt64, _ op: Op, _ how: Transfer, size: Int
  ) throws(Fault) {
    var frame = presentStack()
    if how == .call { try reserve(frame, count: 2, size: size) }
    guard offset <= UInt64(target.limit) else { throw protection(0) }
    try markAccessed(&target)
    if how == .call {
      try push(UInt64(core.pointee.state.segments[Segment.cs].selector), size: size, on: &frame)
      try push(nextRIP(op), size: size, on: &frame)
      setStackPointer(frame.pointer, mask: frame.mask)
    }
    core.pointee.state.rip = offset
    setSegment(Segment.cs, target.register(selector & ~3 | UInt16(core.pointee.cpl)))
  }

  private func goThroughGate(_ gate: Descriptor, _ gateSelector: UInt16, _ op: Op, _ how: Transfer) throws(Fault) {
    try checkReach(gate, gateSelector)
    let selector = gate.gateSelector
    guard selector & 0xfffc != 0 else { throw protection(0) }
    var target = try descriptor(selector)
    let cpl = core.pointee.cpl
    guard target.isCode, target.dpl <= cpl else { throw protection(errorCode(selector)) }
    if how == .jump, !target.isConformingCode, target.dpl != cpl { throw protection(errorCode(selector)) }
    guard target.isPresent else { throw raise(Vector.segmentNotPresent, errorCode(selector)) }
    let size = gate.isGate32 ? 4 : 2
    guard how == .call, !target.isConformingCode, target.dpl < cpl else {
      return try enter(&target, selector, gate.gateOffset, op, how, size: size)
    }
    try callInner(&target, gate, op, size: size)
  }

  /// A call to an inner level: its stack comes from the TSS, the parameters are copied (SDM 3A 5.8.5).
  private func callInner(_ target: inout Descriptor, _ gate: Descriptor, _ op: Op, size: Int) throws(Fault) {
    let level = target.dpl
    var frame = try innerStack(level)
    let count = gate.parameterCount
    try reserve(frame, count: count + 4, size: size)
    guard gate.gateOffset <= UInt64(target.limit) else { throw protection(0) }
    let outer = presentStack()
    // Every parameter is read before anything is written.
    for index in 0..<count { _ = try peek(outer, index, size: size) }
    try markAccessed(&target)
    try push(UInt64(outer.register.selector), size: size, on: &frame)
    try push(core.pointee.state.gpr[4], size: size, on: &frame)
    for index in (0..<count).reversed() { try push(try peek(outer, index, size: size), size: size, on: &frame) }
    try push(UInt64(core.pointee.state.segments[Segment.cs].selector), size: size, on: &frame)
    try push(nextRIP(op), size: size, on: &frame)
    core.pointee.state.rip = gate.gateOffset
    core.pointee.state.segments[Segment.cs] = target.register(gate.gateSelector & ~3 | UInt16(level))
    setSegment(Segment.ss, frame.register)
    setStackPointer(frame.pointer, mask: frame.mask)
  }

  // MARK: Returns

  func returnFar(_ op: Op) throws(Fault) {
    let size = Int(op.pointee.size)
    let released = op.pointee.flags.contains(.immediate) ? op.pointee.immediate & 0xffff : 0
    var frame = presentStack()
    let offset = try peek(frame, 0, size: size)
    let selector = UInt16(truncatingIfNeeded: try peek(frame, 1, size: size))
    frame.pointer = (frame.pointer &+ UInt64(2 * size) &+ released) & frame.mask
    guard isProtected else {
      try goReal(selector, offset)
      return setStackPointer(frame.pointer, mask: frame.mask)
    }
    var target = try checkedReturn(selector)
    guard UInt8(selector & 3) > core.pointee.cpl else {
      guard offset <= UInt64(target.limit) else { throw protection(0) }
      try markAccessed(&target)
      setStackPointer(frame.pointer, mask: frame.mask)
      core.pointee.state.rip = offset
      return setSegment(Segment.cs, target.register(selector))
    }
    try returnOuter(&target, selector, offset, frame, size: size, released: released)
  }

  /// The code segment that a return names, checked against its RPL, which becomes the privilege level.
  func checkedReturn(_ selector: UInt16) throws(Fault) -> Descriptor {
    guard selector & 0xfffc != 0 else { throw protection(0) }
    let target = try descriptor(selector)
    let rpl = UInt8(selector & 3)
    guard target.isCode, rpl >= core.pointee.cpl, target.isConformingCode ? target.dpl <= rpl : target.dpl == rpl
    else { throw protection(errorCode(selector)) }
    guard target.isPresent else { throw raise(Vector.segmentNotPresent, errorCode(selector)) }
    return target
  }

  /// Goes on at an outer level, whose SS:ESP stand at the pointer of `frame`.
  func returnOuter(
    _ target: inout Descriptor, _ selector: UInt16, _ offset: UInt64, _ frame: StackFrame, size: Int, released: UInt64
  ) throws(Fault) {
    let pointer = try peek(frame, 0, size: size)
    let stackSelector = UInt16(truncatingIfNeeded: try peek(frame, 1, size: size))
    let stack = try checkedStack(stackSelector, cpl: UInt8(selector & 3), orRaise: Vector.protection)
    guard offset <= UInt64(target.limit) else { throw protection(0) }
    try markAccessed(&target)
    core.pointee.state.rip = offset
    core.pointee.state.segments[Segment.cs] = target.register(selector)
    setSegment(Segment.ss, stack)
    setStackPointer(pointer &+ released, mask: core.pointee.stackMask)
    dropPrivilegedSegments()
  }
}
