import Engine

/// Interrupts and exceptions through the IDT or the real-mode vector table (SDM 3A chapter 6).
extension CPU {
  /// What is being delivered.
  struct Event {
    var vector: UInt8
    /// Pushed in protected mode.
    var code: UInt32?
    /// INT n, INT3, INTO: the gate's DPL is checked and faults carry no EXT bit.
    var isSoftware = false
    /// RF in the pushed RFLAGS is set: the instruction will be tried again.
    var setsResume = false
    /// Where the handler returns to.
    var next: UInt64

    var external: UInt32 { isSoftware ? 0 : 1 }
  }

  /// Exceptions that push an error code.
  private static func hasErrorCode(_ vector: UInt8) -> Bool {
    switch vector {
    case Vector.doubleFault, Vector.invalidTSS...Vector.page, Vector.alignment: true
    default: false
    }
  }

  private enum Class { case benign, contributory, page, double }

  /// SDM 3A table 6-4.
  private static func classify(_ vector: UInt8) -> Class {
    switch vector {
    case Vector.divide, Vector.invalidTSS...Vector.protection: .contributory
    case Vector.page: .page
    case Vector.doubleFault: .double
    default: .benign
    }
  }

  /// Delivers an exception whose return address is `State.rip`; what its delivery raises in turn, also double
  /// faults; shuts the CPU down at the third.
  ///
  /// The code of a #DB is the bits that it sets in DR6.
  func deliver(_ fault: PendingFault) {
    var fault = fault
    var first = Class.benign
    while true {
      let second = Self.classify(fault.vector)
      switch (first, second) {
      case (.double, .contributory), (.double, .page): return shutDown()
      case (.contributory, .contributory), (.page, .contributory), (.page, .page):
        fault = PendingFault(vector: Vector.doubleFault, code: 0)
        first = .double
      case (.double, _): break
      default: first = second
      }
      do {
        let event = event(fault)
        logInterrupt(.exception, fault.vector, code: event.code, next: event.next)
        try interrupt(event)
        return
      } catch {
        // The instruction will raise it again.
        if core.pointee.pending & Pending.abandon != 0 {
          core.pointee.budget &+= 1
          return
        }
        fault = core.pointee.fault
      }
    }
  }

  private func event(_ fault: PendingFault) -> Event {
    var event = Event(vector: fault.vector, next: core.pointee.state.rip)
    if fault.vector == Vector.debug {
      noteDebugConditions(UInt64(fault.code))
      event.setsResume = fault.code & DebugStatus.general32 != 0
    } else {
      event.setsResume = fault.vector != Vector.breakpoint && fault.vector != Vector.overflow
      if Self.hasErrorCode(fault.vector) { event.code = fault.code }
    }
    return event
  }

  /// Delivers an external interrupt.
  func deliverInterrupt(vector: UInt8) {
    logInterrupt(.interrupt, vector, next: core.pointee.state.rip)
    deliver(external: vector)
  }

  /// Delivers an NMI; further ones wait for the next IRET.
  func deliverNMI() {
    logInterrupt(.nonMaskable, Vector.nmi, next: core.pointee.state.rip)
    core.pointee.state.nmiBlocked = true
    deliver(external: Vector.nmi)
  }

  private func deliver(external vector: UInt8) {
    do {
      try interrupt(Event(vector: vector, next: core.pointee.state.rip))
    } catch {
      guard core.pointee.pending & Pending.abandon != 0 else { return deliver(core.pointee.fault) }
      core.pointee.budget &+= 1
      if vector == Vector.nmi {
        core.pointee.state.nmiBlocked = false
        core.pointee.state.nmiPending = true
      } else {
        core.pointee.heldVector = vector
      }
    }
  }

  /// A fault while a double fault is delivered: only a reset, INIT or NMI helps.
  private func shutDown() {
    core.pointee.state.activity = .shutdown
    // Leaves the fast path, where nobody asks for the activity.
    core.pointee.pending |= Pending.single
  }

  // MARK: Delivery

  /// Goes to the handler of an event. All is checked before anything changes.
  func interrupt(_ event: Event) throws(Fault) {
    if event.isSoftware { logInterrupt(.software, event.vector, next: event.next) }
    guard hasProtection else { return try interruptReal(event) }
    let at = UInt32(event.vector) * 8
    let code = at | 2 | event.external
    guard at + 7 <= UInt32(core.pointee.state.idtr.limit) else { throw protection(code) }
    let raw = try loadSystem(UInt64.self, linear: core.pointee.state.idtr.base &+ UInt64(at))
    let gate = Descriptor(low: UInt32(truncatingIfNeeded: raw), high: UInt32(truncatingIfNeeded: raw >> 32))
    guard !gate.isCodeOrData else { throw protection(code) }
    switch gate.type {
    case Descriptor.System.taskGate, Descriptor.System.interruptGate16, Descriptor.System.trapGate16,
      Descriptor.System.interruptGate32, Descriptor.System.trapGate32:
      break
    default: throw protection(code)
    }
    if event.isSoftware, gate.dpl < core.pointee.cpl { throw protection(code) }
    guard gate.isPresent else { throw raise(Vector.segmentNotPresent, code) }
    if gate.type == Descriptor.System.taskGate { return try interruptTask(gate, event) }
    try interrupt(event, through: gate)
  }

  /// Through an interrupt or trap gate (SDM 3A 6.12.1).
  private func interrupt(_ event: Event, through gate: Descriptor) throws(Fault) {
    let external = event.external
    let selector = gate.gateSelector
    guard selector & 0xfffc != 0 else { throw protection(external) }
    var target = try descriptor(selector, external: external)
    let cpl = core.pointee.cpl
    guard target.isCode, target.dpl <= cpl else { throw protection(errorCode(selector, external)) }
    guard target.isPresent else { throw raise(Vector.segmentNotPresent, errorCode(selector, external)) }
    let isInner = !target.isConformingCode && target.dpl < cpl
    if isVM86, !isInner || target.dpl != 0 { throw protection(errorCode(selector, external)) }
    let size = gate.isGate32 ? 4 : 2
    var frame = isInner ? try innerStack(target.dpl, external: external) : presentStack(external: external)
    let count = (isVM86 ? 9 : isInner ? 5 : 3) + (event.code == nil ? 0 : 1)
    try reserve(frame, count: count, size: size)
    guard gate.gateOffset <= UInt64(target.limit) else { throw protection(external) }
    try markAccessed(&target)

    let state = core
    var flags = rflags & ~Flag.resume
    if event.setsResume { flags |= Flag.resume } else { flags |= core.pointee.state.rflags & Flag.resume }
    if isVM86 {
      for index in [Segment.gs, Segment.fs, Segment.ds, Segment.es] {
        try push(UInt64(state.pointee.state.segments[index].selector), size: size, on: &frame)
      }
    }
    if isInner {
      try push(UInt64(state.pointee.state.segments[Segment.ss].selector), size: size, on: &frame)
      try push(state.pointee.state.gpr[4], size: size, on: &frame)
    }
    try push(flags, size: size, on: &frame)
    try push(UInt64(state.pointee.state.segments[Segment.cs].selector), size: size, on: &frame)
    try push(event.next, size: size, on: &frame)
    if let code = event.code { try push(UInt64(code), size: size, on: &frame) }

    if isVM86 {
      for index in [Segment.gs, Segment.fs, Segment.ds, Segment.es] {
        state.pointee.state.segments[index] = nullSegment(0)
      }
    }
    let level = isInner ? target.dpl : cpl
    var cleared = Flag.trap | Flag.nestedTask | Flag.resume | Flag.vm86
    if gate.type & 1 == 0 { cleared |= Flag.interrupt }
    state.pointee.state.rflags &= ~cleared
    state.pointee.state.interruptShadow = false
    state.pointee.state.rip = gate.gateOffset
    state.pointee.state.segments[Segment.cs] = target.register(selector & ~3 | UInt16(level))
    if isInner { state.pointee.state.segments[Segment.ss] = frame.register }
    refreshMode()
    setStackPointer(frame.pointer, mask: frame.mask)
  }

  private func interruptTask(_ gate: Descriptor, _ event: Event) throws(Fault) {
    core.pointee.state.interruptShadow = false
    try enterTask(
      gate.gateSelector, .interrupt, next: event.next, external: event.external, setsResume: event.setsResume)
    guard let code = event.code else { return }
    var frame = presentStack(external: event.external)
    let size = core.pointee.state.segments[Segment.tr].type & 8 != 0 ? 4 : 2
    try push(UInt64(code), size: size, on: &frame)
    setStackPointer(frame.pointer, mask: frame.mask)
  }

  /// Through the interrupt vector table (SDM 3B 21.1.4).
  private func interruptReal(_ event: Event) throws(Fault) {
    let at = UInt32(event.vector) * 4
    guard at + 3 <= UInt32(core.pointee.state.idtr.limit) else { throw protection(at * 2 | 2 | event.external) }
    let entry = try loadSystem(UInt32.self, linear: core.pointee.state.idtr.base &+ UInt64(at))
    try enterReal(entry, flags: rflags, next: event.next)
  }

  /// Pushes FLAGS, CS and IP and goes to the handler that a table entry names, as an 8086 does.
  func enterReal(_ entry: UInt32, flags: UInt64, next: UInt64) throws(Fault) {
    var frame = presentStack()
    try reserve(frame, count: 3, size: 2)
    try push(flags, size: 2, on: &frame)
    try push(UInt64(core.pointee.state.segments[Segment.cs].selector), size: 2, on: &frame)
    try push(next, size: 2, on: &frame)
    setStackPointer(frame.pointer, mask: frame.mask)
    core.pointee.state.interruptShadow = false
    core.pointee.state.rip = UInt64(entry & 0xffff)
    core.pointee.state.rflags &= ~(Flag.trap | Flag.interrupt | Flag.alignment | Flag.resume)
    setSegment(Segment.cs, realSegment(Segment.cs, UInt16(truncatingIfNeeded: entry >> 16)))
  }
}
