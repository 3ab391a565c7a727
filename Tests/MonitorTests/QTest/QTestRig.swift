import Boards
import DeviceModel
import Foundation
import Monitor

/// A machine without a guest, and a client of its test protocol.
final class QTestRig {
  /// A host on which nothing happens.
  private final class StillHost: HostEvents {
    let monotonic: Int64 = 0
    let isCongested = false
    var onPoll: () -> Void = {}

    func poll(timeout: Int64?) { onPoll() }
  }

  let machine: Machine
  let test: QTest
  /// All that the log was told.
  private(set) var log: () -> String
  private let host = StillHost()
  private var lines: [String] = []

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The board called `name`, with nothing to start from.
  init(_ name: String = "microvm", _ equip: (inout MachineSetup) -> Void = { _ in }) throws {
    let file = Self.root.appending(path: "machines/\(name).yaml")
    let board = try BoardReader(try String(contentsOf: file, encoding: .utf8), file: "\(name).yaml").versions()[0]
    var setup = MachineSetup()
    setup.clock = .commanded
    equip(&setup)
    machine = try MachineBuilder(board: board, setup: setup, host: host).build()
    try machine.powerOn()
    var told = ""
    var time: Int64 = 0
    test = QTest(
      machine,
      log: QTestLog {
        time += 1_500_000
        return time
      } _: {
        told += $0
      })
    log = { told }
    test.send = { [unowned self] in lines.append(String($0.dropLast())) }
    test.begin()
  }

  /// Sends a line; all lines that came back by the time of its answer. The machine runs on until it has done what the
  /// line made it do.
  func exchange(_ line: String) -> [String] {
    lines = []
    test.execute(Array(line.utf8)[...])
    while test.isBusy {
      test.proceed()
      if machine.hasRequest { settle() }
    }
    return lines
  }

  /// The answer to a line.
  func answer(_ line: String) -> String { exchange(line).last ?? "" }

  /// Lets the machine do what it has been asked to; nothing of the guest executes.
  func settle() {
    host.onPoll = { [unowned self] in machine.quit() }
    _ = machine.run()
    lines.removeAll { $0.isEmpty }
  }
}
