import DeviceModel
import Glibc
import Host
import Migration
import SavedState
import Testing

@testable import Boards
@testable import Monitor

/// A machine with QMP clients, in one process and on one thread.
final class QMPRig: HostEvents, ControlHost {
  let board: QMPBoard
  let poller = Poller()
  private(set) var machine: Machine!
  private(set) var control: Control!
  private(set) var server: QMPServer!
  /// Called after each poll while the machine runs.
  var onPoll: () -> Void = {}
  var name: String? = "test"
  var uuid: String? = "550e8400-e29b-41d4-a716-446655440000"
  var drives: [DriveStatus] = [DriveStatus(id: "d0", path: "/disk", size: 1 << 20, isReadOnly: true)]
  var characterDevices: [CharacterDeviceStatus] = [
    CharacterDeviceStatus(id: "serial0", description: "null", isOpen: true)
  ]
  var commandLineOptions = [CommandLineOption(name: "qmp", keys: ["server", "wait"])]
  let logSwitches: [LogSwitch] = []
  var console = ""
  let printed = Transcript()
  var transcript: Transcript? { printed }
  var snapshotFiles: [String] = []

  /// With it the run loop looks at its host after every round of turns, as if they took a millisecond each.
  var polls = false
  private var rounds: Int64 = 0

  init(_ board: QMPBoard, commandLine: String = "", migrates: Bool = false) throws {
    self.board = board
    machine = try board.machine(host: self, commandLine: commandLine)
    control = Control(
      machine, host: self, migrator: migrates ? Migrator(machine, poller: poller) : nil)
    control.humanMonitor = { line, cpu in "\(line) on \(cpu)\r\n" }
    server = QMPServer(control)
  }

  /// One more client.
  func connect() -> QMPPeer { QMPPeer(self) }

  /// One that has begun its conversation.
  func client() throws -> QMPPeer {
    let peer = connect()
    _ = try peer.next()
    #expect(try peer.ask(#"{"execute": "qmp_capabilities"}"#) == .object(["return": .object([])]))
    return peer
  }

  // MARK: HostEvents

  var monotonic: Int64 {
    guard polls else { return poller.monotonic }
    rounds += 1_000_000
    return rounds
  }
  var isCongested: Bool { false }
  func poll(timeout: Int64?) {
    poller.poll(timeout: min(timeout ?? 1_000_000, 1_000_000))
    onPoll()
  }

  // MARK: ControlHost

  var boards: [BoardDescription] { QMPBoard.allCases.flatMap { (try? $0.versions) ?? [] } }
  func makePicture() -> (any Picture)? { Checks() }
  func setLog(_ text: String) throws(CommandError) { throw CommandError("no log here") }
  func setLogFile(_ path: String?) throws(CommandError) { throw CommandError("no log here") }
  func setDebugServer(_ text: String) throws(CommandError) -> String { throw CommandError("no debugger here") }

  private final class Checks: Picture {
    let width = 3
    let height = 2
    let pixels: [UInt32] = [0x010203, 0xffffff, 0, 0, 0xffffff, 0x040506]
    func update(_ now: Int64) -> Bool { true }
  }
}
