import Bits

/// Pages that are to be sent after their machine, each once: those that are wanted first, then the others in order.
struct PageQueue {
  private var isDue: [[Bool]]
  /// How many there are.
  private(set) var count = 0
  /// Where the rest is looked for.
  private var next = (block: 0, page: 0)

  /// Of blocks with so many pages.
  init(_ pageCounts: [Int]) { isDue = pageCounts.map { [Bool](repeating: false, count: $0) } }

  /// Adds `runs`, by block.
  mutating func add(_ runs: [[Range<Int>]]) {
    for (block, runs) in runs.enumerated() {
      for page in runs.joined() where !isDue[block][page] {
        isDue[block][page] = true
        count += 1
      }
    }
  }

  /// What there is, by block, in runs.
  var runs: [[Range<Int>]] { isDue.map { pages in pages.indices.runs { pages[$0] } } }

  /// Takes at most `limit` pages from `page` on, as far as they follow each other; none where it was taken before. What
  /// is taken next without being wanted lies behind them: who needs a page often needs the next one, too.
  mutating func take(block: Int, page: Int, limit: Int) -> Range<Int> {
    guard isDue.indices.contains(block), isDue[block].indices.contains(page) else { return 0..<0 }
    var end = page
    while end < isDue[block].count, end - page < limit, isDue[block][end] {
      isDue[block][end] = false
      end += 1
    }
    count -= end - page
    if end > page { next = (block, end) }
    return page..<end
  }

  /// Takes at most `limit` pages of the rest; nil when there are none.
  mutating func take(limit: Int) -> (block: Int, pages: Range<Int>)? {
    guard count > 0 else { return nil }
    while true {
      if next.page >= isDue[next.block].count {
        next = ((next.block + 1) % isDue.count, 0)
      } else if isDue[next.block][next.page] {
        return (next.block, take(block: next.block, page: next.page, limit: limit))
      } else {
        next.page += 1
      }
    }
  }
}
