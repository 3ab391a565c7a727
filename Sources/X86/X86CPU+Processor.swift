public import Engine

/// What a machine's run loop and its log ask of a CPU.
extension X86CPU: ProcessorLog {
  /// Leaves `run` after the present instruction's block.
  public func kick() { storage.core.pointee.pending |= Pending.kick }

  /// Shortens the present slice so that at most `instructions` more are executed.
  public func limitSlice(to instructions: Int) {
    let core = storage.core
    guard core.pointee.budget > instructions else { return }
    let cut = core.pointee.budget - max(instructions, 0)
    core.pointee.budget -= cut
    core.pointee.slice -= cut
  }

  /// Whether HLT or MWAIT waits for an interrupt, or the CPU for its start.
  public var isHalted: Bool { storage.core.pointee.state.activity != .running }
  /// Whether it waits for a start-up message.
  public var isWaitingForSIPI: Bool { storage.core.pointee.state.activity == .waitingForSIPI }

  /// Instructions retired since power on, exact also during a device access. Delivering an exception or
  /// interrupt counts as one.
  public var executed: UInt64 {
    let core = storage.core
    var done = core.pointee.slice &- core.pointee.budget
    if let block = core.pointee.block, let op = core.pointee.op {
      let index = op - UnsafePointer(block.pointee.instructions)
      done &-= Int(block.pointee.count) &- index
    }
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

  public func logInterrupts(_ tell: @escaping (String) -> Void) {
    onInterrupt = { vector, what in tell("\(what) 0x\(String(vector, radix: 16))") }
  }

  public func logCode(_ tell: @escaping (_ address: UInt64, _ text: String) -> Void) {
    let disassemblers = [CodeSize.bits16, .bits32, .bits64].map(Disassembler.init(size:))
    onDecode = { offset, bytes, size in
      var at = 0
      while at < bytes.count {
        let rest = UnsafeBufferPointer(rebasing: bytes[at...])
        let (text, length) = disassemblers[Int(size.rawValue)].disassemble(rest, at: offset &+ UInt64(at))
        tell(offset &+ UInt64(at), text)
        at += max(1, length)
      }
    }
  }
}

extension X86CPU: CodeUser {
  public func forgetWritable(host: UnsafeMutableRawPointer?) { view.forgetWritable(host: host) }

  public func stopBlock(host: UnsafeMutableRawPointer, mode: UInt32) {
    let core = storage.core
    guard let running = core.pointee.block, running.pointee.host == host, running.pointee.mode == mode,
      let op = core.pointee.op
    else { return }
    let next = UnsafeMutablePointer(mutating: op) + 1
    next.pointee.handler = Self.endOfBlock
  }

  public func codeFlushed() { storage.core.pointee.jumpVersion &+= 1 }
}
