/// A block of memory in a snapshot: RAM, ROM or video memory.
public struct SnapshotBlock: Sendable, Equatable {
  /// The block's name in the machine.
  public let name: String
  /// Bytes, a multiple of the page size.
  public let size: Int
  /// Whether the guest cannot write it.
  public let isReadOnly: Bool

  /// A block called `name`.
  public init(name: String, size: Int, isReadOnly: Bool = false) {
    self.name = name
    self.size = size
    self.isReadOnly = isReadOnly
  }

  /// How many chunks it has.
  public var chunkCount: Int { SnapshotFormat.chunks(in: size) }

  /// The bytes of the block that chunk `index` holds.
  public func range(ofChunk index: Int) -> Range<Int> {
    let start = index * SnapshotFormat.chunkSize
    return start..<start + SnapshotFormat.chunkLength(index, in: size)
  }
}
