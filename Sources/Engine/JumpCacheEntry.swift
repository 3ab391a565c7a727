/// Remembers which block a virtual address led to.
public struct JumpCacheEntry<Instruction: BitwiseCopyable>: BitwiseCopyable {
  /// Entries of one cache.
  @inlinable public static var count: Int { 4096 }

  /// The address that was jumped to.
  public var linear: UInt64 = 0
  /// The core's version of its address space at that time; 0 is none's.
  public var version: UInt64 = 0
  /// The core's mode at that time.
  public var mode: UInt32 = 0
  /// Where it led.
  public var block: UnsafeMutablePointer<Block<Instruction>>?

  @inlinable public init() {}
}
