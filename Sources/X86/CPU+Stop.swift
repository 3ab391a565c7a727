import Engine

/// Leaving a block between two of its instructions, at exactly the one that was asked for.
///
/// A mark of the end takes an instruction's handler until the run loop is back, and gives it its own again. So what
/// interrupts, timers and maps do does not depend on where blocks happen to begin and end.
extension CPU {
  /// Lets `count` more instructions of the running block execute after the present one, if it has as many; of one that
  /// is translated, none without asking.
  func stopBlock(after count: Int) {
    guard let block = core.pointee.block, let op = core.pointee.op else { return }
    let first = block.pointee.instructions
    let end = first + Int(block.pointee.count)
    core.pointee.isStopped = true
    guard count >= 0, count < end - UnsafeMutablePointer(mutating: op) else { return }
    let mark = UnsafeMutablePointer(mutating: op) + (count + 1)
    if let other = core.pointee.mark {
      if other >= first, other <= end, other <= mark { return }
      removeMark()
    }
    core.pointee.mark = mark
    core.pointee.marked = mark.pointee.handler
    mark.pointee.handler = X86CPU.endOfBlock
  }

  /// Gives the marked instruction its handler again.
  @inline(__always)
  func removeMark() {
    guard let mark = core.pointee.mark else { return }
    mark.pointee.handler = core.pointee.marked
    core.pointee.mark = nil
  }

  /// The block at `host` has been overwritten: what is left of it must not execute.
  func abandonBlock(host: UnsafeMutableRawPointer, mode: UInt32) {
    guard let running = core.pointee.block, running.pointee.host == host, running.pointee.mode == mode,
      let op = core.pointee.op
    else { return }
    core.pointee.isStopped = true
    let next = UnsafeMutablePointer(mutating: op) + 1
    if core.pointee.mark == next { core.pointee.mark = nil }
    next.pointee.handler = X86CPU.endOfBlock
  }

  /// What memory is behind an address has changed: the next instruction is fetched anew.
  func remapped() {
    flushTLB(keepGlobal: false)
    stopBlock(after: 0)
  }

  /// A line that may interrupt has changed: an interrupt is taken before the next instruction.
  func lineChanged() {
    refreshPending()
    guard core.pointee.pending & Pending.interrupt != 0 else { return }
    stopBlock(after: 0)
    wake()
  }
}
