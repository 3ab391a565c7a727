/// A disk as `query-block` and `info block` tell of it.
public struct DriveStatus: Sendable, Equatable {
  /// What devices and board files call it.
  public let id: String
  /// The image.
  public let path: String
  /// Bytes.
  public let size: Int64
  /// Whether the guest's writes are refused.
  public let isReadOnly: Bool

  /// The drive called `id`.
  public init(id: String, path: String, size: Int64, isReadOnly: Bool) {
    self.id = id
    self.path = path
    self.size = size
    self.isReadOnly = isReadOnly
  }
}
