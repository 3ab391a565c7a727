import Glibc

/// Where the memory of two snapshots differs.
public enum MemoryComparison {
  /// Calls `visit` with each range of bytes of the block called `name` that differ between `a` and `b`, in ascending
  /// order; ranges with fewer than `gap` equal bytes between them are one. Chunks of equal checksums are not read.
  ///
  /// - Throws: `SnapshotError` when a chunk is damaged.
  public static func compare(
    _ a: SnapshotMemory, _ b: SnapshotMemory, block name: String, gap: Int = 16, _ visit: (Range<Int>) -> Void
  ) throws(SnapshotError) {
    guard let mine = a.blocks.firstIndex(where: { $0.name == name }),
      let theirs = b.blocks.firstIndex(where: { $0.name == name })
    else { return }
    let size = min(a.blocks[mine].size, b.blocks[theirs].size)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: 2 * SnapshotFormat.chunkSize, alignment: SnapshotFormat.pageSize)
    defer { buffer.deallocate() }
    var open: Range<Int>?
    for index in 0..<SnapshotFormat.chunks(in: size)
    where a.checksum(ofChunk: index, of: mine) != b.checksum(ofChunk: index, of: theirs) {
      let first = UnsafeMutableRawBufferPointer(rebasing: buffer[..<a.blocks[mine].range(ofChunk: index).count])
      let count = b.blocks[theirs].range(ofChunk: index).count
      let second = UnsafeMutableRawBufferPointer(
        rebasing: buffer[SnapshotFormat.chunkSize..<SnapshotFormat.chunkSize + count])
      try a.read(chunk: index, of: mine, into: first)
      try b.read(chunk: index, of: theirs, into: second)
      let start = index * SnapshotFormat.chunkSize
      for at in 0..<min(first.count, second.count) where first[at] != second[at] {
        let place = start + at
        if let range = open, place - range.upperBound < gap {
          open = range.lowerBound..<place + 1
        } else {
          if let open { visit(open) }
          open = place..<place + 1
        }
      }
    }
    if let open { visit(open) }
  }
}
