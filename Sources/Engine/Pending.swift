/// Bits of a core's `pending`: why the fast path must be left between two blocks.
public enum Pending {
  /// The run loop was asked to return.
  @inlinable public static var kick: UInt32 { 1 }
  /// An interrupt that the CPU would take waits.
  @inlinable public static var interrupt: UInt32 { 2 }
  /// The next instruction must be executed alone: interrupt shadow, traps, breakpoints.
  @inlinable public static var single: UInt32 { 4 }
  /// A debugger's breakpoint or watchpoint was hit.
  @inlinable public static var debug: UInt32 { 8 }
  /// A log is told of each block before it is executed.
  @inlinable public static var trace: UInt32 { 16 }
  /// The present instruction touched memory that is lost: whatever it raises is not delivered, `run` returns, and
  /// running on executes it again.
  @inlinable public static var abandon: UInt32 { 32 }
  /// Another CPU's thread waits until this one is out of host code.
  @inlinable public static var pause: UInt32 { 64 }
  /// What the host asks for and the guest must not notice.
  @inlinable public static var host: UInt32 { kick | debug | trace | abandon | pause }
}
