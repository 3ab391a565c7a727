/// Where a writer gets what a disk has over its image: blocks of a page, in chunks as memory has them.
public protocol DeltaSource: Sendable {
  /// Bytes of the disk.
  var size: Int { get }
  /// Which blocks of a chunk there are, a bit each.
  func blocks(ofChunk index: Int) -> UInt16
  /// Fills the places of those blocks in `target`, which has the size of a chunk; behind the disk's end there are zeros.
  func read(chunk index: Int, into target: UnsafeMutableRawBufferPointer) throws(SnapshotFault)
}
