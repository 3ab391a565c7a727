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
  case completed
  case failed

  /// Whether it is under way.
  public var isActive: Bool {
    switch self {
    case .setup, .cancelling, .active, .preSwitchover, .device: true
    case .none, .cancelled, .completed, .failed: false
    }
  }
}
