import Synchronization

/// What a migration's thread and the machine's thread both look at.
final class Shared: Sendable {
  private let present: Mutex<MigrationProgress>
  private let limits: Mutex<MigrationParameters>
  private let common = Mutex<Set<MigrationCapability>?>(nil)
  private let flags = Mutex<(isCancelled: Bool, mayGoOn: Bool, wantsPostcopy: Bool)>((false, false, false))

  init(_ progress: MigrationProgress, _ parameters: MigrationParameters) {
    present = Mutex(progress)
    limits = Mutex(parameters)
  }

  var progress: MigrationProgress { present.withLock { $0 } }
  func update(_ body: (inout MigrationProgress) -> Void) { present.withLock { body(&$0) } }

  var parameters: MigrationParameters {
    get { limits.withLock { $0 } }
    set { limits.withLock { $0 = newValue } }
  }

  /// Somebody has given it up.
  var isCancelled: Bool {
    get { flags.withLock { $0.isCancelled } }
    set { flags.withLock { $0.isCancelled = newValue } }
  }

  /// What both sides can use, from the answer to the offer on.
  var agreed: Set<MigrationCapability>? {
    get { common.withLock { $0 } }
    set { common.withLock { $0 = newValue } }
  }

  /// `migrate-start-postcopy` was said.
  var wantsPostcopy: Bool {
    get { flags.withLock { $0.wantsPostcopy } }
    set { flags.withLock { $0.wantsPostcopy = newValue } }
  }

  /// `migrate-continue` was said.
  var mayGoOn: Bool {
    get { flags.withLock { $0.mayGoOn } }
    set { flags.withLock { $0.mayGoOn = newValue } }
  }
}
