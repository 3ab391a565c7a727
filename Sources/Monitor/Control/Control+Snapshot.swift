import Boards
import Glibc
import Host
import SavedState
import Snapshots

/// Snapshot files.
extension Control {
  /// Begins to save the machine as it is now to a file at `path`. The guest runs on meanwhile; the file is there when
  /// the job has concluded, or what was there before.
  ///
  /// - Parameters:
  ///   - job: what the job is called; nil when it shall go from the list by itself.
  ///   - compression: a level of zstd, 1 to 19.
  ///   - base: another snapshot of this machine: only what of its memory has changed since is written.
  ///   - withOverlays: what disks have in overlays that have files of their own is written, too.
  @discardableResult
  public func saveSnapshot(
    to path: String, comment: String = "", compression: Int32? = nil, base: String? = nil, withOverlays: Bool = false,
    job id: String? = nil
  ) throws(CommandError) -> Job {
    let start = HostClock.monotonic
    let job = try jobs.begin(id, .snapshotSave, path)
    keys.finish()
    do throws(SnapshotError) {
      var options = SnapshotOptions(compression: compression)
      options.withOverlays = withOverlays
      if let base { options.base = try SnapshotMemory(SnapshotFile(base)) }
      follow(try machine.beginSave(to: path, notes(comment), options), job)
      job.downtime = HostClock.monotonic - start
    } catch {
      return try fail(job, error)
    }
    return job
  }

  /// What a snapshot's header would say now.
  func notes(_ comment: String = "") -> SnapshotNotes {
    var notes = SnapshotNotes()
    notes.wallTime = HostClock.wall
    notes.comment = comment
    notes.console = host.console
    if let picture = host.makePicture() { notes.thumbnail = Thumbnail.png(of: picture) }
    return notes
  }

  /// Everything of a snapshot of the machine as it is but its memory.
  func snapshotContents() throws(CommandError) -> SnapshotContents {
    do throws(SaveError) { return try machine.contents(notes()) } catch { throw CommandError("\(error)") }
  }

  /// Loads the snapshot at `path` into the machine: all of it, or nothing, with everything said that is damaged or
  /// does not fit. Memory may come later; the guest runs on where it ran before. With `acceptingChanges` disks may have
  /// been written since.
  @discardableResult
  public func loadSnapshot(
    from path: String, acceptingChanges: Bool = false, job id: String? = nil
  ) throws(CommandError) -> Job {
    try checkStays()
    let job = try jobs.begin(id, .snapshotLoad, path)
    let wasRunning = machine.isRunning
    if wasRunning { machine.pause(.restoreVM) }
    do throws(SnapshotError) {
      let file = try SnapshotFile(path)
      try machine.loadLate(file, acceptingChanges: acceptingChanges)
      host.console = file.header.console
    } catch {
      if wasRunning { machine.resume() }
      return try fail(job, error)
    }
    if wasRunning { machine.resume() }
    return end(job)
  }

  /// Removes the snapshot at `path`, and nothing that is none.
  @discardableResult
  public func deleteSnapshot(at path: String, job id: String? = nil) throws(CommandError) -> Job {
    let job = try jobs.begin(id, .snapshotDelete, path)
    do throws(SnapshotError) {
      _ = try SnapshotFile(path)
      guard unlink(path) == 0 else {
        throw SnapshotError(path, [SnapshotFault("file", "cannot be removed: \(String(cString: strerror(errno)))")])
      }
    } catch {
      return try fail(job, error)
    }
    return end(job)
  }

  /// What the next answer has to wait for, once: a command that was carried out has begun it.
  public func takeAwaited() -> (any Awaited)? {
    defer { awaited = nil }
    return awaited.flatMap { $0.isOver && $0.failure == nil ? nil : $0 }
  }

  private func follow(_ snapshot: SnapshotJob, _ job: Job) {
    job.measure = { (snapshot.bytesDone, snapshot.total) }
    job.cancel = { snapshot.cancel() }
    let poller = host.poller
    var watch: Watch?
    watch = poller.watch(snapshot.descriptor, .read) { [weak self] _ in
      if let watch { poller.remove(watch) }
      watch = nil
      switch snapshot.result {
      case .success, nil: self?.jobs.end(job)
      case .failure(let error): self?.jobs.end(job, Self.words(error))
      }
    }
  }

  /// Whoever has named the job asks it for the error; others are told at once.
  private func fail(_ job: Job, _ error: SnapshotError) throws(CommandError) -> Job {
    jobs.end(job, Self.words(error))
    if job.dismissesItself { throw Self.words(error) }
    return job
  }

  /// It is done already.
  private func end(_ job: Job) -> Job {
    job.measure = { (1, 1) }
    jobs.end(job)
    return job
  }

  private static func words(_ error: SnapshotError) -> CommandError {
    CommandError(error.description.split(separator: "\n").joined(separator: "; "))
  }
}
