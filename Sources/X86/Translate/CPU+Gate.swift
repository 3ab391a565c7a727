import Engine

/// Going out into host code and coming back, where CPUs execute on threads of their own.
extension CPU {
  /// Its number on the board.
  private var number: Int { Int(core.pointee.state.index) }

  /// Calls `body` with the machine's lock, where there is one. Who calls has it.
  @inline(__always)
  func withGate(_ body: (ProcessorGate) -> Void) {
    guard let gate = core.pointee.gate else { return }
    Unmanaged<ProcessorGate>.fromOpaque(gate)._withUnsafeGuaranteedRef(body)
  }

  /// Executes host code from `code` on, without the lock.
  @inline(__always)
  func enter(_ code: UnsafeRawPointer, of translator: Translator) -> Int32 {
    guard core.pointee.gate != nil else { return translator.enter(core, code) }
    goOut()
    let exit = translator.enter(core, code)
    // The interpreter may have had the last word, with the lock.
    withGate { gate in if gate.isInside(number) { _ = gate.enter(number) } }
    return exit
  }

  /// Goes out into host code.
  @inline(__always)
  func goOut() { withGate { $0.leave(number) } }

  /// Comes back from host code.
  ///
  /// - Returns: whether others have stopped it meanwhile: its code may be another's by now.
  @inline(__always)
  func comeBack() -> Bool {
    var wasStopped = false
    withGate { wasStopped = $0.enter(number) }
    return wasStopped
  }

  /// Whether `op`, which has no host code, needs nothing but this CPU's registers, and memory that its TLB has: then it is
  /// executed without the lock.
  func isPrivate(_ op: UnsafeMutablePointer<Instruction>) -> Bool {
    let i = op.pointee
    guard i.operation.rawValue >= Operation.packsswb.rawValue, i.size == 16, !i.touchesSSEControl else { return false }
    switch (i.operation, i.memory) {
    // One writes memory, the others have an MMX register: x87 faults may be told by a line.
    case (.maskmovdqu, _), (.movq2dq, _), (.movdq2q, _), (.cvtpd2pi, _), (.cvttpd2pi, _), (_, .first): return false
    case (_, .none): return true
    case (_, .second):
      let offset = effectiveAddress(op)
      return readable(UInt64.self, segment: i.segment, offset) != nil
        && readable(UInt64.self, segment: i.segment, offset &+ 8) != nil
    }
  }

  /// This CPU's line has changed, or it was started: it looks whether it has something to do.
  func wake() { withGate { $0.onWake?(number) } }

  /// Returns when no other CPU touches memory.
  func stopOthers() { withGate { $0.stopOthers() } }

  /// The same if `block`, which the interpreter is to execute, has anything in it that is one step for all CPUs.
  func stopOthers(for block: UnsafeMutablePointer<Block<Instruction>>) {
    let first = block.pointee.instructions
    if (0..<Int(block.pointee.count)).contains(where: { first[$0].isAtomic }) { stopOthers() }
  }
}

extension Instruction {
  /// Whether it reads and writes memory in one step for all CPUs (SDM 3A 8.1.2).
  var isAtomic: Bool { flags.contains(.lock) || operation == .xchg && memory != .none }
}
