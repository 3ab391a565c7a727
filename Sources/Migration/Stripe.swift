/// What one of several channels carries: each page always goes the same way, so that what came before is known there, and
/// two never write to the same place.
struct Stripe: Equatable {
  /// Which of the channels.
  let number: Int
  /// How many there are.
  let count: Int

  /// Pages in a row that go the same way: a huge page of most hosts.
  static let pages = 512

  /// Whether `pages` of `block`, which is the `index`th, all go this way.
  func has(_ pages: Range<Int>, of index: Int, _ block: any PageStore) -> Bool {
    guard block is MemoryView else { return index % count == number }
    let first = pages.lowerBound / Self.pages
    return first % count == number && (pages.upperBound - 1) / Self.pages == first
  }

  /// Of `runs`, by block, what goes this way.
  func part(of runs: [[Range<Int>]], _ blocks: [any PageStore]) -> [[Range<Int>]] {
    runs.enumerated().map { index, runs in
      guard blocks[index] is MemoryView else { return index % count == number ? runs : [] }
      var part: [Range<Int>] = []
      for run in runs {
        var at = run.lowerBound
        while at < run.upperBound {
          let stripe = at / Self.pages
          let end = min(run.upperBound, (stripe + 1) * Self.pages)
          if stripe % count == number { part.append(at..<end) }
          at = end
        }
      }
      return part
    }
  }
}
