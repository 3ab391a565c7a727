/// Why `Processor.run` returned `.debug`.
public enum DebugStop: Sendable, Equatable {
  /// The next instruction is at an address of `setBreakpoints`; it has not been executed.
  case breakpoint(UInt64)
  /// An access touched a watchpoint: the bytes accessed began at `address`.
  case watchpoint(Watchpoint, address: UInt64)
}
