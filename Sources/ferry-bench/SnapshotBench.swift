import Foundation
import Host

/// Measures snapshots of Debian with 1 GiB of memory, 800 MiB of which hold data, on Ferry and in turn on QEMU.
struct SnapshotBench {
  let site: Site

  /// Prints the medians.
  func run() throws { try site.withFolder(runAll) }

  private func runAll() throws {
    let mine = try measure(.ferry(site.ferry, kernel: site.guests, folder: site.folder))
    let other = site.withQEMU ? try measure(.qemu(kernel: site.guests, folder: site.folder)) : nil
    for row in Row.allCases {
      var text = row.rawValue + ": " + show(mine, row)
      if let other { text += ", QEMU " + show(other, row) }
      print(text)
    }
  }

  /// What is measured; all in milliseconds.
  private enum Row: String, CaseIterable {
    case usual = "longest silence of the guest, not being saved"
    case silence = "longest silence while it is saved"
    case stop = "what of that it stands still"
    case save = "savevm to its end"
    case copy = "cp --sparse=always of the file, and fsync"
    case restore = "start to the first output of the guest, restored"
  }

  private func measure(_ subject: SnapshotSubject) throws -> [Row: [Double]] {
    let guest = try GuestProcess(subject.start())
    try guest.wait(for: "BOOT-OK", seconds: 300)
    try guest.wait(for: "/ # ", seconds: 30)
    try guest.fillMemory()
    // Memory that changes, behind a guest that prints without end.
    let busy = "(while :; do cp /m/3 /m/copy; done) & yes 0123456789"
    try guest.type("\(busy)\n")
    try guest.wait(for: "0123456789\r\n0123456789", seconds: 60)
    var rows: [Row: [Double]] = [:]
    func add(_ row: Row, seconds: Double) { rows[row, default: []].append(seconds * 1000) }
    _ = try guest.longestSilence(for: 2)
    for _ in 0..<site.pairs {
      add(.usual, seconds: try guest.longestSilence(for: 1))
      var (seconds, stop) = (0.0, 0.0)
      site.memory.fetch()
      let silence = try guest.longestSilence {
        let started = HostClock.monotonic
        stop = try subject.save(guest)
        seconds = Double(HostClock.monotonic - started) / 1e9
      }
      add(.silence, seconds: silence)
      add(.stop, seconds: stop)
      add(.save, seconds: seconds)
      site.memory.fetch()
      if let copy = try subject.copySeconds() { add(.copy, seconds: copy) }
    }
    guest.kill()
    for _ in 0..<site.pairs {
      let restored = try GuestProcess(subject.restore())
      add(.restore, seconds: try restored.waitForOutput(seconds: 300))
      restored.kill()
    }
    return rows
  }

  private func show(_ values: [Row: [Double]], _ row: Row) -> String {
    ferry_bench.show(median(values[row] ?? []), digits: 1) + " ms"
  }
}
