/// Bits of CP15 register 1 (DDI 0198 2.3.3).
public enum Control {
  /// M: the MMU is on.
  @inlinable public static var mmu: UInt32 { 1 << 0 }
  /// A: alignment faults.
  @inlinable public static var alignment: UInt32 { 1 << 1 }
  /// B: big-endian, word-invariant.
  @inlinable public static var bigEndian: UInt32 { 1 << 7 }
  /// S and R: system and ROM protection.
  @inlinable public static var system: UInt32 { 1 << 8 }
  @inlinable public static var rom: UInt32 { 1 << 9 }
  /// V: exception vectors at 0xffff0000.
  @inlinable public static var highVectors: UInt32 { 1 << 13 }
  /// L4: loads of the PC do not change to Thumb state.
  @inlinable public static var noInterworkingLoads: UInt32 { 1 << 15 }
}
