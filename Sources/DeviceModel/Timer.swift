/// One alarm on the virtual clock. What it stands for is in its device's state, from which `settle()` arms
/// it again after a load.
public final class Timer: HostSide {
  private unowned let clock: VirtualClock
  /// When it fires, in nanoseconds of the clock; nil while it is not armed.
  public private(set) var deadline: Int64?
  /// Called on the machine's thread when the deadline has passed; may arm the timer again.
  public var onFire: (() -> Void)?

  init(clock: VirtualClock) { self.clock = clock }

  /// Fires once, at `deadline` or as soon after it as the run loop comes round.
  public func arm(at deadline: Int64) {
    if self.deadline == deadline { return }
    clock.arm(self, at: deadline)
    self.deadline = deadline
  }

  /// Does not fire until it is armed again.
  public func cancel() {
    clock.disarm(self)
    deadline = nil
  }

  /// Arms for `deadline`, or cancels when there is none.
  public func set(_ deadline: Int64?) {
    if let deadline { arm(at: deadline) } else { cancel() }
  }

  func fired() {
    deadline = nil
    onFire?()
  }
}
