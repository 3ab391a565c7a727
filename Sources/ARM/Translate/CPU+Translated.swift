import Engine

extension CPU {
  /// Runs `block` and what follows, in host code where there is any, until the run loop has something to do.
  ///
  /// - Throws: what an instruction raised; `ARMState.pc` is where it began.
  func execute(_ block: UnsafeMutablePointer<Block<Instruction>>, with translator: Translator) throws(Fault) {
    let core = core
    // Handlers leave it to the run loop to go on.
    core.pointee.floor = .max
    guard core.pointee.pending == 0, core.pointee.budget >= Int(block.pointee.count) else {
      if core.pointee.pending & ~Pending.trace == 0, core.pointee.budget > 0 {
        try execute(block, limit: core.pointee.budget)
      }
      return
    }
    let pc = core.pointee.state.pc
    let generation = translator.code.generation
    guard let code = translator.code(for: block, pc: pc, self) else {
      // There may have been no room: all is gone then, `block`, too.
      if translator.code.generation == generation { try interpret(block) }
      return
    }
    translator.remember(pc | core.pointee.mode, tag: core.pointee.jumpTag, code)
    let before = core.pointee.slice &- core.pointee.budget
    let exit = translator.enter(core, code)
    translator.code.count(core.pointee.slice &- core.pointee.budget &- before, exit)
    switch exit {
    case TranslatedExit.next, TranslatedExit.stopped: return
    case TranslatedExit.fault: throw .raised
    case TranslatedExit.handlers:
      guard core.pointee.pending == 0, core.pointee.budget > 0 else { return }
      let block = try findBlock()
      if core.pointee.budget >= Int(block.pointee.count) {
        try interpret(block)
      } else {
        try execute(block, limit: core.pointee.budget)
      }
    default:
      guard core.pointee.pending == 0, core.pointee.budget > 0 else { return }
      let next = try findBlock()
      guard translator.code.generation == generation, next.pointee.isValid,
        let code = translator.code(for: next, pc: core.pointee.state.pc, self),
        translator.code.generation == generation
      else { return }
      translator.code.link(exit, to: code)
    }
  }

  /// Runs the handlers of one block.
  private func interpret(_ block: UnsafeMutablePointer<Block<Instruction>>) throws(Fault) {
    core.pointee.budget &-= Int(block.pointee.count)
    core.pointee.block = block
    core.pointee.blockPC = core.pointee.state.pc
    let op = UnsafePointer(block.pointee.instructions)
    core.pointee.op = op
    try finish(block, op.pointee.handler(core, op))
  }

  /// Executes one instruction of a translation, as the interpreter does: the one at the site of that number.
  ///
  /// Budget and block are as if it were the only one of its block, so that what it does to them, and devices ask, is
  /// what it would be there. The result is 0 where the translation goes on behind it, else a `TranslatedExit`.
  static let callInterpreter: @convention(c) (UnsafeMutableRawPointer, UInt32) -> Int32 = { raw, number in
    let cpu = CPU(raw)
    let core = cpu.core
    let site = core.pointee.sites.unsafelyUnwrapped + Int(number)
    let (block, pc) = (site.pointee.block, site.pointee.pc)
    let index = Int(site.pointee.index)
    let op = block.pointee.instructions + index
    core.pointee.fallbacks.unsafelyUnwrapped[Int(op.pointee.operation.rawValue)] &+= 1
    let remaining = Int(block.pointee.count) &- 1 &- index
    let single = core.pointee.single.unsafelyUnwrapped
    let place = single.pointee.instructions
    place.pointee = op.pointee
    // The same identity: who invalidates the block finds this one running.
    single.pointee.host = block.pointee.host
    single.pointee.secondHost = block.pointee.secondHost
    single.pointee.mode = block.pointee.mode
    core.pointee.blockPC = pc
    core.pointee.block = single
    core.pointee.op = UnsafePointer(place)
    core.pointee.budget &+= remaining
    core.pointee.isStopped = false
    let outcome = op.pointee.handler(core, place)
    core.pointee.block = nil
    let address = pc &+ UInt32(op.pointee.offset)
    switch outcome {
    case Outcome.end:
      core.pointee.budget &-= remaining
      // Whatever of the unit was overwritten, what follows is to be looked for again.
      let unit = core.pointee.translations.unsafelyUnwrapped + Int(site.pointee.unit)
      if core.pointee.budget >= 0, core.pointee.pending == 0, !core.pointee.isStopped, !unit.pointee.isAbandoned {
        return 0
      }
      core.pointee.budget &+= remaining
      core.pointee.state.pc = address &+ UInt32(truncatingIfNeeded: op.pointee.length)
    case Outcome.leave:
      core.pointee.state.pc = address &+ UInt32(truncatingIfNeeded: op.pointee.length)
    case Outcome.fault:
      core.pointee.budget &+= 1
      core.pointee.state.pc = address
      return TranslatedExit.fault
    default: break
    }
    return TranslatedExit.stopped
  }
}
