/// The time that a machine's networks go by: the machine's own.
public final class NetworkTime {
  /// The machine's clock, in nanoseconds.
  public var clock: () -> Int64 = { 0 }
  /// The guest's wall clock at its zero, in nanoseconds since 1970.
  public var epoch: () -> Int64 = { 0 }
  /// Whether the machine stands still: nothing may get to its devices.
  public var isStanding: () -> Bool = { false }

  /// A time that does not pass.
  public init() {}

  var now: Int64 { max(0, clock()) }
  var wall: Int64 { now &+ epoch() }
  var stands: Bool { isStanding() }
}
