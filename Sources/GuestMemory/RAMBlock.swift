import Bits
import Glibc

/// A block of guest RAM, ROM or video memory: pages of the host with one dirty byte each.
///
/// Each bit of a page's dirty byte belongs to one `DirtyConsumer`, so that display, snapshot and migration
/// read and clear their own view. A store marks the page for all of them with one byte store.
public final class RAMBlock {
  /// Bytes in a page.
  public static let pageSize = 4096
  /// An offset shifted right by it is a page's number.
  public static let pageShift = 12
  /// The same for a piece of a page; there are 64 in one.
  @inlinable public static var pieceShift: Int { 6 }

  /// The name in snapshots; unique in a machine.
  public let name: String
  /// Bytes, a multiple of the page size.
  public let size: Int
  /// The host's view of the block's first byte; valid as long as the block.
  ///
  /// Unguarded: an address is the identity of a page, but what is there may be touched only after `prepareLoad` or
  /// `prepareStore`, as a TLB does when it is filled. All others use `readable` and `write`.
  public let unguarded: UnsafeMutableRawPointer
  /// Guest stores are ignored, as by a ROM; the board fills it through `write`.
  public let isReadOnly: Bool
  /// One byte a page: bit n is set when the page changed since consumer n last took it.
  public let dirty: UnsafeMutablePointer<UInt8>
  /// One word a page: bit n is set when the observer holds decoded code of the page's piece n, 64 bytes. There may be
  /// more bits than code; they are put right when such a piece is written.
  public let code: UnsafeMutablePointer<UInt64>
  /// Told of stores into pages with code, and of dirty bits being cleared.
  public weak var observer: (any PageObserver)? {
    didSet { isObserved = observer != nil }
  }
  /// Whether there is an observer, without the cost of asking for it.
  public private(set) var isObserved = false
  /// Whether loads have to ask whether their page is there yet.
  public internal(set) var isLazy = false
  /// Whether stores have to ask whether their page is there yet, or must be copied first.
  public internal(set) var isGuarded = false
  /// Told, on the machine's thread, when an access has touched a page that cannot be had; the access itself reads
  /// zeros or stores nothing.
  public var onLoss: ((MemoryLoss) -> Void)?
  let memory: HostMemory
  var absent: AbsentPages?
  var frozen: CopyOnWrite?
  private var consumers: UInt8 = 0

  /// Pages in the block.
  public var pageCount: Int { size >> Self.pageShift }

  /// A bit for each piece that the `count` bytes at `offset` touch, at least one, all in one page.
  @inlinable @inline(__always)
  public static func pieces(at offset: Int, count: Int) -> UInt64 {
    let first = UInt64(truncatingIfNeeded: offset &>> pieceShift & 63)
    let last = UInt64(truncatingIfNeeded: (offset &+ count &- 1) &>> pieceShift & 63)
    return (.max &<< first) & (.max &>> (63 &- last))
  }

  /// Asks the host for `size` bytes, rounded up to whole pages and zero-filled.
  ///
  /// - Throws: `RAMError` when the host cannot give them.
  public init(name: String, size: Int, isReadOnly: Bool = false) throws(RAMError) {
    memory = try HostMemory(name: name, size: size)
    self.name = name
    self.size = memory.size
    unguarded = memory.base
    self.isReadOnly = isReadOnly
    let pages = memory.size >> Self.pageShift
    dirty = .allocate(capacity: pages)
    dirty.initialize(repeating: 0, count: pages)
    // Zeros of the host's, which are there when they are touched: few pages of a large block have code.
    guard let words = calloc(pages, MemoryLayout<UInt64>.stride) else {
      throw RAMError("\(name): no memory for \(pages) words beside it")
    }
    code = words.bindMemory(to: UInt64.self, capacity: pages)
  }

  deinit {
    frozen?.cancel()
    absent?.retire()
    dirty.deallocate()
    free(code)
  }

  /// A new, independent view of what changed, with every page dirty; nil when all eight are taken.
  public func makeConsumer() -> DirtyConsumer? {
    guard let bit = (0..<8).first(where: { !consumers.bit($0) }) else { return nil }
    consumers.setBit(bit, true)
    for page in 0..<pageCount { dirty[page] |= 1 << UInt8(bit) }
    return DirtyConsumer(block: self, bit: bit)
  }

  func release(_ bit: Int) { consumers.setBit(bit, false) }

  /// Tells consumers and the observer of a change of `count` bytes at `offset`, all within the block.
  @inlinable
  public func changed(offset: Int, count: Int) {
    guard count > 0 else { return }
    let first = offset >> Self.pageShift
    let last = (offset &+ count &- 1) >> Self.pageShift
    (dirty + first).update(repeating: 0xff, count: last &- first &+ 1)
    var page = first
    while page <= last {
      // Many pages at once where a machine comes, of which none holds code.
      if page &+ 4 <= last, code[page] | code[page &+ 1] | code[page &+ 2] | code[page &+ 3] == 0 {
        page &+= 4
        continue
      }
      if code[page] != 0 {
        let start = max(offset, page << Self.pageShift)
        let end = min(offset &+ count, (page &+ 1) << Self.pageShift)
        if code[page] & Self.pieces(at: start, count: end &- start) != 0 {
          code[page] = observer?.codeWritten(self, offset: start, count: end &- start) ?? 0
        }
      }
      page &+= 1
    }
  }
}
