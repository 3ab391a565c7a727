import SoftFloat

/// Bits of the floating-point status and control register (DDI 0100 C2.7.2).
public enum FPSCR {
  @inlinable public static var n: UInt32 { 1 << 31 }
  @inlinable public static var z: UInt32 { 1 << 30 }
  @inlinable public static var c: UInt32 { 1 << 29 }
  @inlinable public static var v: UInt32 { 1 << 28 }
  /// Every NaN result is the default NaN.
  @inlinable public static var defaultNaN: UInt32 { 1 << 25 }
  /// Denormal operands and results are zeros.
  @inlinable public static var flushToZero: UInt32 { 1 << 24 }
  /// 0 to nearest, 1 up, 2 down, 3 toward zero.
  @inlinable public static var rounding: UInt32 { 3 << 22 }
  /// 0 for neighbours, 3 for every second register of a short vector.
  @inlinable public static var stride: UInt32 { 3 << 20 }
  /// The length of short vectors, less 1.
  @inlinable public static var length: UInt32 { 7 << 16 }
  /// Trap enables: input denormal 15, inexact 12, underflow 11, overflow 10, division by zero 9, invalid 8.
  @inlinable public static var enables: UInt32 { 0x9f00 }
  @inlinable public static var inexactEnable: UInt32 { 1 << 12 }
  /// Cumulative exceptions, in the same order from bits 7 and 4 to 0.
  @inlinable public static var cumulative: UInt32 { 0x9f }
  @inlinable public static var inexact: UInt32 { 1 << 4 }
  /// The bits that exist.
  @inlinable public static var all: UInt32 { 0xf3f7_9f9f }

  /// Cumulative bits for exceptions as `SoftContext` notes them.
  @inlinable @inline(__always)
  static func bits(_ flags: UInt8) -> UInt32 {
    let flags = UInt32(flags)
    return flags & 1 | flags &>> 1 & 0x1e | (flags & 2) &<< 6
  }

  /// Trap enables, or cumulative bits, as exceptions that `SoftContext` notes.
  @inlinable @inline(__always)
  static func flags(_ bits: UInt32) -> UInt8 {
    UInt8(truncatingIfNeeded: bits & 1 | (bits & 0x1e) &<< 1 | bits &>> 6 & 2)
  }
}
