/// What a run loop needs of its host: what has happened outside, and real time.
public protocol HostEvents: AnyObject {
  /// The host's monotonic clock, in nanoseconds from an arbitrary start.
  var monotonic: Int64 { get }
  /// An output that must not lose bytes has more waiting than is healthy: the guest should pause until that
  /// has drained.
  var isCongested: Bool { get }
  /// Handles what has happened (input, connections, writable outputs), waiting for it for at most `timeout`
  /// nanoseconds; nil waits until something happens.
  func poll(timeout: Int64?)
  /// Ends a `poll` that waits, from any thread; nil where nobody waits.
  var waker: (@Sendable () -> Void)? { get }
}

extension HostEvents {
  public var waker: (@Sendable () -> Void)? { nil }
}
