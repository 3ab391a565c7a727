/// How a migration goes, or went.
public struct MigrationProgress: Sendable, Equatable {
  public var status = MigrationStatus.none
  /// Why it failed.
  public var error: MigrationError?
  /// The machine comes in.
  public var isIncoming = false
  /// When it began, on the host's monotonic clock, and how long it has taken or took; nanoseconds.
  public var start: Int64 = 0
  public var totalTime: Int64 = 0
  /// Until the answer to the offer.
  public var setupTime: Int64 = 0
  /// Bytes of memory.
  public var memory: UInt64 = 0
  /// Bytes sent or received.
  public var transferred: UInt64 = 0
  /// Rounds that have begun.
  public var rounds = 0
  /// What became of pages.
  public var pages = PageCounts()
  /// Bytes of pages that are to be sent still.
  public var remaining: UInt64 = 0
  /// How often the guest waited for a page that had not come when it ran at the destination.
  public var requests: UInt64 = 0
  /// Pages that the guest changed, a second.
  public var dirtyRate: UInt64 = 0
  /// Bytes a second in the last round.
  public var throughput: UInt64 = 0
  /// How long the guest would have to stand still, and did; nanoseconds.
  public var expectedDowntime: Int64 = 0
  public var downtime: Int64?
  /// What the downtime was used for, in nanoseconds, in order.
  public var phases: [(name: String, time: Int64)] = []
  /// Bytes of each device's state, and how long it took to save, in nanoseconds.
  public var devices: [(name: String, bytes: Int, time: Int64)] = []
  /// Percent of the guest's time that is taken from it.
  public var throttle = 0
  /// The side that may run the guest cannot be known here.
  public var isUnresolved = false

  /// None yet.
  public init() {}

  public static func == (a: Self, b: Self) -> Bool {
    a.status == b.status && a.error == b.error && a.transferred == b.transferred && a.rounds == b.rounds
      && a.isUnresolved == b.isUnresolved && a.downtime == b.downtime
  }
}
