import Boards
import Snapshots

/// What of two snapshots' memory differs, in a few lines.
enum MemorySummary {
  static func lines(
    _ a: SnapshotMemory, _ b: SnapshotMemory, _ symbols: SymbolMap?, limit: Int
  ) throws(SnapshotError) -> [String] {
    var lines: [String] = []
    for block in a.blocks where !b.blocks.contains(where: { $0.name == block.name }) {
      lines.append("memory \(block.name): only in the first")
    }
    for block in b.blocks {
      guard let other = a.blocks.first(where: { $0.name == block.name }) else {
        lines.append("memory \(block.name): only in the second")
        continue
      }
      if other.size != block.size {
        let sizes = "\(SizeText.show(UInt64(other.size))) -> \(SizeText.show(UInt64(block.size)))"
        lines.append("memory \(block.name): \(sizes)")
      }
      lines += try summary(a, b, block.name, block.name == "ram" ? symbols : nil, limit)
    }
    return lines
  }

  private static func summary(
    _ a: SnapshotMemory, _ b: SnapshotMemory, _ name: String, _ symbols: SymbolMap?, _ limit: Int
  ) throws(SnapshotError) -> [String] {
    let page = SnapshotFormat.pageSize
    var bytes = 0
    var pages = 0
    var lastPage = -1
    /// Runs of pages, with the bytes that differ in them.
    var runs: [(pages: ClosedRange<Int>, bytes: Int)] = []
    var counts: [String: Int] = [:]
    try MemoryComparison.compare(a, b, block: name) { range in
      bytes += range.count
      let first = range.lowerBound / page
      let last = (range.upperBound - 1) / page
      pages += last - max(first - 1, lastPage)
      if let run = runs.last, first <= run.pages.upperBound + 1 {
        runs[runs.count - 1] = (run.pages.lowerBound...max(last, run.pages.upperBound), run.bytes + range.count)
      } else {
        runs.append((first...last, range.count))
      }
      lastPage = max(last, lastPage)
      if let symbols, let symbol = symbols.name(at: UInt64(range.lowerBound)) {
        counts[symbol, default: 0] += range.count
      }
    }
    guard bytes > 0 else { return [] }
    var lines = ["memory \(name): \(pages) pages in \(runs.count) ranges differ, in about \(bytes) bytes"]
    for run in runs.sorted(by: { $0.bytes > $1.bytes }).prefix(limit).sorted(by: {
      $0.pages.lowerBound < $1.pages.lowerBound
    }) {
      let start = String(run.pages.lowerBound * page, radix: 16)
      let end = String((run.pages.upperBound + 1) * page - 1, radix: 16)
      lines.append("  0x\(start)-0x\(end): \(run.pages.count) pages, \(run.bytes) bytes")
    }
    if runs.count > limit { lines.append("  and \(runs.count - limit) more ranges") }
    let most = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    for (symbol, count) in most.prefix(limit) { lines.append("  \(symbol): \(count) bytes") }
    if most.count > limit { lines.append("  and \(most.count - limit) more symbols") }
    return lines
  }
}
