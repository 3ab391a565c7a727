import Boards
import GuestMemory
import Host
import Snapshots

/// The machine and the program around it.
extension HumanMonitor {
  /// `info status`.
  var statusText: String {
    let state = control.machine.runState
    return "VM status: \(state == .running || state == .paused ? state.rawValue : "paused (\(state.rawValue))")\n"
  }

  /// `info version`.
  var versionText: String { "Ferry; commands and QMP as of QEMU 7.2.0\n" }

  /// `info block`.
  var blockText: String {
    let drives = control.host.drives
    var text = drives.map { drive in
      "\(drive.id): \(drive.path) (raw\(drive.isReadOnly ? ", read-only" : "")), \(drive.size) bytes"
        + "\(users(of: drive.id, as: "drive"))\n"
    }.joined()
    for device in control.machine.placed {
      guard device.model.backends.contains("drive") else { continue }
      let slot = device.backends["drive"]
      if !drives.contains(where: { $0.id == slot }) { text += "\(device.name): [not inserted]\n" }
    }
    return text.isEmpty ? "There are no disks\n" : text
  }

  private func users(of id: String, as backend: String) -> String {
    let users = control.machine.placed.filter { $0.backends[backend] == id }.map(\.name)
    return users.isEmpty ? ", used by nothing" : ", used by \(users.joined(separator: " "))"
  }

  /// `info chardev`.
  var characterText: String {
    let devices = control.host.characterDevices
    guard !devices.isEmpty else { return "There are no character back ends\n" }
    return devices.map { "\($0.id): \($0.description)\($0.isOpen ? "" : " (not in use)")\n" }.joined()
  }

  /// `info network`.
  var networkText: String {
    let networks = control.host.networks
    let cards = control.machine.placed.filter { Control.networkEnd(of: $0) != nil || Control.hasNetwork($0) }
    var text = cards.map { card in
      let address = card.parameters["mac"].map { ", \($0)" } ?? ""
      let end = Control.networkEnd(of: card)
      return "\(card.name): \(card.model.name)\(address), \(end ?? "no back end")\n"
    }.joined()
    if cards.isEmpty { text = "The board \(control.machine.board.name) has no network interface\n" }
    for end in networks.all {
      text += "\(end.name): \(end.summary), link \(end.isLinkUp ? "up" : "down"), \(end.sent) frames from the guest, "
      text += "\(end.received) to it, \(end.dropped) lost\n"
      if let user = end as? UserNetwork { text += user.forwards.map { "  hostfwd \($0)\n" }.joined() }
    }
    return text
  }

  /// `info roms`.
  var romText: String {
    let roms = control.machine.memory.regions.compactMap { region -> String? in
      guard case .memory(let block, _) = region.content, block.isReadOnly else { return nil }
      return "addr=\(Columns.hex(region.base, digits: 16)) size=0x\(Columns.hex(region.size, digits: 6)) mem=rom "
        + "name=\"\(region.name)\"\n"
    }
    return roms.isEmpty ? "There is no ROM: the kernel was put into RAM\n" : roms.joined()
  }

  /// `info snapshots`: those in the folder where snapshots go by themselves, newest first.
  var snapshotText: String {
    let files = control.host.snapshotFiles
    guard !files.isEmpty else { return "There are no snapshots: savevm FILE writes one\n" }
    let width = (files.map(\.count).max() ?? 0) + 1
    var text = Columns.left("FILE", width) + Columns.left("BOARD", 16) + Columns.left("SAVED (UTC)", 21) + "COMMENT\n"
    for path in files {
      guard let header = try? SnapshotFile(path).header else {
        text += Columns.left(path, width) + "damaged: see ferry snapshot verify\n"
        continue
      }
      text += Columns.left(path, width) + Columns.left("\(header.board)-\(header.boardVersion)", 16)
      let comment = header.comment.prefix { !$0.isNewline }
      text += Columns.left(SnapshotSeries.text(header.wallTime), 21) + comment + "\n"
    }
    return text
  }

  /// `info jobs`.
  var jobText: String {
    let jobs = control.jobs.all
    guard !jobs.isEmpty else { return "There are no jobs\n" }
    return jobs.map { job in
      let (done, total) = job.progress
      let state = job.failure.map { ": \($0)" } ?? (job.isOver ? "" : " \(done >> 20) of \(total >> 20) MiB")
      let stood = job.downtime.map { ", the guest stood for \($0 / 1000) us" } ?? ""
      return "\(job.id): \(job.kind.rawValue) \(job.path): \(job.status.rawValue)\(state)\(stood)\n"
    }.joined()
  }

  /// Says how a job ended that nobody waits for.
  func follow(_ job: Job) {
    let notify = notify
    job.whenOver {
      notify(job.failure.map { "\($0)\n" } ?? "\(job.path) is written\n")
    }
  }

  /// `sendkey`.
  func sendKeys(_ text: String, holding milliseconds: Int64) throws(CommandError) {
    var codes: [UInt16] = []
    for word in text.split(separator: "-", omittingEmptySubsequences: false) {
      if word.hasPrefix("0x"), let code = UInt16(word.dropFirst(2), radix: 16), code > 0, code <= 0xff {
        codes.append(code < 0x80 ? code : 0xe000 | code & 0x7f)
      } else {
        codes.append(try control.keyCode(String(word)))
      }
    }
    try control.sendKeys(codes: codes, holding: milliseconds)
  }
}
