import Foundation
import Host

/// An emulator whose snapshots are measured: its command lines and commands.
struct SnapshotSubject {
  /// A command line, and where the monitor is then.
  struct Launch {
    let program: String
    let arguments: [String]
    let monitor: String
  }

  private let program: String
  private let folder: String
  private let options: [String]
  private let restoring: [String]
  private let monitor: [String]
  /// The file that a save writes, where it holds nothing else.
  private let file: String?

  private static let size = ["-m", "1024"]
  private var socket: String { "\(folder)/monitor" }

  static func boot(_ kernel: String) -> [String] {
    ["-kernel", "\(kernel)/vmlinuz", "-initrd", "\(kernel)/initrd.gz", "-append", "console=ttyS0 panic=-1 quiet"]
  }

  /// Ferry, with `program`, and what is in the folder `kernel`.
  static func ferry(_ program: String, kernel: String, folder: String) -> Self {
    let file = "\(folder)/saved.ferry"
    return SnapshotSubject(
      program: program, folder: folder,
      options: ["run", "-display", "none", "-serial", "stdio"] + size + boot(kernel),
      restoring: ["run", "-display", "none", "-serial", "stdio", "-loadvm", file],
      monitor: ["-monitor", "none", "-qmp", "unix:\(folder)/monitor,server=on,wait=off"], file: file)
  }

  /// QEMU, whose snapshots are inside a disk image, and which has to be given everything again to restore one.
  static func qemu(kernel: String, folder: String) throws -> Self {
    let image = "\(folder)/saved.qcow2"
    try run("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", image, "64M"])
    let options =
      ["-accel", "tcg", "-display", "none", "-serial", "stdio", "-drive", "file=\(image),if=none,id=saved"] + size
      + boot(kernel)
    return SnapshotSubject(
      program: "/usr/bin/qemu-system-i386", folder: folder, options: options,
      restoring: options + ["-loadvm", "saved"],
      monitor: ["-monitor", "none", "-qmp", "unix:\(folder)/monitor,server=on,wait=off"], file: nil)
  }

  /// To boot the kernel.
  func start() -> Launch { Launch(program: program, arguments: options + monitor, monitor: socket) }

  /// To go on from what was saved.
  func restore() -> Launch { Launch(program: program, arguments: restoring + ["-monitor", "none"], monitor: socket) }

  /// Saves; returns when that is done.
  ///
  /// - Returns: how long the guest stood still for it, in seconds.
  func save(_ guest: GuestProcess) throws -> Double {
    guard let file else {
      let started = HostClock.monotonic
      _ = try guest.execute("human-monitor-command", ["command-line": "savevm saved"])
      return Double(HostClock.monotonic - started) / 1e9
    }
    _ = try guest.execute("snapshot-save", ["job-id": "saving", "tag": file])
    while true {
      let jobs = try guest.execute("query-jobs") as? [[String: Any]]
      guard let job = jobs?.first else { throw HostError("the job is gone") }
      if let error = job["error"] { throw HostError("\(error)") }
      if job["status"] as? String == "concluded", let microseconds = job["x-downtime-us"] as? Double {
        _ = try guest.execute("job-dismiss", ["id": "saving"])
        return microseconds / 1e6
      }
      usleep(1000)
    }
  }

  /// How long a plain copy of the same bytes to the same place takes, in seconds; nil where there is no file of them.
  func copySeconds() throws -> Double? {
    guard let file else { return nil }
    let copy = file + ".copy"
    defer { unlink(copy) }
    let started = HostClock.monotonic
    try Self.run("/bin/cp", ["--sparse=always", file, copy])
    try Self.run("/bin/sync", [copy])
    return Double(HostClock.monotonic - started) / 1e9
  }

  private static func run(_ program: String, _ arguments: [String]) throws {
    let process = try Process.run(URL(filePath: program), arguments: arguments)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw HostError("\(program) \(arguments) failed") }
  }
}
