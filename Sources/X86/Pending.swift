/// Bits of `Core.pending`: why the fast path must be left between two blocks.
public enum Pending {
  /// The run loop was asked to return.
  public static let kick: UInt32 = 1
  /// The interrupt line is high, or an NMI or INIT waits.
  public static let interrupt: UInt32 = 2
  /// The next instruction must be executed alone: interrupt shadow, TF, breakpoints, held-back debug traps.
  public static let single: UInt32 = 4
}
