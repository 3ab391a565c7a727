/// A descriptor that a poller watches.
public final class Watch {
  /// The descriptor, which stays its owner's.
  public let descriptor: Int32
  /// What to wait for; while empty the descriptor is left alone, so that one at its end costs nothing.
  public var wants: Interest
  let onReady: (Interest) -> Void

  init(_ descriptor: Int32, _ wants: Interest, _ onReady: @escaping (Interest) -> Void) {
    self.descriptor = descriptor
    self.wants = wants
    self.onReady = onReady
  }
}
