import Foundation
import Host

/// Measures snapshots of Debian with 1 GiB of memory, 800 MiB of which hold data, on Ferry and in turn on QEMU.
struct SnapshotBench {
  private let ferry: String
  private let guests: String
  private let folder: String
  private let pairs: Int
  private let withQEMU: Bool

  /// `ferry` is the program, `guests` the folder with `vmlinuz` and `initrd.gz`.
  init(ferry: String, guests: String, pairs: Int, withQEMU: Bool) throws(HostError) {
    for file in [ferry, "\(guests)/vmlinuz", "\(guests)/initrd.gz"] where !HostFile.exists(file) {
      throw HostError("\(file) is not there")
    }
    self.ferry = ferry
    self.guests = guests
    self.pairs = pairs
    self.withQEMU = withQEMU
    folder = FileManager.default.temporaryDirectory.appending(path: "ferry-bench-\(getpid())").path
  }

  /// Prints the medians.
  func run() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let mine = try measure(.ferry(ferry, kernel: guests, folder: folder))
    let other = withQEMU ? try measure(.qemu(kernel: guests, folder: folder)) : nil
    for (index, row) in mine.enumerated() {
      let theirs = other.map { median($0[index].values) }
      var text = row.name + ": " + show(median(row.values)) + " ms"
      if let theirs { text += ", QEMU " + show(theirs) + " ms" }
      print(text)
    }
  }

  private typealias Row = (name: String, values: [Double])

  private func measure(_ subject: SnapshotSubject) throws -> [Row] {
    let guest = try GuestProcess(subject.start())
    try guest.wait(for: "BOOT-OK", seconds: 300)
    try guest.wait(for: "/ # ", seconds: 30)
    // Something that is neither zero nor the same everywhere, written by the guest itself.
    let fill = "cp /bin/busybox /m/0; for i in 1 2 3 4 5 6 7 8; do cat /m/* >/m/$i; done; cat /m/[0-7] >/m/9"
    try guest.type("mkdir /m; mount -t tmpfs -o size=900m none /m; \(fill); echo fil''led\n")
    try guest.wait(for: "\nfilled", seconds: 900)
    // Memory that changes, behind a guest that prints without end.
    let busy = "(while :; do cp /m/3 /m/copy; done) & yes 0123456789"
    try guest.type("\(busy)\n")
    try guest.wait(for: "0123456789\r\n0123456789", seconds: 60)
    var rows: [Row] = [
      ("longest silence of the guest, not being saved", []), ("longest silence while it is saved", []),
      ("what of that it stands still", []), ("savevm to its end", []),
      ("cp --sparse=always of the file, and fsync", []),
      ("start to the first output of the guest, restored", []),
    ]
    _ = try guest.longestSilence(for: 2)
    for _ in 0..<pairs {
      rows[0].values.append(try guest.longestSilence(for: 1) * 1000)
      var (seconds, stop) = (0.0, 0.0)
      Self.fetchMemory()
      rows[1].values.append(
        try guest.longestSilence {
          let started = HostClock.monotonic
          stop = try subject.save(guest)
          seconds = Double(HostClock.monotonic - started) / 1e9
        } * 1000)
      rows[2].values.append(stop * 1000)
      rows[3].values.append(seconds * 1000)
      Self.fetchMemory()
      if let copy = try subject.copySeconds() { rows[4].values.append(copy * 1000) }
    }
    guest.kill()
    for _ in 0..<pairs {
      let restored = try GuestProcess(subject.restore())
      rows[5].values.append(try restored.waitForOutput(seconds: 300) * 1000)
      restored.kill()
    }
    return rows
  }

  /// Has the host's free memory at hand. Where that is a virtual machine itself, it may have given it back, and what
  /// writes 1 GiB of files next would wait for it.
  private static func fetchMemory() {
    let size = 3 << 30
    guard let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), base != MAP_FAILED
    else { return }
    memset(base, 1, size)
    munmap(base, size)
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  private func show(_ value: Double) -> String {
    guard value.isFinite, value < 1e9 else { return "-" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
