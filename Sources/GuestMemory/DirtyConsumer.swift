import Bits

/// One consumer's view of which pages of a block changed.
public final class DirtyConsumer {
  /// The block whose pages are watched.
  public let block: RAMBlock
  let bit: Int

  init(block: RAMBlock, bit: Int) {
    self.block = block
    self.bit = bit
  }

  deinit { block.release(bit) }

  /// Whether `page` changed since it was last taken.
  public func isDirty(_ page: Int) -> Bool { block.dirty[page].bit(bit) }

  /// Calls `body` with each run of changed pages in `range` and marks them clean for this consumer alone.
  ///
  /// All are marked clean before `body` sees the first: a change made during or after the call counts anew.
  public func take(_ range: Range<Int>? = nil, _ body: (Range<Int>) -> Void) {
    let range = range ?? 0..<block.pageCount
    precondition(range.lowerBound >= 0 && range.upperBound <= block.pageCount, "pages \(range) of \(block.name)")
    block.observer?.pagesBecomeClean()
    var runs: [Range<Int>] = []
    var page = range.lowerBound
    while page < range.upperBound {
      let start = page
      while page < range.upperBound, isDirty(page) {
        block.dirty[page].setBit(bit, false)
        page += 1
      }
      if page > start { runs.append(start..<page) } else { page += 1 }
    }
    for run in runs { body(run) }
  }

  /// How many pages are dirty for this consumer.
  public var dirtyCount: Int { (0..<block.pageCount).count(where: isDirty) }
}
