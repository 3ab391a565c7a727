/// Where a writer finds the memory of the machine that it saves: each page as it is to be in the file.
public protocol PageSource {
  /// The first range at or after `offset` of block number `block` that may hold other bytes than zero; nil when there
  /// is none. What lies before it is zero and is not read.
  func data(in block: Int, from offset: Int) -> Range<Int>?

  /// Calls `body` with the bytes at `range`, which lies within a chunk, of block number `block`.
  ///
  /// - Throws: `SnapshotError` when they cannot be had, as those of a damaged file.
  func withBytes(
    of block: Int, at range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(SnapshotError) -> Void
  ) throws(SnapshotError)
}

extension PageSource {
  /// Everything from `offset` on.
  public func data(in block: Int, from offset: Int) -> Range<Int>? { offset..<Int.max }
}
