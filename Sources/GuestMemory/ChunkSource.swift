/// Where the contents come from that a block does not have yet: a snapshot, or the other end of a migration.
public protocol ChunkSource: AnyObject, Sendable {
  /// Bytes that come at once: a power of two, at least a page.
  var chunkSize: Int { get }

  /// Puts the chunk that belongs at `offset`, a multiple of `chunkSize`, into `target` and makes sure that it is what
  /// was saved. `target` is all zero, and ends with the block. Called on any thread, on several at once for
  /// different chunks; nobody else sees `target` before it returns.
  ///
  /// - Throws: `MemoryLoss` when the chunk cannot be had or is damaged. It is asked for again when it is touched again.
  func fetch(_ offset: Int, into target: UnsafeMutableRawBufferPointer) throws(MemoryLoss)
}
