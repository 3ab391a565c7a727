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
    var start: Int?
    var page = range.lowerBound
    let words = UnsafeMutableRawPointer(block.dirty)
    while page < range.upperBound {
      // Eight pages at a time, as long as they are alike.
      if page & 7 == 0, page &+ 8 <= range.upperBound {
        let word = words.load(fromByteOffset: page, as: UInt64.self)
        let marked = word & mask
        if marked == 0 || marked == mask {
          if marked == 0 {
            if let first = start { runs.append(first..<page) }
            start = nil
          } else {
            words.storeBytes(of: word & ~mask, toByteOffset: page, as: UInt64.self)
            start = start ?? page
          }
          page &+= 8
          continue
        }
      }
      let end = min(range.upperBound, (page | 7) &+ 1)
      while page < end {
        if isDirty(page) {
          block.dirty[page] &= ~(1 << UInt8(bit))
          start = start ?? page
        } else {
          if let first = start { runs.append(first..<page) }
          start = nil
        }
        page &+= 1
      }
    }
    if let first = start { runs.append(first..<range.upperBound) }
    for run in runs { body(run) }
  }

  /// How many pages are dirty for this consumer.
  public var dirtyCount: Int {
    var count = 0
    let words = UnsafeRawPointer(block.dirty)
    for word in 0..<block.pageCount >> 3 {
      count &+= (words.load(fromByteOffset: word << 3, as: UInt64.self) & mask).nonzeroBitCount
    }
    return (block.pageCount & ~7..<block.pageCount).reduce(count) { $0 + (isDirty($1) ? 1 : 0) }
  }

  /// This consumer's bit in each of eight pages' bytes.
  private var mask: UInt64 { 0x0101_0101_0101_0101 << UInt64(bit) }
}
