import Foundation

@testable import Boards

/// Machines of both boards that run their built-in guests, for tests of snapshots.
enum SnapshotMachines {
  static let boards = ["microvm", "integratorcp"]
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// All versions of a board, the newest first.
  static func versions(_ name: String) throws -> [BoardDescription] {
    let file = root.appending(path: "machines/\(name).yaml")
    return try BoardReader(try String(contentsOf: file, encoding: .utf8), file: file.path).versions()
  }

  /// The newest version of a board.
  static func board(_ name: String) throws -> BoardDescription { try versions(name)[0] }

  /// A machine that is not powered on yet, of the newest version of a board or of another.
  static func bare(
    _ name: String, version: Int? = nil, _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> Machine {
    let boards = try versions(name)
    let board = boards.first { $0.version == version } ?? boards[0]
    var setup = MachineSetup()
    setup.clock = .instructions(rate: 100_000_000, paced: false)
    setup.memory = 16 << 20
    equip(&setup)
    return try MachineBuilder(board: board, setup: setup, host: QuietHost()).build()
  }

  /// A machine in which the guest has executed `count` instructions.
  static func running(
    _ name: String, version: Int? = nil, instructions count: Int = 300_000,
    _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> Machine {
    let machine = try bare(name, version: version, equip)
    let path = "roms/demo/" + (name == "microvm" ? "demo.elf" : "demo-arm.bin")
    let bytes = [UInt8](try Data(contentsOf: root.appending(path: path)))
    let kernel = BootRequest.File(name: path, bytes: bytes)
    try machine.useKernel(BootRequest(kernel: kernel, commandLine: "quiet run=bench~memory~1"))
    try machine.powerOn()
    _ = machine.run(instructions: count)
    return machine
  }

  /// All memory of `machine`, by block.
  static func memory(_ machine: Machine) -> [[UInt8]] {
    machine.allBlocks.map(\.contents)
  }

  /// A path in a folder that is gone when `body` has returned.
  static func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "boards-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }
}
