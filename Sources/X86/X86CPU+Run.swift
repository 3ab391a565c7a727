public import Engine

extension X86CPU {
  /// The mark after a block's last instruction.
  static let endOfBlock: Handler = { _, _ in Outcome.end }

  /// Executes at most `instructions` instructions.
  @discardableResult
  public func run(_ instructions: Int) -> ProcessorExit {
    let core = storage.core
    let cpu = view
    let translator = translator
    let gate = gate
    code.updateBreakpoints()
    core.pointee.slice = max(instructions, 0)
    core.pointee.budget = core.pointee.slice
    defer {
      let executed = UInt64(max(core.pointee.slice &- core.pointee.budget, 0))
      core.pointee.state.retired &+= executed
      translator?.code.retired &+= executed
      core.pointee.slice = 0
      core.pointee.budget = 0
      core.pointee.block = nil
      core.pointee.op = nil
    }
    while true {
      cpu.removeMark()
      if let gate, gate.isWanted { gate.giveWay(index) }
      if core.pointee.pending & Pending.host != 0 {
        if core.pointee.pending & (Pending.debug | Pending.abandon) == Pending.debug {
          core.pointee.pending &= ~Pending.debug
          return .debug
        }
        if core.pointee.pending & (Pending.kick | Pending.abandon) != 0 {
          core.pointee.pending &= ~(Pending.kick | Pending.abandon)
          return .kicked
        }
      }
      if core.pointee.pending & Pending.interrupt != 0 {
        // All but an INIT count as an instruction.
        if core.pointee.budget <= 0, !core.pointee.state.initPending { return .budget }
        cpu.acceptInterrupt()
        if core.pointee.pending & (Pending.debug | Pending.abandon) != 0 { continue }
      }
      switch core.pointee.state.activity {
      case .running: break
      case .halted:
        guard cpu.endsMonitorWait() else { return .halted }
        core.pointee.state.activity = .running
      case .waitingForSIPI: return .halted
      case .shutdown: return .shutdown(wantsReset: wantsReset)
      }
      if core.pointee.budget <= 0 { return .budget }
      do {
        if core.pointee.pending & Pending.single != 0 {
          if !cpu.stopsAtBreakpoint(cpu.codeLinear) { try cpu.step() }
        } else {
          let block = try cpu.findBlock()
          if let translator { try cpu.execute(block, with: translator) } else { try cpu.execute(block) }
        }
      } catch {
        core.pointee.block = nil
        // The instruction has made none of its accesses, and will be tried again.
        core.pointee.pending &= ~Pending.debug
        if core.pointee.pending & Pending.abandon != 0 { continue }
        // Delivery counts, so that a guest that does nothing but fault spends its budget.
        core.pointee.budget &-= 1
        cpu.deliver(core.pointee.fault)
      }
    }
  }
}

extension CPU {
  /// Runs `first` and what follows, until something other than running blocks is to be done.
  ///
  /// - Throws: what an instruction raised; `State.rip` is where it began.
  @inline(__always)
  func execute(_ first: UnsafeMutablePointer<Block<Instruction>>) throws(Fault) {
    let core = core
    var block = first
    while true {
      let count = Int(block.pointee.count)
      let budget = core.pointee.budget &- count
      if budget < 0 || core.pointee.pending != 0 {
        core.pointee.block = nil
        if core.pointee.pending & ~Pending.trace == 0, core.pointee.budget > 0 {
          try execute(block, limit: core.pointee.budget)
        }
        return
      }
      core.pointee.budget = budget
      core.pointee.block = block
      core.pointee.blockRIP = core.pointee.state.rip
      let op = UnsafePointer(block.pointee.instructions)
      core.pointee.op = op
      let outcome = op.pointee.handler(core, op)
      switch outcome {
      case Outcome.taken:
        if let next = block.pointee.taken, next.pointee.isValid {
          block = next
          continue
        }
        core.pointee.block = nil
        // An interrupt comes before what fetching the next instruction raises.
        if core.pointee.pending != 0 || core.pointee.budget <= 0 { return }
        let version = core.pointee.jumpVersion
        let next = try findBlock()
        // A new version means that the code cache may have begun anew, and `block` be another.
        if next.pointee.isValid, block.pointee.isValid, core.pointee.jumpVersion == version, isSamePage(block, next) {
          block.pointee.taken = next
        }
        block = next
      case Outcome.notTaken:
        if let next = block.pointee.notTaken, next.pointee.isValid {
          block = next
          continue
        }
        core.pointee.block = nil
        if core.pointee.pending != 0 || core.pointee.budget <= 0 { return }
        let version = core.pointee.jumpVersion
        let next = try findBlock()
        if next.pointee.isValid, block.pointee.isValid, core.pointee.jumpVersion == version, isSamePage(block, next) {
          block.pointee.notTaken = next
        }
        block = next
      case Outcome.jumped:
        core.pointee.block = nil
        if core.pointee.pending != 0 || core.pointee.budget <= 0 { return }
        block = try findBlock()
      default:
        try finish(block, outcome)
        return
      }
    }
  }

  /// Both begin in one page, of the host and of the guest's addresses (two of which may show the same memory), so
  /// that no translation can come between them. `b` is where execution goes on.
  @inline(__always)
  private func isSamePage(_ a: UnsafeMutablePointer<Block<Instruction>>, _ b: UnsafeMutablePointer<Block<Instruction>>)
    -> Bool
  {
    (UInt(bitPattern: a.pointee.host) ^ UInt(bitPattern: b.pointee.host)) < 0x1000
      && codeLinear ^ (core.pointee.access[1].base &+ core.pointee.blockRIP) < 0x1000
      && a.pointee.secondHost == nil && b.pointee.secondHost == nil
  }

  /// Runs at most `limit` instructions of `block`: of a copy that ends there.
  func execute(_ block: UnsafeMutablePointer<Block<Instruction>>, limit: Int) throws(Fault) {
    if core.pointee.gate != nil { stopOthers(for: block) }
    let part = owner.part.copy(block, limit: limit) { $0.handler = X86CPU.endOfBlock }
    if core.pointee.pending & Pending.trace != 0 {
      owner.tell(.block(address: codeLinear, instructions: Int(part.pointee.count)))
    }
    core.pointee.budget &-= Int(part.pointee.count)
    core.pointee.block = part
    core.pointee.blockRIP = core.pointee.state.rip
    let op = UnsafePointer(part.pointee.instructions)
    core.pointee.op = op
    try finish(part, op.pointee.handler(core, op))
  }

  /// Accounts for a block that was left, and says where execution goes on.
  @inline(never)
  func finish(_ block: UnsafeMutablePointer<Block<Instruction>>, _ outcome: Int32) throws(Fault) {
    guard let op = core.pointee.op else { preconditionFailure("a block that was left at no instruction") }
    let left = Int(block.pointee.count) &- (op - UnsafePointer(block.pointee.instructions))
    core.pointee.block = nil
    switch outcome {
    case Outcome.fault:
      core.pointee.budget &+= left
      core.pointee.state.rip = ripOf(op)
      throw .raised
    case Outcome.end:
      core.pointee.budget &+= left
      core.pointee.state.rip = ripOf(op) & ripMask
    case Outcome.again:
      core.pointee.budget &+= left &- 1
      core.pointee.state.rip = ripOf(op)
    case Outcome.leave:
      core.pointee.budget &+= left &- 1
      core.pointee.state.rip = nextRIP(op)
    default: core.pointee.budget &+= left &- 1
    }
  }

  /// Executes one instruction alone, with what may precede and follow it (SDM 3A 6.9 and 17.3).
  func step() throws(Fault) {
    try checkInstructionBreakpoint()
    let trap = core.pointee.state.rflags & Flag.trap != 0
    let resume = core.pointee.state.rflags & Flag.resume != 0
    core.pointee.state.interruptShadow = false
    defer { refreshPending() }
    let block = try findBlock()
    try execute(block, limit: 1)
    afterSingleStep(trap: trap, resume: resume)
  }

  /// Recomputes which reasons there are to leave the fast path.
  func refreshPending() {
    let state = core.pointee.state
    var pending = core.pointee.pending & Pending.host
    let mayInterrupt = state.rflags & Flag.interrupt != 0 && !state.interruptShadow
    // A load of SS holds back NMIs too: the stack is not whole yet.
    let mayNMI = !state.nmiBlocked && !state.interruptShadow
    if state.initPending || (state.nmiPending && mayNMI) || (state.interruptLine && mayInterrupt)
      || core.pointee.heldVector != nil
    {
      pending |= Pending.interrupt
    }
    if state.interruptShadow || state.rflags & Flag.trap != 0 || state.pendingDebug != 0 || state.dr7 & 0xff != 0 {
      pending |= Pending.single
    }
    core.pointee.pending = pending
  }

  /// Takes the most urgent of what waits (SDM 3A 6.9): INIT, NMI, the interrupt line.
  func acceptInterrupt() {
    if core.pointee.state.initPending {
      core.pointee.state.initPending = false
      owner.initialize()
      return
    }
    if core.pointee.state.activity == .waitingForSIPI || core.pointee.state.activity == .shutdown { return }
    if let vector = core.pointee.heldVector {
      core.pointee.heldVector = nil
      core.pointee.budget &-= 1
      deliverInterrupt(vector: vector)
    } else if core.pointee.state.nmiPending, !core.pointee.state.nmiBlocked, !core.pointee.state.interruptShadow {
      core.pointee.state.activity = .running
      core.pointee.state.nmiPending = false
      core.pointee.budget &-= 1
      deliverNMI()
    } else if core.pointee.state.interruptLine {
      guard let vector = owner.interrupts?.acknowledge() else {
        // Withdrawn, or nobody is there: left pending, it would keep the guest from running.
        refreshPending()
        core.pointee.pending &= ~Pending.interrupt
        return
      }
      core.pointee.state.activity = .running
      core.pointee.budget &-= 1
      deliverInterrupt(vector: vector)
    }
    refreshPending()
  }
}
