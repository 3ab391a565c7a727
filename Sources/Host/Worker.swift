/// Work for others on the machine's thread, done in small steps: the conversations of control sockets.
public protocol Worker: AnyObject {
  /// Whether it waits for its next step; the poller's.
  var isScheduled: Bool { get set }
  /// Does one small piece of work: some microseconds, or one command.
  ///
  /// - Returns: whether there is more to do.
  func step() -> Bool
}
