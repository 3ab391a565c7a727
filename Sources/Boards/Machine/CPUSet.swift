import Engine

/// The machine's CPUs, and whose turn it is.
final class CPUSet {
  var all: [any Processor] = []
  /// Whose turn it is, and what is left of it.
  var turn = TurnState()
  /// Whether the present CPU executes its turn.
  private var isInTurn = false
  /// Where they execute on threads of their own: the lock for that.
  var gate: ProcessorGate?
  /// Those threads, while they may execute.
  var threads: ProcessorThreads?
  /// What the present CPU's `executed` will be when its turn, made shorter while it executes, ends.
  private var end: UInt64?

  /// Whether any executes.
  var isExecuting: Bool { isInTurn || threads != nil }

  /// The one that executes now, or was the last to; of several the one that is not in host code.
  var current: Int { threads == nil ? Int(turn.cpu) : gate?.holder ?? Int(turn.cpu) }

  /// Instructions executed by all of them since power on.
  var executed: UInt64 {
    var sum: UInt64 = 0
    for cpu in all { sum &+= cpu.executed }
    return sum
  }

  /// The present turn ends when its CPU's `executed` is `end`, if not before.
  func limitTurn(to end: UInt64) {
    if isInTurn { self.end = min(self.end ?? .max, end) } else { shortenTurn(to: end) }
  }

  /// Executes at most `share` instructions of the present turn, which may be over then.
  ///
  /// - Returns: how many there were, and why no more.
  func run(_ share: Int64) -> (done: UInt64, exit: ProcessorExit) {
    let cpu = all[current]
    let before = cpu.executed
    isInTurn = true
    let exit = cpu.run(Int(share))
    isInTurn = false
    let done = cpu.executed &- before
    if done != 0 { turn.isBusy = true }
    turn.left = max(0, turn.left - Int64(clamping: done))
    if let end { shortenTurn(to: end) }
    end = nil
    return (done, exit)
  }

  private func shortenTurn(to end: UInt64) {
    turn.left = min(turn.left, max(0, Int64(bitPattern: end &- all[current].executed)))
  }

  /// The next CPU's turn comes.
  ///
  /// - Returns: at the end of a round whether any CPU had something to do in it, else nil.
  func endTurn() -> Bool? {
    turn.cpu = UInt32((current + 1) % all.count)
    turn.left = 0
    guard turn.cpu == 0 else { return nil }
    defer { turn.isBusy = false }
    return turn.isBusy
  }
}
