/// A wire from a device to whatever the board connects it to: an interrupt line, a reset, a gate.
///
/// A line has no memory that counts: what it was last driven to is the driving device's (derived) state, and
/// `settle()` drives it again after a load.
public final class Line: HostSide {
  /// `device.output`, for messages.
  public let name: String
  private var sinks: [(Bool) -> Void] = []
  /// Told before all that are connected, each time the line is driven; who looks on from outside sets it.
  public var tap: ((Bool) -> Void)?

  /// A line that is connected to nothing.
  public init(_ name: String = "line") { self.name = name }

  /// Whether anything is connected.
  public var isConnected: Bool { !sinks.isEmpty }

  /// Adds a listener; every one hears every call of `set`, also of an unchanged level.
  public func connect(_ sink: @escaping (Bool) -> Void) { sinks.append(sink) }

  /// Drives the line. Receivers that want edges find them themselves.
  public func set(_ level: Bool) {
    tap?(level)
    for sink in sinks { sink(level) }
  }

  /// A short pulse: high, then low.
  public func pulse() {
    set(true)
    set(false)
  }
}
