public import Engine

extension ARMCPU {
  /// Executes at most `instructions` instructions.
  @discardableResult
  public func run(_ instructions: Int) -> ProcessorExit {
    let core = storage.core
    let cpu = view
    let translator = translator
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
      if core.pointee.state.activity == .waiting { return .halted }
      if core.pointee.budget <= 0 { return .budget }
      if core.pointee.pending & Pending.interrupt != 0 {
        cpu.acceptInterrupt()
        continue
      }
      do {
        let block = try cpu.findBlock()
        if let translator { try cpu.execute(block, with: translator) } else { try cpu.execute(block) }
      } catch {
        core.pointee.block = nil
        if core.pointee.pending & Pending.abandon != 0 { continue }
        // The instruction has not been executed.
        if core.pointee.fault.kind == .watchpoint { return .debug }
        // Taking an exception counts, so that a guest that does nothing else spends its budget.
        core.pointee.budget &-= 1
        cpu.deliver(core.pointee.fault)
      }
    }
  }
}

extension CPU {
  /// Runs `first` and what follows, until something other than running blocks is to be done.
  ///
  /// - Throws: what an instruction raised; `ARMState.pc` is where it began.
  @inline(__always)
  func execute(_ first: UnsafeMutablePointer<Block<Instruction>>) throws(Fault) {
    let core = core
    var block = first
    while true {
      let budget = core.pointee.budget &- Int(block.pointee.count)
      if budget < 0 || core.pointee.pending != 0 {
        core.pointee.block = nil
        if core.pointee.pending & ~Pending.trace == 0, core.pointee.budget > 0 {
          try execute(block, limit: core.pointee.budget)
        }
        return
      }
      core.pointee.budget = budget
      core.pointee.floor = max(budget &- Self.longestRun, 0)
      core.pointee.block = block
      core.pointee.blockPC = core.pointee.state.pc
      let op = UnsafePointer(block.pointee.instructions)
      core.pointee.op = op
      let outcome = op.pointee.handler(core, op)
      // Blocks that are linked have followed each other.
      if let last = core.pointee.block { block = last }
      switch outcome {
      case Outcome.taken:
        if let next = block.pointee.taken, next.pointee.isValid {
          block = next
          continue
        }
        core.pointee.block = nil
        // An interrupt comes before the next instruction's prefetch abort.
        if core.pointee.pending != 0 || core.pointee.budget <= 0 { return }
        let version = core.pointee.jumpVersion
        let next = try findBlock()
        // A new version means that the code cache may have begun anew, and `block` be another.
        if core.pointee.jumpVersion == version, isChainable(block, next) { block.pointee.taken = next }
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
        if core.pointee.jumpVersion == version, isChainable(block, next) { block.pointee.notTaken = next }
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

  /// Both begin in one virtual page, so that no translation can come between them, also where the page can be seen
  /// at another address.
  @inline(__always)
  private func isChainable(
    _ a: UnsafeMutablePointer<Block<Instruction>>, _ b: UnsafeMutablePointer<Block<Instruction>>
  ) -> Bool {
    a.pointee.isValid && b.pointee.isValid && (core.pointee.blockPC ^ core.pointee.state.pc) < 0x1000
  }

  /// Runs at most `limit` instructions of `block`: of a copy that ends there.
  func execute(_ block: UnsafeMutablePointer<Block<Instruction>>, limit: Int) throws(Fault) {
    let part = owner.part.copy(block, limit: limit) { $0.handler = CPU.endOfBlock }
    if core.pointee.pending & Pending.trace != 0 {
      owner.tell(.block(address: UInt64(core.pointee.state.pc), instructions: Int(part.pointee.count)))
    }
    core.pointee.budget &-= Int(part.pointee.count)
    core.pointee.block = part
    core.pointee.blockPC = core.pointee.state.pc
    let op = UnsafePointer(part.pointee.instructions)
    core.pointee.op = op
    try finish(part, op.pointee.handler(core, op))
  }

  /// Accounts for a block that was left, and says where execution goes on.
  @inline(never)
  func finish(_ block: UnsafeMutablePointer<Block<Instruction>>, _ outcome: Int32) throws(Fault) {
    core.pointee.block = nil
    guard outcome == Outcome.fault || outcome == Outcome.end || outcome == Outcome.leave else { return }
    // Whoever gives these has said which instruction it was.
    guard let op = core.pointee.op else { preconditionFailure("a block that was left at no instruction") }
    let left = Int(block.pointee.count) &- (op - UnsafePointer(block.pointee.instructions))
    switch outcome {
    case Outcome.fault:
      core.pointee.budget &+= left
      core.pointee.state.pc = address(of: op)
      throw .raised
    case Outcome.end:
      core.pointee.budget &+= left
      core.pointee.state.pc = address(of: op)
    default:
      core.pointee.budget &+= left &- 1
      core.pointee.state.pc = nextAddress(op)
    }
  }
}
