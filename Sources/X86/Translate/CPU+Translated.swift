import Engine

extension CPU {
  /// Whether there may be host code for the present mode: for 32-bit code with a 32-bit stack in protected mode, where
  /// CS, SS and DS are as if there were no segments, and nobody checks alignment.
  @inline(__always)
  private var isTranslatable: Bool {
    let mode = core.pointee.mode & ~Mode.user
    return mode == Mode.code32 | Mode.stack32 | Mode.protected && core.pointee.flatSegments & 0xe == 0xe
      && !core.pointee.checksAlignment
  }

  /// Runs `block` and what follows, in host code where there is any, until the run loop has something to do.
  ///
  /// - Throws: what an instruction raised; `State.rip` is where it began.
  func execute(_ block: UnsafeMutablePointer<Block<Instruction>>, with translator: Translator) throws(Fault) {
    let core = core
    guard core.pointee.pending == 0, core.pointee.budget >= Int(block.pointee.count) else {
      core.pointee.block = nil
      if core.pointee.pending & ~Pending.trace == 0, core.pointee.budget > 0 {
        try execute(block, limit: core.pointee.budget)
      }
      return
    }
    let pc = UInt32(truncatingIfNeeded: core.pointee.state.rip)
    let version = core.pointee.jumpVersion
    guard isTranslatable, let translation = translator.translation(for: block, pc: pc) else {
      // There may have been no room: all is gone then, `block`, too.
      if core.pointee.jumpVersion == version { try interpret(block) }
      return
    }
    // More is paid for at its top than this block's instructions.
    guard core.pointee.budget >= translator.count(translation) else { return try interpret(block) }
    let code = translator.address(translation)
    let tag = translator.jumpTag(core)
    translator.remember(pc, tag: tag, block, code)
    core.pointee.jumpTag = tag
    core.pointee.enteredVersion = core.pointee.jumpVersion
    giveTranslatedFlags()
    let before = core.pointee.slice &- core.pointee.budget
    let exit = enter(code, of: translator)
    translator.code.count(core.pointee.slice &- core.pointee.budget &- before, exit)
    if core.pointee.isX87Live { takeX87() }
    if exit == TranslatedExit.interpret {
      takeTranslatedFlags()
      guard core.pointee.pending == 0, core.pointee.budget > 0 else { return }
      let next = try findBlock()
      if core.pointee.pending == 0, core.pointee.budget >= Int(next.pointee.count) { try interpret(next) }
      return
    }
    if exit < 0 {
      // The interpreter has the flags already.
      if exit == TranslatedExit.fault { throw .raised }
      return
    }
    takeTranslatedFlags()
    guard exit > 0, core.pointee.pending == 0, core.pointee.budget > 0 else { return }
    let next = try findBlock()
    // A new version means that the code cache may have begun anew, and the jump be another.
    guard core.pointee.jumpVersion == version, next.pointee.isValid, next.pointee.secondHost == nil,
      let translation = translator.translation(for: next, pc: UInt32(truncatingIfNeeded: core.pointee.state.rip)),
      core.pointee.jumpVersion == version, let origin = translator.code.origin(exit),
      isSamePage(origin.pointee.block, next)
    else { return }
    translator.code.link(exit, to: translator.address(translation))
  }

  /// Whether both are in one page of the host. A TLB entry that was made anew from changed tables, while no invalidation
  /// said so, may have put what follows elsewhere.
  private func isSamePage(_ a: UnsafeMutableRawPointer, _ b: UnsafeMutablePointer<Block<Instruction>>) -> Bool {
    let host = a.assumingMemoryBound(to: Block<Instruction>.self).pointee.host
    return (UInt(bitPattern: host) ^ UInt(bitPattern: b.pointee.host)) < 0x1000
  }

  /// Runs the handlers of one block.
  private func interpret(_ block: UnsafeMutablePointer<Block<Instruction>>) throws(Fault) {
    if core.pointee.gate != nil { stopOthers(for: block) }
    core.pointee.budget &-= Int(block.pointee.count)
    core.pointee.block = block
    core.pointee.blockRIP = core.pointee.state.rip
    let op = UnsafePointer(block.pointee.instructions)
    core.pointee.op = op
    let outcome = op.pointee.handler(core, op)
    switch outcome {
    case Outcome.taken, Outcome.notTaken, Outcome.jumped: core.pointee.block = nil
    default: try finish(block, outcome)
    }
  }

  /// Executes one instruction of a translation, as the interpreter does: the one that `site` names, the translation's
  /// number times 64 and its number in the block.
  ///
  /// Budget and block are as if it were the only one of its block, so that what it does to them, and devices ask, is
  /// what it would be there. The result is 0 where the translation goes on behind it, else a `TranslatedExit`.
  static let callInterpreter: @convention(c) (UnsafeMutableRawPointer, UInt32) -> Int32 = { raw, site in
    let cpu = CPU(raw)
    let core = cpu.core
    let translation = core.pointee.translations.unsafelyUnwrapped + Int(site >> 6)
    let block = translation.pointee.block.assumingMemoryBound(to: Block<Instruction>.self)
    let index = Int(site & 63)
    let op = block.pointee.instructions + index
    var wasStopped = false
    var isOut = false
    if core.pointee.gate != nil {
      isOut = cpu.isPrivate(op)
      if !isOut { wasStopped = cpu.comeBack() }
      if op.pointee.isAtomic { cpu.stopOthers() }
    }
    core.pointee.fallbacks.unsafelyUnwrapped[Int(op.pointee.operation.rawValue)] &+= 1
    let remaining = Int(block.pointee.count) &- 1 &- index
    let single = core.pointee.single.unsafelyUnwrapped
    let place = single.pointee.instructions
    place.pointee = op.pointee
    // The same identity: who invalidates the block finds this one running.
    single.pointee.host = block.pointee.host
    single.pointee.secondHost = block.pointee.secondHost
    single.pointee.mode = block.pointee.mode
    let start = UInt64(translation.pointee.pc)
    core.pointee.blockRIP = start
    core.pointee.block = single
    core.pointee.op = UnsafePointer(place)
    core.pointee.budget &+= remaining
    core.pointee.isStopped = false
    let needsFlags = core.pointee.needsFlags.unsafelyUnwrapped[Int(op.pointee.operation.rawValue)]
    if needsFlags { cpu.takeTranslatedFlags() }
    if core.pointee.isX87Live, op.pointee.touchesX87 { cpu.takeX87() }
    let outcome = op.pointee.handler(core, place)
    if op.pointee.touchesSSEControl { core.pointee.isSSELive = false }
    core.pointee.block = nil
    if !needsFlags, outcome != Outcome.end { cpu.takeTranslatedFlags() }
    let rip = start &+ UInt64(place.pointee.offset)
    let next = (rip &+ UInt64(place.pointee.length)) & 0xffff_ffff
    switch outcome {
    case Outcome.end:
      core.pointee.budget &-= remaining
      if core.pointee.budget >= 0, core.pointee.pending == 0, !core.pointee.isStopped,
        core.pointee.jumpVersion == core.pointee.enteredVersion, cpu.isTranslatable, !wasStopped
      {
        if needsFlags { cpu.giveTranslatedFlags() }
        if !isOut { cpu.goOut() }
        return 0
      }
      if !needsFlags { cpu.takeTranslatedFlags() }
      core.pointee.budget &+= remaining
      core.pointee.state.rip = next
    case Outcome.leave:
      core.pointee.state.rip = next
    case Outcome.again:
      core.pointee.state.rip = rip
    case Outcome.fault:
      core.pointee.budget &+= 1
      core.pointee.state.rip = rip
      return TranslatedExit.fault
    default: break
    }
    return TranslatedExit.stopped
  }
}
