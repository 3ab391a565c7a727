import Engine

/// The machine's CPUs, and whose turn it is.
final class CPUSet {
  var all: [any Processor] = []
  /// Whose turn it is, and what is left of it.
  var turn = TurnState()
  /// What the present CPU's `executed` will be when its turn, made shorter while it executed, ends.
  private var end: UInt64?

  /// The one that executes now, or was the last to.
  var current: Int { Int(turn.cpu) }

  /// Instructions executed by all of them since power on.
  var executed: UInt64 {
    var sum: UInt64 = 0
    for cpu in all { sum &+= cpu.executed }
    return sum
  }

  /// The present turn ends when its CPU's `executed` is `end`, if not before.
  func limitTurn(to end: UInt64) { self.end = min(self.end ?? .max, end) }

  /// The present CPU has executed `done` instructions of its turn.
  func account(_ done: UInt64) {
    if done != 0 { turn.isBusy = true }
    turn.left = max(0, turn.left - Int64(clamping: done))
    if let end { turn.left = min(turn.left, max(0, Int64(bitPattern: end &- all[current].executed))) }
    end = nil
  }

  /// The next CPU's turn comes.
  func endTurn() {
    turn.cpu = UInt32((current + 1) % all.count)
    turn.left = 0
  }
}
