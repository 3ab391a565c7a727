/// What a machine is doing, by the names that clients of QMP know.
public enum RunState: String, Sendable, CaseIterable {
  /// Not started yet: `-S`.
  case prelaunch
  /// The guest executes.
  case running
  /// Somebody stopped it.
  case paused
  /// A debugger stopped it.
  case debug
  /// The guest switched itself off, and the program stays.
  case shutdown
  /// Waiting for a machine to come in.
  case inMigrate = "inmigrate"
  /// The last part of a migration is being sent.
  case finishMigrate = "finish-migrate"
  /// It runs elsewhere now.
  case postMigrate = "postmigrate"
  /// Its state is being saved.
  case saveVM = "save-vm"
  /// A state is being loaded into it.
  case restoreVM = "restore-vm"
  /// A host resource failed.
  case ioError = "io-error"
  /// It cannot go on: its memory or its state is damaged.
  case internalError = "internal-error"

  /// Whether another process may be running the machine, or is about to.
  public var isMoving: Bool { self == .inMigrate || self == .finishMigrate || self == .postMigrate }

  /// Whether a machine that is in this state can move to another process.
  public var canLeave: Bool {
    switch self {
    case .prelaunch, .running, .paused, .debug, .ioError: true
    case .shutdown, .inMigrate, .finishMigrate, .postMigrate, .saveVM, .restoreVM, .internalError: false
    }
  }
}
