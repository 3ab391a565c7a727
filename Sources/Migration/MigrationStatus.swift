/// Where a migration stands, by the names that clients of QMP know.
public enum MigrationStatus: String, Sendable, CaseIterable {
  case none
  case setup
  case cancelling
  case cancelled
  case active
  /// Waits for `migrate-continue`.
  case preSwitchover = "pre-switchover"
  /// The guest stands still, its last part is on the way.
  case device
  /// The guest runs at the destination, and the rest of its memory comes behind it.
  case postcopyActive = "postcopy-active"
  /// The same, and the connection is broken: `migrate-recover` there, `migrate` with `resume` here.
  case postcopyPaused = "postcopy-paused"
  /// There is a new connection.
  case postcopyRecover = "postcopy-recover"
  case completed
  case failed

  /// Whether it is under way.
  public var isActive: Bool {
    switch self {
    case .setup, .cancelling, .active, .preSwitchover, .device: true
    case .postcopyActive, .postcopyPaused, .postcopyRecover: true
    case .none, .cancelled, .completed, .failed: false
    }
  }

  /// Whether the guest runs at the destination while memory comes.
  public var isPostcopy: Bool { [.postcopyActive, .postcopyPaused, .postcopyRecover].contains(self) }
}
