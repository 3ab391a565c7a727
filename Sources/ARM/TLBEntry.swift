import GuestMemory

/// One direct-mapped translation: a 4 KiB page of the virtual address space to host memory. Tags are page
/// addresses; `invalid` where the fast path must not go (not permitted, a device, code, pages of 1 KiB).
public struct TLBEntry: BitwiseCopyable {
  /// A tag that no address has, also when its low bits take part in the comparison.
  @inlinable public static var invalid: UInt32 { 0x800 }
  /// Entries of one TLB.
  @inlinable public static var count: Int { 1024 }

  /// The page for reads, or `invalid`.
  public var readTag: UInt32 = Self.invalid
  /// The page for writes, or `invalid`.
  public var writeTag: UInt32 = Self.invalid
  /// The page, also where no tag is valid; `invalid` in an unused entry.
  public var page: UInt32 = Self.invalid
  /// The physical address; below its multiple of 1 KiB what else is known. So the entry has 32 bytes.
  private var place: UInt32 = 0
  /// Host address minus virtual address; 0 where no RAM or ROM is behind the whole page.
  public var addend: Int = 0
  /// Which pieces of the page hold code, see `RAMBlock.code`: while this is there, stores may go to the others. It is
  /// wherever `writeTag` is valid, and the word 0 then.
  public var code: UnsafePointer<UInt64>?
  public init() {}

  /// The physical address of the page's first byte; of a divided page, of where that would be. A multiple of 1 KiB.
  public var physical: UInt32 {
    get { place & ~0x3ff }
    set { place = newValue & ~0x3ff | place & 0x3ff }
  }
  /// The domain (DDI 0100 B4.5), for the status of a fault.
  public var domain: UInt8 {
    get { UInt8(truncatingIfNeeded: place & 0xf) }
    set { place = place & ~0xf | UInt32(newValue & 0xf) }
  }
  /// Whether a write was permitted when the entry was made.
  public var isWritable: Bool {
    get { place & 0x10 != 0 }
    set { place = place & ~0x10 | (newValue ? 0x10 : 0) }
  }
  /// Whether the page's quarters differ in their permissions: every access asks anew.
  public var isDivided: Bool {
    get { place & 0x20 != 0 }
    set { place = place & ~0x20 | (newValue ? 0x20 : 0) }
  }
  /// Whether it came from a section, for the status of a fault.
  public var isSection: Bool {
    get { place & 0x40 != 0 }
    set { place = place & ~0x40 | (newValue ? 0x40 : 0) }
  }

  /// Whether a store to the `count` bytes at `address`, which is in the page and aligned, may go there, next to its code.
  @inline(__always)
  func takesStore(at address: UInt32, count: Int) -> Bool {
    // No code at all: by the slow path, which finds that out.
    guard let pieces = code?.pointee, pieces != 0 else { return false }
    return pieces & RAMBlock.pieces(at: Int(address & 0xfff), count: count) == 0
  }
}
