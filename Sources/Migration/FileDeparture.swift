import Boards
import Foundation
import Host
import Snapshots

/// A machine on its way into a snapshot file, for whoever goes on with it later: `file:PATH`. The guest stands still
/// meanwhile; it runs on here if that comes to nothing. On the machine's thread.
final class FileDeparture {
  let shared: Shared
  private let machine: Machine
  private let poller: Poller
  private let wasRunning: Bool
  private var job: SnapshotJob?
  private var watch: Watch?
  private let start = HostClock.monotonic
  private let onEnd: (MigrationError?) -> Void

  /// - Throws: `MigrationError` when it cannot begin; the guest runs on then.
  init(
    _ machine: Machine, to path: String, _ notes: SnapshotNotes, _ options: SnapshotOptions, poller: Poller,
    parameters: MigrationParameters, onEnd: @escaping (MigrationError?) -> Void
  ) throws(MigrationError) {
    var progress = MigrationProgress()
    progress.status = .device
    progress.start = start
    progress.memory = machine.allBlocks.reduce(0) { $0 + UInt64($1.size) }
    shared = Shared(progress, parameters)
    self.machine = machine
    self.poller = poller
    self.onEnd = onEnd
    wasRunning = machine.isRunning
    machine.pause(.finishMigrate)
    let failures = machine.releaseDisks()
    guard failures.isEmpty else {
      machine.takeOver(running: wasRunning)
      throw MigrationError(failures)
    }
    do throws(SnapshotError) {
      job = try machine.beginSave(to: path, notes, options)
    } catch {
      stay()
      throw MigrationError(error.faults.map { "\(path): \($0)" })
    }
    guard let job else { return }
    watch = poller.watch(job.descriptor, .read) { [weak self] _ in self?.ended(job) }
  }

  deinit {
    job?.cancel()
    if let watch { poller.remove(watch) }
  }

  /// How far it is.
  var progress: MigrationProgress {
    var progress = shared.progress
    if let job, progress.status.isActive {
      progress.transferred = UInt64(job.bytesDone)
      progress.remaining = progress.memory - min(progress.memory, progress.transferred)
    }
    return progress
  }

  /// Gives it up, unless it is too late.
  func cancel() {
    shared.isCancelled = true
    job?.cancel()
  }

  private func stay() {
    let failures = machine.acquireDisks()
    if failures.isEmpty { machine.takeOver(running: wasRunning) } else { machine.pause(.ioError) }
  }

  private func ended(_ job: SnapshotJob) {
    if let watch { poller.remove(watch) }
    watch = nil
    let failure: SnapshotError? = if case .failure(let error)? = job.result { error } else { nil }
    shared.update { progress in
      progress.transferred = UInt64(job.bytesDone)
      progress.totalTime = HostClock.monotonic - start
      progress.downtime = progress.totalTime
    }
    if failure == nil {
      // It is in the file.
      _ = machine.takeInput()
      machine.pause(.postMigrate)
    } else {
      stay()
    }
    onEnd(failure.map { MigrationError($0.faults.map { "\(job.path): \($0)" }) })
  }
}
