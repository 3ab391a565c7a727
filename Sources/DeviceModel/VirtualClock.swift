/// The machine's one clock: nanoseconds of guest time since power on, and the timers that hang on it.
///
/// No device asks the host for time. The run loop decides what `now` means (host time while running, or
/// instructions executed) and calls `runDue()`.
public final class VirtualClock: HostSide {
  /// Gives the present time in nanoseconds; never goes back. The run loop sets it.
  public var source: () -> Int64
  /// Told when a timer was set to fire before all others: the run loop shortens its slice.
  public var onEarlier: ((Int64) -> Void)?
  /// Rung by whoever works for devices on other threads.
  public let bell = Doorbell()
  /// Whether what the host does for devices is there at times that the guest's clock decides, however long it takes: what
  /// the guest sees does not depend on the host. The run loop sets it.
  public var waitsForHost = true
  private var listeners: [(owner: () -> AnyObject?, body: () -> Void)] = []
  private var armed: [Timer] = []

  /// A clock that reads `source`, at 0 without one.
  public init(_ source: @escaping () -> Int64 = { 0 }) { self.source = source }

  /// Guest nanoseconds since power on.
  public var now: Int64 { source() }

  /// A timer that is not armed. Its owner sets `onFire`.
  public func makeTimer() -> Timer { Timer(clock: self) }

  /// When the next timer is due, in nanoseconds of this clock.
  public var nextDeadline: Int64? { armed.last?.deadline }

  /// Calls `body` on the machine's thread when the bell was rung, as long as `owner` is there.
  public func onBell(_ owner: AnyObject, _ body: @escaping () -> Void) {
    listeners.removeAll { $0.owner() == nil }
    listeners.append(({ [weak owner] in owner }, body))
  }

  /// Answers the bell and fires everything that is due, earliest first; of equals the one armed first.
  public func runDue() {
    if bell.answer() { for listener in listeners where listener.owner() != nil { listener.body() } }
    while let deadline = nextDeadline, deadline <= now { runNext() }
  }

  /// Fires the timer that is due next, whatever the time is.
  public func runNext() { armed.popLast()?.fired() }

  func arm(_ timer: Timer, at deadline: Int64) {
    disarm(timer)
    // Latest first, so that the next one is the last: taking it off moves nothing.
    var low = 0
    var high = armed.count
    while low < high {
      let middle = (low + high) / 2
      if (armed[middle].deadline ?? .max) > deadline { low = middle + 1 } else { high = middle }
    }
    armed.insert(timer, at: low)
    if low == armed.count - 1 { onEarlier?(deadline) }
  }

  func disarm(_ timer: Timer) {
    guard timer.deadline != nil, let index = armed.firstIndex(where: { $0 === timer }) else { return }
    armed.remove(at: index)
  }
}
