package import Boards
package import DeviceModel
package import Foundation

/// Machines of both boards that run their built-in guests.
package enum SampleMachines {
  package static let boards = ["microvm", "integratorcp"]
  package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// All versions of a board, the newest first.
  package static func versions(_ name: String) throws -> [BoardDescription] {
    let file = root.appending(path: "machines/\(name).yaml")
    return try BoardReader(try String(contentsOf: file, encoding: .utf8), file: file.path).versions()
  }

  /// The newest version of a board, or an older one, which has to be there.
  package static func board(_ name: String, version: Int? = nil) throws -> BoardDescription {
    guard let board = try versions(name).first(where: { version == nil || $0.version == version }) else {
      throw BoardError("\(name) has no version \(version ?? 0)")
    }
    return board
  }

  /// A machine that is not powered on yet, of the newest version of a board or of another.
  package static func bare(
    _ name: String, version: Int? = nil, host: any HostEvents = QuietHost(),
    _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> Machine {
    var setup = MachineSetup()
    setup.clock = .instructions(rate: 100_000_000, paced: false)
    setup.memory = 16 << 20
    equip(&setup)
    return try MachineBuilder(board: try board(name, version: version), setup: setup, host: host).build()
  }

  /// A machine in which the guest has executed `count` instructions.
  package static func running(
    _ name: String, version: Int? = nil, instructions count: Int = 300_000, host: any HostEvents = QuietHost(),
    _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> Machine {
    let machine = try bare(name, version: version, host: host, equip)
    try useGuest(machine, name)
    try machine.powerOn()
    _ = machine.run(instructions: count)
    return machine
  }

  /// Has `machine`, the `name`d board's, start its built-in guest at a reset.
  package static func useGuest(_ machine: Machine, _ name: String) throws {
    let path = "roms/demo/" + (name == "microvm" ? "demo.elf" : "demo-arm.bin")
    let bytes = [UInt8](try Data(contentsOf: root.appending(path: path)))
    let kernel = BootRequest.File(name: path, bytes: bytes)
    try machine.useKernel(BootRequest(kernel: kernel, commandLine: "quiet run=bench~memory~1"))
  }

  /// A path in a folder that is gone when `body` has returned.
  package static func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "boards-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }
}
