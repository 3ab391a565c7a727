/// Remembers which block a virtual address led to.
public struct JumpCacheEntry: BitwiseCopyable {
  /// Entries of one cache.
  public static let count = 4096

  /// The address that was jumped to.
  public var linear: UInt64 = 0
  /// `Core.jumpVersion` at that time.
  public var version: UInt64 = 0
  /// `Core.mode` at that time.
  public var mode: UInt32 = 0
  /// Where it led.
  public var block: UnsafeMutablePointer<Block>?
  public init() {}
}
