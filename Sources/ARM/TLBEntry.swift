/// One direct-mapped translation: a 4 KiB page of the virtual address space to host memory. Tags are page
/// addresses; `invalid` where the fast path must not go (not permitted, a device, code, pages of 1 KiB).
public struct TLBEntry: BitwiseCopyable, Sendable {
  /// A tag that no address has, also when its low bits take part in the comparison.
  @inlinable public static var invalid: UInt32 { 0x800 }
  /// Entries of one TLB.
  @inlinable public static var count: Int { 1024 }

  /// The page for reads, or `invalid`.
  public var readTag: UInt32 = Self.invalid
  /// The page for writes, or `invalid`.
  public var writeTag: UInt32 = Self.invalid
  /// The page for fetches, or `invalid`.
  public var executeTag: UInt32 = Self.invalid
  /// The page, also where no tag is valid; `invalid` in an unused entry.
  public var page: UInt32 = Self.invalid
  /// Host address minus virtual address; 0 where no RAM or ROM is behind the whole page.
  public var addend: Int = 0
  /// The physical address of the page's first byte; of a divided page, of where that would be.
  public var physical: UInt32 = 0
  /// Whether a write was permitted when the entry was made.
  public var isWritable = false
  /// The domain (DDI 0100 B4.5), for the status of a fault.
  public var domain: UInt8 = 0
  /// Whether the page's quarters differ in their permissions: every access asks anew.
  public var isDivided = false
  /// Whether it came from a section, for the status of a fault.
  public var isSection = false
  public init() {}
}
