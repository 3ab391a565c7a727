import Engine

/// Entry to exceptions (DDI 0100 A2.6).
extension CPU {
  /// The vectors, by their offset.
  enum Vector: UInt32 {
    case reset = 0x00
    case undefined = 0x04
    case softwareInterrupt = 0x08
    case prefetchAbort = 0x0c
    case dataAbort = 0x10
    case irq = 0x18
    case fiq = 0x1c
  }

  /// Takes the exception that the instruction at `ARMState.pc` raised.
  func deliver(_ fault: PendingFault) {
    let here = core.pointee.state.pc
    let next = here &+ (isThumb ? 2 : 4)
    switch fault.kind {
    case .undefined: enter(.undefined, .undefined, link: next)
    case .softwareInterrupt: enter(.softwareInterrupt, .supervisor, link: next)
    case .prefetchAbort:
      core.pointee.state.cp15.instructionFaultStatus = fault.status
      enter(.prefetchAbort, .abort, link: here &+ 4)
    case .dataAbort:
      core.pointee.state.cp15.dataFaultStatus = fault.status
      core.pointee.state.cp15.faultAddress = fault.address
      enter(.dataAbort, .abort, link: here &+ 8)
    case .watchpoint: break
    }
  }

  /// Takes FIQ or IRQ between two instructions, when one is asked for and not masked.
  func acceptInterrupt() {
    let state = core.pointee.state
    let link = state.pc &+ 4
    if state.fiq, state.cpsr & Flag.f == 0 {
      core.pointee.budget &-= 1
      enter(.fiq, .fiq, link: link)
    } else if state.irq, state.cpsr & Flag.i == 0 {
      core.pointee.budget &-= 1
      enter(.irq, .irq, link: link)
    } else {
      refreshPending()
    }
  }

  private func enter(_ vector: Vector, _ mode: Mode, link: UInt32) {
    logException(vector)
    let saved = cpsr
    var new = saved & ~(Flag.mode | Flag.t | Flag.j) | UInt32(mode.rawValue) | Flag.i
    if mode == .fiq { new |= Flag.f }
    setCPSR(new)
    core.pointee.state.banks[mode.bank].spsr = saved
    core.pointee.state.r[14] = link
    let base: UInt32 = core.pointee.state.cp15.control & Control.highVectors != 0 ? 0xffff_0000 : 0
    core.pointee.state.pc = base | vector.rawValue
  }

  /// Recomputes which reasons there are to leave the fast path.
  func refreshPending() {
    let state = core.pointee.state
    var pending = core.pointee.pending & Pending.host
    if (state.fiq && state.cpsr & Flag.f == 0) || (state.irq && state.cpsr & Flag.i == 0) {
      pending |= Pending.interrupt
    }
    core.pointee.pending = pending
  }
}
