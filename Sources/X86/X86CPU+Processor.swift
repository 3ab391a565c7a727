public import Engine

/// What a machine's run loop asks of a CPU.
extension X86CPU {
  /// Leaves `run` after the present instruction.
  public func kick() {
    storage.core.pointee.pending |= Pending.kick
    view.stopBlock(after: 0)
  }

  public func abandon() {
    storage.core.pointee.pending |= Pending.abandon
    kick()
  }

  /// Shortens the present slice so that at most `instructions` more are executed.
  public func limitSlice(to instructions: Int) {
    let core = storage.core
    // The running block was paid for in advance.
    let present = core.pointee.present
    let isRunning = present > 0
    let left = core.pointee.budget + present
    // The present instruction will be finished.
    let limit = max(instructions, isRunning ? 1 : 0)
    guard left > limit else { return }
    core.pointee.budget -= left - limit
    core.pointee.slice -= left - limit
    if isRunning { view.stopBlock(after: limit - 1) }
  }

  /// Whether HLT or MWAIT waits for an interrupt, or the CPU for its start.
  public var isHalted: Bool { storage.core.pointee.state.activity != .running }
  public var hasWork: Bool {
    let core = storage.core
    switch core.pointee.state.activity {
    case .running, .shutdown: return true
    case .halted:
      return core.pointee.pending & (Pending.interrupt | Pending.kick | Pending.debug) != 0 || view.monitorHasChanged
    case .waitingForSIPI: return core.pointee.state.initPending
    }
  }

  /// The level of the maskable interrupt request.
  public var hasInterruptRequest: Bool { storage.core.pointee.state.interruptLine }
  /// Whether it waits for a start-up message.
  public var isWaitingForSIPI: Bool { storage.core.pointee.state.activity == .waitingForSIPI }

  /// Instructions retired since power on, exact also during a device access. Delivering an exception or
  /// interrupt counts as one.
  public var executed: UInt64 {
    let core = storage.core
    let done = core.pointee.slice &- core.pointee.budget &- core.pointee.present
    return core.pointee.state.retired &+ UInt64(max(done, 0))
  }

  public var activity: String {
    let state = storage.core.pointee.state
    let what =
      switch state.activity {
      case .running: "running"
      case .halted: "halted"
      case .waitingForSIPI: "waiting for its start"
      case .shutdown: "shut down"
      }
    return "\(what) at \(String(state.segments[1].selector, radix: 16)):\(String(state.rip, radix: 16))"
  }

  /// Software that wants a reset shuts the CPU down with an interrupt table of limit 0 (Linux with reboot=t, many a
  /// loader); with any other table it is a crash.
  var wantsReset: Bool { storage.core.pointee.state.idtr.limit == 0 }

  public var shutdownReason: String { wantsReset ? "triple fault without an interrupt table" : "triple fault" }
}

// MARK: Host code

extension X86CPU {
  public static var canTranslate: Bool {
    #if arch(x86_64) && os(Linux)
      true
    #else
      false
    #endif
  }

  public func join(_ gate: ProcessorGate) {
    precondition(translator == nil, "host code that knows of no other threads")
    self.gate = gate
    storage.core.pointee.gate = Unmanaged.passUnretained(gate).toOpaque()
    let word = UnsafeMutableRawPointer(storage.core) + TranslationLayout.pending
    gate.join(index, pending: word.assumingMemoryBound(to: UInt32.self)) { [unowned self] in view.stopBlock(after: 0) }
  }

  public func translateCode(after threshold: Int, cpus: Int) throws {
    try translateCode(after: threshold, size: max(32 << 20 / cpus, 1 << 20))
  }

  /// The same with room for `size` bytes of it; when they are full all is forgotten.
  func translateCode(after threshold: Int, size: Int = 32 << 20) throws {
    // Blocks know what another translator made of them.
    if translator != nil { code.flush() }
    translator = nil
    let new = try Translator(core: storage.core, code, size: size, threshold: Int32(clamping: threshold))
    storage.core.pointee.translations = new.code.translations
    storage.core.pointee.fallbacks = new.code.fallbacks
    storage.core.pointee.needsFlags = new.needsFlags
    translator = new
  }

  public func announceHostCode(to listener: @escaping HostCodeListener) { translator?.code.announce(to: listener) }

  public var translatorStatistics: TranslatorStatistics? { translator?.statistics }
}

extension X86CPU: CodeUser {
  public func forgetWritable(host: UnsafeMutableRawPointer?) { view.forgetWritable(host: host) }

  public func stopBlock(host: UnsafeMutableRawPointer, mode: UInt32) {
    view.abandonBlock(host: host, mode: mode)
  }

  public func abandonCode(of block: UnsafeMutableRawPointer) {
    translator?.abandon(block.assumingMemoryBound(to: Block<Instruction>.self))
  }

  public func forgetTranslations() { view.flushTLB(keepGlobal: false) }

  public func codeFlushed() {
    // The marked instruction's place will be another's.
    storage.core.pointee.mark = nil
    storage.core.pointee.isStopped = true
    translator?.flush()
    storage.core.pointee.jumpCache.update(
      repeating: JumpCacheEntry(), count: JumpCacheEntry<Instruction>.count)
    storage.core.pointee.jumpVersion &+= 1
  }
}
