/// How a snapshot is written.
public struct SnapshotOptions: Sendable {
  /// The level of zstd with which chunks are compressed, 1 to 19; nil leaves them as they are, at fixed places.
  public var compression: Int32?
  /// What is stored is the difference to this; nil stores everything.
  public var base: SnapshotMemory?

  /// Not compressed, without a base.
  public init(compression: Int32? = nil, base: SnapshotMemory? = nil) {
    self.compression = compression
    self.base = base
  }
}
