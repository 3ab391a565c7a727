/// The runs of ones in a chunk's mask of pages.
struct PageRuns: Sequence, IteratorProtocol {
  private var mask: UInt32
  private var page = 0

  /// Pages that are stored one after the other.
  struct Run {
    /// Their bytes within the chunk.
    let bytes: Range<Int>
  }

  init(_ mask: UInt16) { self.mask = UInt32(mask) }

  mutating func next() -> Run? {
    guard mask != 0 else { return nil }
    let skipped = mask.trailingZeroBitCount
    mask >>= UInt32(skipped)
    let count = (~mask).trailingZeroBitCount
    mask >>= UInt32(count)
    let start = page + skipped
    page = start + count
    return Run(bytes: start * SnapshotFormat.pageSize..<page * SnapshotFormat.pageSize)
  }
}
