/// Bits of CP15 register 1 (DDI 0198 2.3.3).
public enum Control {
  /// M: the MMU is on.
  @inlinable public static var mmu: UInt32 { 1 << 0 }
  /// A: alignment faults.
  @inlinable public static var alignment: UInt32 { 1 << 1 }
  /// C: the data cache is on.
  @inlinable public static var dataCache: UInt32 { 1 << 2 }
  /// B: big-endian, word-invariant.
  @inlinable public static var bigEndian: UInt32 { 1 << 7 }
  /// S and R: system and ROM protection.
  @inlinable public static var system: UInt32 { 1 << 8 }
  @inlinable public static var rom: UInt32 { 1 << 9 }
  /// Z: branch prediction, of the ARM1026EJ-S alone.
  @inlinable public static var branchPrediction: UInt32 { 1 << 11 }
  /// I: the instruction cache is on.
  @inlinable public static var instructionCache: UInt32 { 1 << 12 }
  /// V: exception vectors at 0xffff0000.
  @inlinable public static var highVectors: UInt32 { 1 << 13 }
  /// RR: caches replace their lines in turn.
  @inlinable public static var roundRobin: UInt32 { 1 << 14 }
  /// L4: loads of the PC do not change to Thumb state.
  @inlinable public static var noInterworkingLoads: UInt32 { 1 << 15 }

  /// The bits that are always set: all that is set after a reset with the pin VINITHI low.
  @inlinable public static var fixed: UInt32 { 0x0005_0078 }
  /// The bits that an ARM926EJ-S has.
  @inlinable public static var writable: UInt32 {
    mmu | alignment | dataCache | bigEndian | system | rom | instructionCache | highVectors | roundRobin
      | noInterworkingLoads
  }
  /// All that can be set in any model.
  @inlinable public static var all: UInt32 { fixed | writable | branchPrediction }
  /// Those that decide what an address means.
  @inlinable public static var translation: UInt32 { mmu | bigEndian | system | rom }
}
