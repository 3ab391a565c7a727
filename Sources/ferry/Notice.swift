import Boards
import Monitor

/// What lies over the picture while the guest does not run, or something takes its time.
struct Notice {
  /// What it says; nothing while there is nothing to say.
  let lines: [String]

  init(_ control: Control) {
    var lines: [String] = []
    let machine = control.machine
    if let text = Self.text(machine.runState) { lines.append(text) }
    if [.paused, .prelaunch].contains(machine.runState) { lines.append("Ctrl-Alt-P lets it run") }
    for job in control.jobs.all where !job.isOver {
      let (done, total) = job.progress
      lines += [job.kind == .snapshotSave ? "Saving to \(job.path)" : "Loading \(job.path)", Self.bar(done, total)]
    }
    if let progress = control.migrator?.progress, progress.status.isActive {
      let (sent, left) = (Int(clamping: progress.transferred), Int(clamping: progress.remaining))
      lines.append("\(progress.isIncoming ? "Coming in" : "Moving"): \(progress.status.rawValue)")
      lines.append(
        progress.isIncoming ? "\(sent >> 20) MiB have come" : "\(Self.bar(sent, sent + left)), \(left >> 20) MiB left")
    }
    self.lines = lines
  }

  /// Why the guest does not run; nil while it does.
  private static func text(_ state: RunState) -> String? {
    switch state {
    case .running: nil
    case .prelaunch: "The guest has not been started"
    case .paused: "The guest is stopped"
    case .debug: "The debugger has stopped the guest"
    case .shutdown: "The guest has switched itself off"
    case .inMigrate: "Waiting for a machine to come in"
    case .finishMigrate: "The guest is stopped for the last part of its way"
    case .postMigrate: "The machine runs elsewhere now"
    case .saveVM: "The guest is stopped to be saved"
    case .restoreVM: "A state is being loaded"
    case .ioError: "A resource of the host has failed"
    case .internalError: "The guest cannot go on"
    }
  }

  /// What of all is done, as a bar and in percent.
  static func bar(_ done: Int, _ total: Int) -> String {
    let percent = total > 0 ? min(100, Int(Double(max(0, done)) / Double(total) * 100)) : 0
    return String(repeating: "█", count: percent / 5) + String(repeating: "░", count: 20 - percent / 5)
      + " \(percent) %"
  }
}
