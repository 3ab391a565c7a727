import Boards
import DeviceModel
import Foundation
import Host
import Monitor

/// A machine with its board's built-in guest, and somebody at its monitor.
final class HumanRig: ControlHost, HostEvents {
  enum Board: String, CaseIterable { case microvm, integratorcp }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let poller = Poller()
  private(set) var machine: Machine!
  private(set) var control: Control!
  private(set) var monitor: HumanMonitor!

  init(_ board: Board, cpus: Int = 1, equip: (inout MachineSetup) -> Void = { _ in }) throws {
    let file = Self.root.appending(path: "machines/\(board.rawValue).yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    let description = try BoardReader(text, file: file.path).versions()[0]
    var setup = MachineSetup()
    setup.memory = 16 << 20
    setup.cpus = cpus
    setup.clock = .instructions(rate: 100_000_000, paced: false)
    equip(&setup)
    machine = try MachineBuilder(board: description, setup: setup, host: self).build()
    let guest = board == .microvm ? "demo.elf" : "demo-arm.bin"
    let image = Self.root.appending(path: "roms/demo/\(guest)")
    try machine.useKernel(
      BootRequest(
        kernel: BootRequest.File(name: guest, bytes: [UInt8](try Data(contentsOf: image))), modules: [],
        commandLine: "", deviceTree: nil))
    try machine.powerOn()
    control = Control(machine, host: self)
    monitor = HumanMonitor(control)
  }

  /// What the monitor prints for `line`.
  func callAsFunction(_ line: String) -> String {
    let text = monitor.run(line)
    guard let job = control.takeAwaited() else { return text }
    while !job.isOver { poller.poll(timeout: 10_000_000) }
    return text + (job.failure.map { "\($0)\n" } ?? "")
  }

  /// The line of what `command` prints that begins with `start`, without spaces at its ends.
  func line(_ command: String, _ start: String) -> String {
    let lines = monitor.run(command).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    return lines.first { $0.hasPrefix(start) } ?? "no line begins with \(start): \(lines)"
  }

  // MARK: ControlHost

  var name: String?
  var uuid: String?
  var drives: [DriveStatus] = []
  var characterDevices: [CharacterDeviceStatus] = []
  lazy var networks = Networks(poller: poller)
  var boards: [BoardDescription] = []
  var commandLineOptions: [CommandLineOption] = []
  var picture: (any Picture)?
  var console = ""
  let printed = Transcript()
  var transcript: Transcript? { printed }
  var snapshotFiles: [String] = []
  var logSwitches = [
    LogSwitch(name: "int", summary: "interrupts and exceptions", isOn: true),
    LogSwitch(name: "unmapped", summary: "accesses that nothing answers", isOn: false),
  ]
  private(set) var logged: [String] = []
  private(set) var logFiles: [String?] = []
  private(set) var servers: [String] = []

  func makePicture() -> (any Picture)? { picture }

  func setLog(_ text: String) throws(CommandError) {
    guard text != "nix" else { throw CommandError("unknown item") }
    logged.append(text)
  }

  func setLogFile(_ path: String?) throws(CommandError) { logFiles.append(path) }

  func setDebugServer(_ text: String) throws(CommandError) -> String {
    servers.append(text)
    return "waiting at \(text)"
  }

  // MARK: HostEvents

  var monotonic: Int64 = 0
  var isCongested: Bool { false }
  var onPoll: (() -> Void)?

  func poll(timeout: Int64?) {
    monotonic += timeout ?? 1_000_000
    onPoll?()
  }
}

/// Two dots.
final class TwoDots: Picture {
  let width = 2
  let height = 1
  let pixels: [UInt32] = [0xff0000, 0x00ff00]

  func update(_ now: Int64) -> Bool { true }
}
