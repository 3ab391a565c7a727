/// What a snapshot's header says beside what the machine knows itself.
public struct SnapshotNotes: Sendable {
  /// The program that writes it.
  public var producer = "Ferry"
  /// When it is saved, in nanoseconds since 1970-01-01 UTC.
  public var wallTime: Int64 = 0
  /// What somebody wants to say of it.
  public var comment = ""
  /// The screen, small, as a PNG file; empty without one.
  public var thumbnail: [UInt8] = []
  /// The last lines of the console.
  public var console = ""

  /// Nothing to say.
  public init() {}
}
