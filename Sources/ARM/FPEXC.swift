/// Bits of the floating-point exception register (DDI 0100 C2.7.3, DDI 0238 3.4).
public enum FPEXC {
  /// An arithmetic instruction, in FPINST, waits for support code: the next VFP instruction is undefined.
  @inlinable public static var exceptional: UInt32 { 1 << 31 }
  /// VFP instructions may be used.
  @inlinable public static var enable: UInt32 { 1 << 30 }
  /// FPINST2 holds an instruction too. Ferry's VFP has no queue and never sets it.
  @inlinable public static var secondValid: UInt32 { 1 << 28 }
  /// Iterations of the short vector after the exceptional one, less 1.
  @inlinable public static var iterations: UInt32 { 7 << 8 }
  /// The exception: a denormal operand that was to be flushed, an underflow, an overflow, an invalid operation.
  @inlinable public static var inputDenormal: UInt32 { 1 << 7 }
  @inlinable public static var underflow: UInt32 { 1 << 3 }
  @inlinable public static var overflow: UInt32 { 1 << 2 }
  @inlinable public static var invalid: UInt32 { 1 << 0 }
  /// The bits that exist.
  @inlinable public static var all: UInt32 { 0xd000_078d }
}
