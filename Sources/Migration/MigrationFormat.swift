/// The numbers of the protocol that are not a frame's.
public enum MigrationFormat {
  /// The version that is spoken.
  public static let version: UInt32 = 1
  /// The oldest version that is understood.
  public static let oldest: UInt32 = 1
  /// What this program calls itself.
  public static let producer = "Ferry"

  static func check(_ version: UInt32, _ oldest: UInt32, _ producer: String) throws(MigrationError) {
    guard version >= Self.oldest, oldest <= Self.version else {
      throw MigrationError(
        "the other side speaks versions \(oldest) to \(version) of the protocol, this one \(Self.oldest) to "
          + "\(Self.version)")
    }
  }

  static var hello: Message { .hello(version: version, oldest: oldest, producer: producer) }
}
