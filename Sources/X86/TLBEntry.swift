import GuestMemory

/// One direct-mapped translation: linear page to host memory. Tags are page addresses; 1, which no page
/// address is, where the fast path must not go (not permitted, not accessed or dirty yet, a device, code).
public struct TLBEntry: BitwiseCopyable {
  /// A tag that no address has.
  public static let invalid: UInt64 = 1
  /// Entries of one TLB.
  public static let count = 1024

  /// The page for reads, or `invalid`.
  public var readTag = Self.invalid
  /// The page for writes, or `invalid`.
  public var writeTag = Self.invalid
  /// The page for fetches, or `invalid`.
  public var executeTag = Self.invalid
  /// Host address minus linear address.
  public var addend: Int = 0
  /// The guest physical page, with bit 0 set for a global translation.
  public var physical: UInt64 = 0
  /// Whether a write was permitted when the entry was made (and the page marked dirty in the tables).
  public var isWritable = false
  /// Whether the page is part of a large one.
  public var isLarge = false
  /// The linear page, also where every tag is invalid; 1 in an unused entry.
  public var linear = Self.invalid
  /// Which pieces of the page hold code, see `RAMBlock.code`: while this is there, stores may go to the others. It is
  /// wherever `writeTag` is valid, and the word 0 then. The entry has 64 bytes: an index becomes an offset by a shift.
  public var code: UnsafePointer<UInt64>?
  public init() {}

  /// Whether stores to the `count` bytes at `offset` of the page, not beyond its end, may go there, next to its code.
  @inline(__always)
  func takesStore(at offset: UInt64, count: Int) -> Bool {
    // No code at all: by the slow path, which finds that out.
    guard let pieces = code?.pointee, pieces != 0 else { return false }
    return pieces & RAMBlock.pieces(at: Int(truncatingIfNeeded: offset), count: count) == 0
  }
}
