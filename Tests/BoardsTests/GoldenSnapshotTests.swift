import Foundation
import MachineSample
import SavedState
import Snapshots
import Testing

@testable import Boards

/// Snapshots of every version of every board, made once and loaded for ever; `Golden/README.md` says how one is added.
@Suite(.serialized) struct GoldenSnapshotTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  private static let records = ProcessInfo.processInfo.environment["FERRY_RECORD_SNAPSHOTS"] != nil
  /// How long a machine runs on.
  private static let instructions = 200_000

  /// The names of all files, and of those that should be there.
  private static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let there = files.filter { $0.hasSuffix(SnapshotFormat.suffix) }.map { String($0.dropLast(6)) }
    let boards = SampleMachines.boards.flatMap { (try? SampleMachines.versions($0)) ?? [] }
    return Set(there + boards.map { "\($0.name)-\($0.version)" }).sorted()
  }()

  private static func path(_ name: String) -> String {
    folder.appending(path: name + SnapshotFormat.suffix).path
  }

  /// Makes the file of a new version: as much of the board in use as the built-in guest gets to.
  private static func record(_ name: String) throws {
    let boards = try SampleMachines.boards.flatMap { try SampleMachines.versions($0) }
    let board = try #require(boards.first { "\($0.name)-\($0.version)" == name }, "\(name) is no board")
    let machine = try SampleMachines.running(board.name, version: board.version) { setup in
      setup.epoch = 1_000_000_000_000_000_000
      guard board.name == "microvm" else { return }
      setup.cpus = 2
      setup.devices = [DeviceRequest(model: "isa-debug-exit", id: "exit", properties: ["iobase": "0xf4"])]
    }
    if board.name == "microvm" {
      // CMOS memory: the clock's, and from version 2 on the second bank.
      for (port, value) in [(0x70, 0x40), (0x71, 0x55), (0x72, 0x07), (0x73, 0x42)] as [(UInt64, UInt64)] {
        machine.ports.write(value, port, width: 1)
      }
    }
    var notes = SnapshotNotes()
    notes.comment = "the built-in guest of \(name)"
    notes.wallTime = 1_000_000_000_000_000_000
    notes.console = "> "
    try machine.save(to: path(name), notes, SnapshotOptions(compression: 19), as: board)
  }

  /// What a machine is like: the hash of its tree as its own board has it, and the root of its memory.
  private func digest(_ machine: Machine, _ folder: String) throws -> String {
    let root = try machine.save(to: folder + "/now.ferry", as: machine.board)
    let tree = XXH64.hash(try machine.save(as: machine.board).der())
    return
      "after \(Self.instructions) instructions: tree \(String(tree, radix: 16)), memory \(String(root, radix: 16))\n"
  }

  @Test(arguments: names) func `it loads, is what was saved, and goes on as ever`(name: String) throws {
    let path = Self.path(name)
    if Self.records, !FileManager.default.fileExists(atPath: path) { try Self.record(name) }
    try #require(FileManager.default.fileExists(atPath: path), "\(name) has no snapshot; see Golden/README.md")
    try SampleMachines.withFolder { folder in
      let file = try SnapshotFile(path)
      let contents = try file.contents()
      let (board, setup) = try contents.machine(file: path)
      #expect(board.fullName == name)
      let machine = try MachineBuilder(board: board, setup: setup, host: QuietHost()).build()
      try machine.load(file)
      #expect(try machine.save(as: machine.board).differences(to: contents.tree).map(\.description) == [])
      #expect(try machine.save(to: folder + "/again.ferry", as: machine.board) == file.header.root)
      _ = machine.run(instructions: Self.instructions)
      let text = Self.folder.appending(path: "\(name).txt")
      let digest = try digest(machine, folder)
      if Self.records { try digest.write(to: text, atomically: true, encoding: .utf8) }
      #expect(digest == (try String(contentsOf: text, encoding: .utf8)))
    }
  }

  /// The newest board whose devices are of the models that `board` has.
  private func newest(_ boards: [BoardDescription], like board: BoardDescription) throws -> BoardDescription {
    func models(_ board: BoardDescription) -> [String: String] {
      Dictionary(uniqueKeysWithValues: board.devices.map { ($0.name, $0.model) })
    }
    return try #require(boards.first { models($0) == models(board) })
  }

  @Test(arguments: names)
  func `it fits the board of its name as that is today, and the newest with such devices takes it over`(
    name: String
  ) throws {
    let contents = try SnapshotFile(Self.path(name)).contents()
    let header = contents.header
    let setup = try contents.machine(file: name).setup
    let boards = try SampleMachines.versions(header.board)
    let board = try #require(boards.first { $0.version == Int(header.boardVersion) })
    #expect(try MachineBuilder(board: board, setup: setup, host: QuietHost()).build().misfits(of: contents) == [])
    let newest = try MachineBuilder(
      board: try newest(boards, like: board), setup: setup, host: QuietHost()
    ).build()
    try newest.load(contents.tree)
    #expect(Catalogue.faults(of: contents.tree) == [])
  }

  @Test func `all of them together are small`() throws {
    let sizes = try Self.names.map { try SnapshotFile(Self.path($0)).header.fileLength }
    #expect(sizes.allSatisfy { $0 < 128 << 10 }, "\(sizes)")
  }
}
