/// A block's pages as they were at one moment, while its guest runs on. For one thread beside the machine's.
///
/// Each page is taken once, in any order; when all are taken, or this goes, the block is as it was before.
public final class FrozenRAM: Sendable {
  private let pages: CopyOnWrite
  /// The block's name.
  public let name: String

  init(_ pages: CopyOnWrite, name: String) {
    self.pages = pages
    self.name = name
  }

  deinit { pages.cancel() }

  /// Pages of the block.
  public var pageCount: Int { pages.pageCount }
  /// Pages not taken yet.
  public var leftCount: Int { pages.leftCount }

  /// Copies `range` of the pages to `target`, which has room for them, and lets go of them.
  ///
  /// - Returns: false when they are known to be all zero; `target` is left alone then.
  /// - Throws: `FreezeError` when they are not to be had any more.
  public func take(_ range: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws(FreezeError) -> Bool {
    try pages.take(range, into: target)
  }

  /// The first run of bytes at `offset` or behind it that may not be zero; empty when there is none. Zeros need not be
  /// taken.
  public func backed(from offset: Int) -> Range<Int> { pages.backed(from: offset) }

  /// The page to take next, when the room for copies runs short: the guest waits when there is none.
  public var urgentPage: Int? { pages.urgentPage }

  /// Gives up: the guest's stores cost nothing any more, and `take` throws.
  public func cancel() { pages.cancel() }
}
