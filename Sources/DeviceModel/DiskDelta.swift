/// What a disk had over its image at one moment: blocks of 4096 bytes, of which 16 are a chunk. Any thread may read it.
public protocol DiskDelta: AnyObject, Sendable {
  /// Bytes of the disk.
  var size: Int64 { get }
  /// Which blocks of a chunk are in it, a bit each, the first the lowest.
  func blocks(ofChunk index: Int) -> UInt16
  /// Fills the places of those blocks in `target`, which has 65536 bytes; behind the disk's end there are zeros.
  func read(chunk index: Int, into target: UnsafeMutableRawBufferPointer) -> BlockResult
}

/// What a disk shall have over its image, while it is put together; given up when it goes.
public protocol StagedDelta: AnyObject {
  /// Takes the blocks of a chunk that `blocks` names, each from its place in `source`, which has 65536 bytes.
  func put(chunk index: Int, blocks: UInt16, from source: UnsafeRawBufferPointer) -> BlockResult
  /// Makes sure that `commit` can be done.
  func prepare() -> BlockResult
  /// From now on the disk has this and nothing else over its image.
  func commit()
}
