import Engine

/// Bits of DR6 (SDM 3B 18.2.3).
enum DebugStatus {
  static let breakpoints: UInt64 = 15
  /// BD: a debug register was touched while DR7.GD was set.
  static let general: UInt64 = 0x2000
  static let general32: UInt32 = 0x2000
  /// BS: single step.
  static let step: UInt64 = 0x4000
  /// BT: a task with its T flag set was switched to.
  static let taskSwitch: UInt64 = 0x8000
  /// Not of DR6: the last instruction loaded SS, and nothing traps before the next one is done.
  static let held: UInt64 = 1 << 32
  /// Bits that read as 1.
  static let fixed: UInt64 = 0xffff_0ff0
}

/// Breakpoints, single step and the debug registers (SDM 3B chapter 18).
extension CPU {
  private enum Watch {
    static let execute: UInt64 = 0
    static let write: UInt64 = 1
    static let port: UInt64 = 2
    static let access: UInt64 = 3
  }

  private static let generalDetect: UInt64 = 0x2000

  static func bindDebug(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .movFromDebug:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.movFromDebug(op) } }
    case .movToDebug:
      return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.movToDebug(op) } }
    default: return nil
    }
  }

  /// The debug register's number with the aliases DR4 and DR5 resolved.
  private func debugRegister(_ number: UInt8) throws(Fault) -> Int {
    let number = Int(number)
    if number == 4 || number == 5 {
      guard core.pointee.state.cr4 & 8 == 0 else { throw undefined() }
    } else if number > 7 {
      throw undefined()
    }
    try requireSupervisor()
    guard core.pointee.state.dr7 & Self.generalDetect == 0 else {
      throw raise(Vector.debug, DebugStatus.general32)
    }
    return number == 4 || number == 5 ? number + 2 : number
  }

  private func movFromDebug(_ op: Op) throws(Fault) {
    let value: UInt64
    switch try debugRegister(op.pointee.b) {
    case 6: value = core.pointee.state.dr6
    case 7: value = core.pointee.state.dr7
    case let number: value = core.pointee.state.breakpoint[number & 3]
    }
    setRegister(op.pointee.a, UInt32(truncatingIfNeeded: value))
  }

  private func movToDebug(_ op: Op) throws(Fault) {
    let value = UInt64(register(UInt32.self, op.pointee.b))
    setDebugRegister(try debugRegister(op.pointee.a), value)
  }

  /// Writes DR0 to DR3, DR6 or DR7.
  func setDebugRegister(_ number: Int, _ value: UInt64) {
    switch number {
    case 6: core.pointee.state.dr6 = value & 0xe00f | DebugStatus.fixed
    case 7: core.pointee.state.dr7 = value & 0xffff_23ff | 0x400
    default: core.pointee.state.breakpoint[number & 3] = value
    }
    // Pages with watched bytes leave the fast path, others come back to it.
    flushTLB(keepGlobal: false)
    refreshPending()
  }

  /// A #DB is on its way: records why in DR6, and lets its handler at the debug registers.
  func noteDebugConditions(_ conditions: UInt64) {
    let known = DebugStatus.breakpoints | DebugStatus.general | DebugStatus.step | DebugStatus.taskSwitch
    let kept = core.pointee.state.dr6 & ~DebugStatus.breakpoints
    core.pointee.state.dr6 = kept | (conditions & known) | DebugStatus.fixed
    core.pointee.state.dr7 &= ~Self.generalDetect
  }

  /// Which breakpoints of the given kinds (bit n: kind n) `width` bytes at `address` hit, as bits of DR6.
  private func hits(_ address: UInt64, width: Int, kinds: UInt64) -> UInt64 {
    let dr7 = core.pointee.state.dr7
    var found: UInt64 = 0
    for n in 0..<4 where dr7 >> UInt64(n * 2) & 3 != 0 {
      let kind = dr7 >> UInt64(16 + n * 4) & 3
      guard kinds >> kind & 1 != 0 else { continue }
      // LEN 2 means 8 bytes, which 32-bit CPUs leave undefined.
      let length: UInt64 =
        kind == Watch.execute ? 1 : [1, 2, 8, 4][Int(dr7 >> UInt64(18 + n * 4) & 3)]
      let first = core.pointee.state.breakpoint[n] & ~(length - 1)
      if first < address &+ UInt64(width), address < first &+ length { found |= 1 << UInt64(n) }
    }
    return found
  }

  /// A data access, on the slow path: breakpoints trap after the instruction.
  func checkDataBreakpoint(_ linear: UInt64, width: Int, writing: Bool) {
    let kinds: UInt64 = writing ? 1 << Watch.write | 1 << Watch.access : 1 << Watch.access
    core.pointee.state.pendingDebug |= hits(linear, width: width, kinds: kinds)
  }

  /// An access to a port, which CR4.DE lets breakpoints watch.
  func checkPortBreakpoint(_ port: UInt16, width: Int) {
    guard core.pointee.state.dr7 & 0xff != 0, core.pointee.state.cr4 & 8 != 0 else { return }
    core.pointee.state.pendingDebug |= hits(UInt64(port), width: width, kinds: 1 << Watch.port)
  }

  /// Before an instruction: its breakpoint, unless RF says that it was taken already, and the trap of a task
  /// switch.
  ///
  /// - Throws: #DB.
  func checkInstructionBreakpoint() throws(Fault) {
    let pending = core.pointee.state.pendingDebug
    guard pending & DebugStatus.held == 0 else {
      core.pointee.state.pendingDebug = pending & ~DebugStatus.held
      return
    }
    if pending & DebugStatus.taskSwitch != 0 {
      core.pointee.state.pendingDebug = 0
      throw raise(Vector.debug, UInt32(truncatingIfNeeded: pending))
    }
    guard core.pointee.state.dr7 & 0xff != 0, core.pointee.state.rflags & Flag.resume == 0 else { return }
    let found = hits(codeLinear, width: 1, kinds: 1 << Watch.execute)
    guard found != 0 else { return }
    throw raise(Vector.debug, UInt32(truncatingIfNeeded: found))
  }

  /// After an instruction that was executed alone: single-step and data breakpoint traps, unless it was a load
  /// of SS, which lets the next one finish first (SDM 3A 6.8.3).
  ///
  /// - Parameters:
  ///   - trap: TF before the instruction.
  ///   - resume: RF before the instruction; it holds for this one only.
  func afterSingleStep(trap: Bool, resume: Bool) {
    let operation = core.pointee.op?.pointee.operation ?? .invalid
    switch operation {
    // These may have set RF for the instruction that follows.
    case .iret, .jmpFar, .callFar: break
    default: if resume { core.pointee.state.rflags &= ~Flag.resume }
    }
    var conditions = core.pointee.state.pendingDebug
    guard conditions & DebugStatus.held == 0 else { return }
    if trap, !enteredHandler(operation) { conditions |= DebugStatus.step }
    guard conditions != 0 else { return }
    core.pointee.state.pendingDebug = 0
    deliver(PendingFault(vector: Vector.debug, code: UInt32(truncatingIfNeeded: conditions)))
  }

  /// The instruction was an INT that went to its handler, which is not stepped into.
  private func enteredHandler(_ operation: Operation) -> Bool {
    switch operation {
    case .int, .int3, .int1, .into: core.pointee.state.rflags & Flag.trap == 0
    default: false
    }
  }
}
