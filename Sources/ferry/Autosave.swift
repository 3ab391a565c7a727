import Glibc
import Host
import Monitor
import Snapshots

/// Saves the machine by itself: every so many seconds of the host while it runs, and whenever SIGUSR1 arrives.
final class Autosave {
  private let option: AutosaveOption
  private let control: Control
  private let poller: Poller
  /// What the timer saves, and what people ask for, which stays.
  private let timed: SnapshotSeries
  private let asked: SnapshotSeries

  init(_ option: AutosaveOption, name: String?, _ control: Control, _ poller: Poller) {
    self.option = option
    self.control = control
    self.poller = poller
    let prefix = option.prefix ?? name.map { $0.replacing("/", with: "_") } ?? "ferry"
    timed = SnapshotSeries(prefix: prefix + "-auto")
    asked = SnapshotSeries(prefix: prefix)
    Signals.catchSnapshotRequests()
    wait()
  }

  /// Snapshots that are there, newest first.
  var files: [String] { asked.files + timed.files }

  /// Saves the machine because SIGUSR1 has arrived.
  func saveForSignal() {
    save(asked, "SIGUSR1") { StandardError.write("ferry: \($0) is written\n") }
  }

  private func wait() {
    guard let seconds = option.seconds else { return }
    poller.after(Int64(seconds) * 1_000_000_000) { [weak self] in
      guard let self else { return }
      // A machine that stands still is in the last snapshot already.
      if control.machine.isRunning { save(timed, "autosave") { [weak self] _ in self?.removeOld() } }
      wait()
    }
  }

  private func save(_ series: SnapshotSeries, _ comment: String, _ done: @escaping (String) -> Void) {
    do throws(CommandError) {
      let job = try control.saveSnapshot(to: series.next(HostClock.wall), comment: comment)
      job.whenOver {
        if let failure = job.failure { StandardError.write("ferry: \(failure)\n") } else { done(job.path) }
      }
    } catch {
      StandardError.write("ferry: \(error)\n")
    }
  }

  private func removeOld() {
    guard let keep = option.keep else { return }
    for path in timed.files.dropFirst(keep) { unlink(path) }
  }
}
