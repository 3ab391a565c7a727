/// A character back end as `query-chardev` and `info chardev` tell of it.
public struct CharacterDeviceStatus: Sendable, Equatable {
  /// Its name: `serial0`, or what `-chardev` called it.
  public let id: String
  /// What is at the other end, as in `unix:/tmp/s,server=on`.
  public let description: String
  /// Whether a device or a monitor uses it.
  public let isOpen: Bool

  /// The back end called `id`.
  public init(id: String, description: String, isOpen: Bool) {
    self.id = id
    self.description = description
    self.isOpen = isOpen
  }
}
