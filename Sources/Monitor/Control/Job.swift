/// Work that was asked for and goes on while the guest runs.
public final class Job: Awaited {
  /// What is done; the names are QMP's (`JobType`).
  public enum Kind: String, Sendable, CaseIterable {
    case snapshotSave = "snapshot-save"
    case snapshotLoad = "snapshot-load"
    case snapshotDelete = "snapshot-delete"
  }

  /// How far it is; the names are QMP's (`JobStatus`).
  public enum Status: String, Sendable, CaseIterable {
    case created, running, aborting, concluded, null
  }

  /// Its name among the jobs that there are.
  public let id: String
  public let kind: Kind
  /// The file that it is about.
  public let path: String
  public internal(set) var status = Status.created
  /// Why it failed; nil before it has concluded and when it went well.
  public internal(set) var failure: CommandError?
  /// Whether it goes from the list as soon as it has concluded, for whoever waits for it.
  let dismissesItself: Bool
  /// How long the guest stood still for it, in nanoseconds.
  public internal(set) var downtime: Int64?
  /// Bytes that are done, and all of them.
  var measure: () -> (done: Int, total: Int) = { (0, 1) }
  var cancel: (() -> Void)?
  private var waiting: [() -> Void] = []

  init(_ id: String, _ kind: Kind, _ path: String, dismissesItself: Bool) {
    self.id = id
    self.kind = kind
    self.path = path
    self.dismissesItself = dismissesItself
  }

  /// Bytes that are done, and all of them.
  public var progress: (done: Int, total: Int) { measure() }
  public var progressText: String? {
    let (done, total) = progress
    return "\(kind.rawValue): \(done / max(total / 100, 1)) %"
  }
  public var isOver: Bool { status == .concluded || status == .null }

  /// Calls `body` once it has concluded: at once if it has.
  public func whenOver(_ body: @escaping () -> Void) {
    if isOver { body() } else { waiting.append(body) }
  }

  func tellWaiting() {
    defer { waiting = [] }
    for body in waiting { body() }
  }
}
