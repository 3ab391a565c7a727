import Engine

/// The instructions that IOPL guards: CLI, STI, PUSHF and POPF (SDM 2; VME and PVI, SDM 3B 21.3 and 21.4).
extension CPU {
  static func bindInterruptFlag(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .cli: return { c, p in straight(c, p) { cpu, _ throws(Fault) in try cpu.clearInterruptFlag() } }
    case .sti: return { c, p in leaving(c, p) { cpu, _ throws(Fault) in try cpu.setInterruptFlag() } }
    case .pushf: return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.pushFlags(op) } }
    case .popf: return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.popFlags(op) } }
    default: return nil
    }
  }

  /// Whether CLI and STI work on VIF: VME in virtual-8086 mode, PVI at level 3.
  private var hasVirtualInterruptFlag: Bool {
    isVM86 ? core.pointee.state.cr4 & 1 != 0 : core.pointee.cpl == 3 && core.pointee.state.cr4 & 2 != 0
  }

  private func clearInterruptFlag() throws(Fault) {
    if !hasProtection || core.pointee.cpl <= iopl {
      core.pointee.state.rflags &= ~Flag.interrupt
    } else if hasVirtualInterruptFlag {
      core.pointee.state.rflags &= ~Flag.virtualInterrupt
    } else {
      throw protection(0)
    }
    refreshPending()
  }

  private func setInterruptFlag() throws(Fault) {
    let flags = core.pointee.state.rflags
    if !hasProtection || core.pointee.cpl <= iopl {
      // Interrupts wait for the instruction after an STI that enables them.
      if flags & Flag.interrupt == 0 { core.pointee.state.interruptShadow = true }
      core.pointee.state.rflags |= Flag.interrupt
    } else if hasVirtualInterruptFlag, flags & Flag.virtualPending == 0 {
      core.pointee.state.rflags |= Flag.virtualInterrupt
    } else {
      throw protection(0)
    }
    refreshPending()
  }

  private func pushFlags(_ op: Op) throws(Fault) {
    var flags = rflags & ~(Flag.vm86 | Flag.resume)
    if isVM86, iopl < 3 {
      guard core.pointee.state.cr4 & 1 != 0, op.pointee.size == 2 else { throw protection(0) }
      let isOn = flags & Flag.virtualInterrupt != 0
      flags = flags & ~Flag.interrupt | Flag.iopl | (isOn ? Flag.interrupt : 0)
    }
    if op.pointee.size == 2 {
      try push(UInt16(truncatingIfNeeded: flags))
    } else {
      try push(UInt32(truncatingIfNeeded: flags))
    }
  }

  private func popFlags(_ op: Op) throws(Fault) {
    let isWide = op.pointee.size != 2
    let frame = presentStack()
    if isVM86, iopl < 3 { return try popFlagsVirtually(frame, isWide: isWide) }
    let flags = try peek(frame, 0, size: isWide ? 4 : 2)
    var allowed = Self.returnFlags
    if isWide { allowed |= Flag.alignment | Flag.identification }
    if !hasProtection || core.pointee.cpl <= iopl { allowed |= Flag.interrupt }
    if core.pointee.cpl == 0 { allowed |= Flag.iopl }
    let new = (rflags & ~allowed & ~Flag.resume) | (flags & allowed)
    setStackPointer(frame.pointer &+ (isWide ? 4 : 2), mask: frame.mask)
    setRFLAGS(new)
  }

  private func popFlagsVirtually(_ frame: StackFrame, isWide: Bool) throws(Fault) {
    guard core.pointee.state.cr4 & 1 != 0, !isWide else { throw protection(0) }
    let flags = try peek(frame, 0, size: 2)
    let isPending = core.pointee.state.rflags & Flag.virtualPending != 0
    guard flags & Flag.trap == 0, !(isPending && flags & Flag.interrupt != 0) else { throw protection(0) }
    let allowed = Self.returnFlags | Flag.virtualInterrupt
    let virtual = flags & Flag.interrupt != 0 ? Flag.virtualInterrupt : 0
    setStackPointer(frame.pointer &+ 2, mask: frame.mask)
    setRFLAGS((rflags & ~allowed) | (flags & Self.returnFlags) | virtual)
  }
}
