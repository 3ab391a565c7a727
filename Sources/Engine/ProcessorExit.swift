/// Why a CPU stopped executing.
public enum ProcessorExit: Sendable, Equatable {
  /// All instructions of the slice were executed.
  case budget
  /// It waits for an interrupt.
  case halted
  /// It was asked to return.
  case kicked
  /// It has stopped for good; only a reset starts it again. `wantsReset` when software brought that about in the
  /// way in which it asks for a reset.
  case shutdown(wantsReset: Bool)
  /// A breakpoint or watchpoint: `ProcessorDebug.debugStop` says which.
  case debug
}
