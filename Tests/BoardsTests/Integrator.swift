import Foundation
import GuestMemory
import MachineSample

@testable import Boards

/// The board `integratorcp` from its own file.
enum Integrator {
  static let text: String = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return (try? String(contentsOf: root.appending(path: "machines/integratorcp.yaml"), encoding: .utf8)) ?? ""
  }()

  static func board() throws -> BoardDescription {
    try BoardReader(text, file: "integratorcp.yaml").versions()[0]
  }

  /// A machine that is not powered on yet.
  static func machine(_ equip: (inout MachineSetup) -> Void = { _ in }) throws -> Machine {
    var setup = MachineSetup()
    setup.clock = .instructions(rate: 100_000_000, paced: false)
    setup.memory = 16 << 20
    setup.noReboot = true
    equip(&setup)
    return try MachineBuilder(board: try board(), setup: setup, host: QuietHost()).build()
  }
}
