/// An emulator whose migrations are measured: its command lines and commands.
struct MigrationSubject {
  let name: String
  private let program: String
  private let board: [String]
  private let incomingBoard: [String]
  private let folder: String
  /// What takes a limit of the bandwidth away that is there by default.
  private let unlimited: String?

  /// Ferry, with `program`, and what is in the folder `kernel`.
  static func ferry(_ program: String, kernel: String, megabytes: Int, folder: String) -> Self {
    MigrationSubject(
      name: "Ferry", program: program, board: ["run", "-m", "\(megabytes)"] + SnapshotSubject.boot(kernel),
      incomingBoard: ["run", "-m", "\(megabytes)"], folder: folder, unlimited: nil)
  }

  /// QEMU, which has to be given everything again at the other end.
  static func qemu(kernel: String, megabytes: Int, folder: String) -> Self {
    let board = ["-accel", "tcg", "-m", "\(megabytes)"] + SnapshotSubject.boot(kernel)
    return MigrationSubject(
      name: "QEMU", program: "/usr/bin/qemu-system-i386", board: board, incomingBoard: board, folder: folder,
      unlimited: "migrate_set_parameter max-bandwidth 100G")
  }

  private func options(_ number: Int) -> [String] {
    ["-display", "none", "-serial", "stdio", "-monitor", "none", "-qmp"]
      + ["unix:\(folder)/\(name)-\(number),server=on,wait=off"]
  }

  /// To boot the kernel; processes of this emulator are numbered.
  func start() -> SnapshotSubject.Launch {
    SnapshotSubject.Launch(program: program, arguments: board + options(0), monitor: "\(folder)/\(name)-0")
  }

  /// To wait for the machine at `uri`.
  func wait(at uri: String, number: Int) -> SnapshotSubject.Launch {
    SnapshotSubject.Launch(
      program: program, arguments: incomingBoard + options(number) + ["-incoming", uri],
      monitor: "\(folder)/\(name)-\(number)")
  }

  /// Before the first move of a process.
  func prepare(_ guest: GuestProcess) throws {
    if let unlimited { _ = try guest.execute("human-monitor-command", ["command-line": unlimited]) }
  }
}
