/// Bits of CPSR and SPSR (DDI 0100 A2.5).
public enum Flag {
  @inlinable public static var n: UInt32 { 1 << 31 }
  @inlinable public static var z: UInt32 { 1 << 30 }
  @inlinable public static var c: UInt32 { 1 << 29 }
  @inlinable public static var v: UInt32 { 1 << 28 }
  /// Sticky saturation.
  @inlinable public static var q: UInt32 { 1 << 27 }
  /// Jazelle state; this CPU never enters it (its implementation is the trivial one).
  @inlinable public static var j: UInt32 { 1 << 24 }
  /// IRQ masked.
  @inlinable public static var i: UInt32 { 1 << 7 }
  /// FIQ masked.
  @inlinable public static var f: UInt32 { 1 << 6 }
  /// Thumb state.
  @inlinable public static var t: UInt32 { 1 << 5 }
  @inlinable public static var mode: UInt32 { 0x1f }
  /// The bits that exist.
  @inlinable public static var all: UInt32 { 0xf900_00ff }
}
