/// What a migration goes by; may be changed while it is under way.
public struct MigrationParameters: Sendable, Equatable {
  /// Bytes a second; 0: as fast as it goes.
  public var bandwidth: UInt64 = 0
  /// The same while the guest runs at the destination and its memory comes behind it.
  public var postcopyBandwidth: UInt64 = 0
  /// How long the guest may stand still, in milliseconds.
  public var downtimeLimit: UInt64 = 300
  /// After how many seconds it is given up if the guest has not been stopped; 0: never.
  public var timeLimit: UInt64 = 0
  /// Over how many connections, with the capability `multifd`, 1 to `channelLimit`.
  public var channels: UInt64 = 2
  /// How much pages are compressed, 1 to 19.
  public var compressLevel: UInt64 = 1
  /// Bytes kept of pages that were sent, for the differences to them.
  public var cacheSize: UInt64 = 64 << 20
  /// How much of the guest's time is taken at first when it does not converge, in percent, and how much more each time.
  public var throttleInitial: UInt64 = 20
  public var throttleIncrement: UInt64 = 10
  public var throttleMaximum: UInt64 = 99

  /// The most connections.
  public static let channelLimit = 16

  /// The defaults.
  public init() {}
}
