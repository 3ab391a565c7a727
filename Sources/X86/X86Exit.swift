/// Why `X86CPU.run` came back.
public enum X86Exit: Equatable, Sendable {
  /// All instructions asked for were executed.
  case budget
  /// Somebody called `kick()`.
  case kicked
  /// The CPU waits for an interrupt (HLT, MWAIT) or for a start-up message; nothing is pending.
  case halted
  /// A fault while delivering a double fault (SDM 3A 6.15, interrupt 8): the CPU has shut down until it is
  /// reset.
  case shutdown
}
