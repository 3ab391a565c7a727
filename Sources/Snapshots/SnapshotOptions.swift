/// How a snapshot is written.
public struct SnapshotOptions: Sendable {
  /// The level of zstd with which chunks are compressed, 1 to 19; nil leaves them as they are, at fixed places.
  public var compression: Int32?
  /// What is stored is the difference to this; nil stores everything.
  public var base: SnapshotMemory?

  /// What disks have over their images, by the names of the devices that they are plugged into; stored whole.
  public var disks: [String: any DeltaSource] = [:]
  /// Whether overlays that have files of their own are stored, too, not only those that are gone with the process.
  public var withOverlays = false

  /// Not compressed, without a base.
  public init(compression: Int32? = nil, base: SnapshotMemory? = nil) {
    self.compression = compression
    self.base = base
  }
}
