/// The jobs of a machine, in the order in which they began.
public final class Jobs {
  public private(set) var all: [Job] = []
  private var observers: [(Job) -> Void] = []

  /// Calls `body` whenever a job's status has changed.
  public func observe(_ body: @escaping (Job) -> Void) { observers.append(body) }

  /// The job called `id`.
  ///
  /// - Throws: `CommandError` when there is none.
  func named(_ id: String) throws(CommandError) -> Job {
    guard let job = all.first(where: { $0.id == id }) else { throw CommandError("Job not found") }
    return job
  }

  /// Adds one that runs.
  ///
  /// - Parameter id: nil for one that somebody waits for: it gets a name of its own and goes by itself.
  func begin(_ id: String?, _ kind: Job.Kind, _ path: String) throws(CommandError) -> Job {
    var name = id ?? kind.rawValue
    if let id {
      guard let first = id.unicodeScalars.first, first.properties.isAlphabetic,
        id.unicodeScalars.allSatisfy({
          $0.properties.isAlphabetic || $0.properties.numericType != nil || "-._".unicodeScalars.contains($0)
        }),
        id.utf8.count <= 128
      else {
        throw CommandError("Invalid job ID '\(id.prefix(40))': a letter, then letters, digits, '-', '.' and '_'")
      }
      guard !all.contains(where: { $0.id == id }) else { throw CommandError("Job ID '\(id)' already in use") }
    } else {
      var number = 0
      while all.contains(where: { $0.id == name }) {
        number += 1
        name = "\(kind.rawValue)-\(number)"
      }
    }
    let job = Job(name, kind, path, dismissesItself: id == nil)
    all.append(job)
    change(job, .created)
    change(job, .running)
    return job
  }

  /// It is over: well, or with `failure`.
  func end(_ job: Job, _ failure: CommandError? = nil) {
    job.failure = failure
    job.cancel = nil
    if failure != nil { change(job, .aborting) }
    change(job, .concluded)
    if job.dismissesItself { remove(job) }
    job.tellWaiting()
  }

  /// Forgets a job that has concluded.
  func dismiss(_ id: String) throws(CommandError) {
    let job = try named(id)
    guard job.isOver else {
      throw CommandError("Job '\(id)' in state '\(job.status.rawValue)' cannot accept command verb 'dismiss'")
    }
    remove(job)
  }

  /// Asks a job to give up. It concludes with an error, unless it was done already.
  func cancel(_ id: String) throws(CommandError) {
    let job = try named(id)
    guard !job.isOver, let cancel = job.cancel else {
      throw CommandError("Job '\(id)' in state '\(job.status.rawValue)' cannot accept command verb 'cancel'")
    }
    cancel()
  }

  private func remove(_ job: Job) {
    all.removeAll { $0 === job }
    change(job, .null)
  }

  private func change(_ job: Job, _ status: Job.Status) {
    job.status = status
    for observer in observers { observer(job) }
  }
}
