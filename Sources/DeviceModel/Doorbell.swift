import Synchronization

/// Rung by other threads: something has come for the machine's thread.
public final class Doorbell: Sendable, HostSide {
  private let isRung = Atomic<Bool>(false)
  private let wake = Mutex<(@Sendable () -> Void)?>(nil)

  init() {}

  /// Calls `body`, on the thread that rings, when somebody does: the machine's may be asleep.
  public func whenRung(_ body: (@Sendable () -> Void)?) { wake.withLock { $0 = body } }

  /// From any thread: the machine shall look, as soon as it runs.
  public func ring() {
    guard !isRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
    let body = wake.withLock { $0 }
    body?()
  }

  /// Whether somebody has rung since last time.
  func answer() -> Bool {
    isRung.load(ordering: .relaxed) && isRung.exchange(false, ordering: .acquiringAndReleasing)
  }
}
