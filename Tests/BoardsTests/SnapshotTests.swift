import Foundation
import GuestMemory
import MachineSample
import SavedState
import Snapshots
import Testing

@testable import Boards

/// Whole machines in snapshot files.
struct SnapshotTests {
  private func notes() -> SnapshotNotes {
    var notes = SnapshotNotes()
    notes.comment = "as it was"
    notes.wallTime = 1_700_000_000_000_000_000
    notes.console = "# "
    return notes
  }

  @Test(arguments: SampleMachines.boards)
  func `a board's canonical text is a board file that says the same`(name: String) throws {
    let file = SampleMachines.root.appending(path: "machines/\(name).yaml")
    for board in try BoardReader(try String(contentsOf: file, encoding: .utf8), file: "").versions() {
      let text = board.canonicalText
      let again = try BoardReader(text, file: "").versions()
      #expect(again.count == 1)
      #expect(again[0].canonicalText == text)
      let lines = try #require(BoardLines(text))
      #expect(lines.differences(to: lines).isEmpty)
      #expect(lines.values["version"] == "\(board.version)")
    }
  }

  @Test(arguments: [
    "a: &x b\n", "a: *x\n", "a: !t b\n", "a: |\n", "<<: b\n", "a:  b\n", "a: b", " a: b\n", "    a: b\n",
    "a: b\n a: c\n",
    "a: b\na: c\n", "- a\n", "{a: b}\n", "a: [b\n", "a: \"b\n", "a: [b,c]\n", "\n", "a: b # c\n", "? a\n",
    "a: \"\\\"\n",
  ])
  func `what is no canonical text never reaches the reader of YAML`(text: String) {
    #expect(BoardLines(text) == nil)
  }

  @Test(arguments: SampleMachines.boards)
  func `saved, loaded into a fresh machine and saved again gives the same file`(name: String) throws {
    try SampleMachines.withFolder { folder in
      let machine = try SampleMachines.running(name)
      let root = try machine.save(to: folder + "/a.ferry", notes())
      let other = try SampleMachines.bare(name)
      // Nothing of what was there before may stay.
      other.ram.unguarded.advanced(by: 1 << 20).initializeMemory(as: UInt8.self, repeating: 0x55, count: 1 << 20)
      try other.load(try SnapshotFile(folder + "/a.ferry"))
      #expect(try other.save(to: folder + "/b.ferry", notes()) == root)
      let files = try ["a", "b"].map { try Data(contentsOf: URL(filePath: "\(folder)/\($0).ferry")) }
      #expect(files[0] == files[1])
      #expect(machine.allBlocks.map(\.contents) == other.allBlocks.map(\.contents))
      _ = machine.run(instructions: 500_000)
      _ = other.run(instructions: 500_000)
      #expect(machine.save().differences(to: other.save()).map(\.description) == [])
      #expect(memcmp(machine.ram.unguarded, other.ram.unguarded, machine.ram.size) == 0)
    }
  }

  @Test(arguments: SampleMachines.boards)
  func `a machine is made from the file alone, and goes on as the one that stayed`(name: String) throws {
    try SampleMachines.withFolder { folder in
      let machine = try SampleMachines.running(name) { $0.epoch = 1_234_567_890_000_000_000 }
      try machine.save(to: folder + "/a.ferry", notes(), SnapshotOptions(compression: 1))
      let file = try SnapshotFile(folder + "/a.ferry")
      let (board, setup) = try file.contents().machine(file: file.path)
      #expect(board.fullName == machine.board.fullName)
      let other = try MachineBuilder(board: board, setup: setup, host: QuietHost()).build()
      try other.load(file)
      #expect(other.epoch == machine.epoch)
      _ = machine.run(instructions: 400_000)
      _ = other.run(instructions: 400_000)
      #expect(machine.save().differences(to: other.save()).map(\.description) == [])
    }
  }

  @Test func `a difference to an earlier save holds what the guest has changed`() throws {
    try SampleMachines.withFolder { folder in
      let machine = try SampleMachines.running("microvm")
      try machine.save(to: folder + "/a.ferry", notes())
      _ = machine.run(instructions: 200_000)
      let base = try SnapshotMemory(try SnapshotFile(folder + "/a.ferry"))
      try machine.save(to: folder + "/b.ferry", notes(), SnapshotOptions(base: base))
      let other = try SampleMachines.bare("microvm")
      try other.load(try SnapshotFile(folder + "/b.ferry"))
      #expect(other.save() == machine.save())
      #expect(machine.allBlocks.map(\.contents) == other.allBlocks.map(\.contents))
    }
  }

  /// What loading `file` into `machine` says; the machine must be as it was.
  private func refusal(_ machine: Machine, _ path: String) throws -> [String] {
    let before = (machine.save(), machine.allBlocks.map(\.contents))
    defer {
      #expect(machine.save() == before.0)
      #expect(machine.allBlocks.map(\.contents) == before.1)
    }
    do throws(SnapshotError) {
      try machine.load(try SnapshotFile(path))
      return []
    } catch {
      return error.faults.map(\.description)
    }
  }

  @Test func `everything that does not fit is told together, and nothing has changed`() throws {
    try SampleMachines.withFolder { folder in
      let path = folder + "/a.ferry"
      try SampleMachines.running("microvm") { $0.cpus = 2 }.save(to: path, notes())
      let other = try SampleMachines.running("microvm") {
        $0.memory = 32 << 20
        $0.cpuModel = "pentium3"
        $0.devices = [DeviceRequest(model: "isa-debug-exit", id: "exit", properties: ["iobase": "0xf4"])]
      }
      let said = try refusal(other, path)
      #expect(said.contains("/setup/memory: 16777216 in the file, 33554432 here"))
      #expect(said.contains("/setup/cpus: 2 in the file, 1 here"))
      #expect(said.contains("/setup/cpu: \"max\" in the file, \"pentium3\" here"))
      #expect(said.contains("memory ram: 16M in the file, 32M here"))
      #expect(said.contains { $0.hasPrefix("/machine/cpu1: ") })
      #expect(said.contains { $0.hasPrefix("/machine/exit: ") })
      #expect(said.contains { $0.hasPrefix("/setup/devices") })
    }
  }

  @Test func `another board is told as such`() throws {
    try SampleMachines.withFolder { folder in
      let path = folder + "/a.ferry"
      try SampleMachines.running("integratorcp").save(to: path, notes())
      let said = try refusal(try SampleMachines.running("microvm"), path)
      #expect(said.contains("board board: integratorcp in the file, microvm here"))
      #expect(said.contains { $0.hasPrefix("memory flash: 16M of ROM in the file, nothing here") })
    }
  }

  @Test func `damaged memory is found before anything changes`() throws {
    try SampleMachines.withFolder { folder in
      let path = folder + "/a.ferry"
      let machine = try SampleMachines.running("integratorcp")
      try machine.save(to: path, notes())
      var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      // The last byte of the memory that is not zero.
      let place = try #require(bytes.lastIndex { $0 != 0 })
      bytes[place] ^= 1
      try Data(bytes).write(to: URL(filePath: path))
      _ = machine.run(instructions: 1000)
      let said = try refusal(machine, path)
      #expect(said.count == 1)
      #expect(said.first?.hasPrefix("memory ") == true, "\(said)")
      #expect(said.first?.contains("checksum") == true)
    }
  }

  @Test func `an older board version is saved, and what it cannot hold is refused with the reason`() throws {
    try SampleMachines.withFolder { folder in
      let file = SampleMachines.root.appending(path: "machines/microvm.yaml")
      let boards = try BoardReader(try String(contentsOf: file, encoding: .utf8), file: "").versions()
      let old = try #require(boards.first { $0.version == 1 })
      let machine = try SampleMachines.running("microvm", version: 2)
      try machine.save(to: folder + "/old.ferry", notes(), as: old)
      let snapshot = try SnapshotFile(folder + "/old.ferry")
      #expect(snapshot.header.boardVersion == 1)
      let (board, setup) = try snapshot.contents().machine(file: "")
      let other = try MachineBuilder(board: board, setup: setup, host: QuietHost()).build()
      try other.load(snapshot)
      #expect(other.board.fullName == "microvm-1")
      machine.ports.write(7, 0x72, width: 1)
      machine.ports.write(0x42, 0x73, width: 1)
      let error = #expect(throws: SnapshotError.self) {
        try machine.save(to: folder + "/old.ferry", notes(), as: old)
      }
      #expect(error?.description.contains("/machine/rtc/extended") == true)
      #expect(try SnapshotFile(folder + "/old.ferry").header.root == snapshot.header.root)
    }
  }

  // MARK: Another reader

  private func python(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  private static let hasZstandard: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", "import zstandard"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// A value as the Python reader prints it.
  private func show(_ value: StateValue) -> String {
    switch value {
    case .integer(let number), .enumeration(let number, _): "\(number)"
    case .bool(let flag): "\(flag)"
    case .bytes(let bytes):
      bytes.isEmpty ? "(no bytes)" : bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    case .text(let text): "\"\(text)\""
    case .list(let values): "[" + values.map(show).joined(separator: ", ") + "]"
    case .group(let group):
      "{" + group.attributes.map { "\($0.name) = \(show($0.value))" }.sorted().joined(separator: ", ") + "}"
    }
  }

  @Test(arguments: SampleMachines.boards)
  func `a reader in Python that knows only the format reads the same`(name: String) throws {
    try SampleMachines.withFolder { folder in
      let path = folder + "/a.ferry"
      let machine = try SampleMachines.running(name)
      try machine.save(to: folder + "/base.ferry", notes())
      _ = machine.run(instructions: 50_000)
      let base = try SnapshotMemory(try SnapshotFile(folder + "/base.ferry"))
      try machine.save(to: path, notes(), SnapshotOptions(base: base))
      let script = SampleMachines.root.appending(path: "Tests/SnapshotsTests/snapshot.py").path
      let (status, output) = try python([script, path])
      #expect(status == 0, "\(output)")
      let lines = output.split(separator: "\n").map(String.init)
      let contents = try SnapshotFile(path).contents()
      #expect(lines.contains("board: \(name)"))
      #expect(lines.contains("comment: as it was"))
      #expect(output.contains(contents.boardText))
      var place = lines.startIndex
      for node in contents.tree.children {
        place = try #require(lines[place...].firstIndex(of: "/machine/\(node.name) \(node.model) \(node.version)"))
        let end = lines[(place + 1)...].firstIndex { !$0.hasPrefix("  ") } ?? lines.endIndex
        let printed = lines[(place + 1)..<end].map { $0.dropFirst(2) }
        // Sets are ordered by their encoding in the file, by name here.
        let simple = node.state.attributes.filter { if case .group = $0.value { false } else { true } }
        for attribute in simple where !"\(attribute.value)".contains("group") {
          #expect(printed.contains("\(attribute.name) = \(show(attribute.value))"), "\(node.name)")
        }
        #expect(printed.count == node.state.attributes.count, "\(node.name)")
      }
      for block in machine.allBlocks {
        let (status, said) = try python([script, path, block.name, folder + "/memory"])
        #expect(status == 0, "\(said)")
        let dumped = try Data(contentsOf: URL(filePath: folder + "/memory"))
        #expect(dumped == Data(bytes: block.unguarded, count: block.size), "\(block.name)")
      }
    }
  }

  @Test(.enabled(if: hasZstandard, "python3 has no module zstandard"))
  func `the reader in Python reads compressed chunks`() throws {
    try SampleMachines.withFolder { folder in
      let machine = try SampleMachines.running("microvm")
      try machine.save(to: folder + "/a.ferry", notes(), SnapshotOptions(compression: 3))
      let script = SampleMachines.root.appending(path: "Tests/SnapshotsTests/snapshot.py").path
      let (status, said) = try python([script, folder + "/a.ferry", "ram", folder + "/memory"])
      #expect(status == 0, "\(said)")
      let dumped = try Data(contentsOf: URL(filePath: folder + "/memory"))
      #expect(dumped == Data(bytes: machine.ram.unguarded, count: machine.ram.size))
    }
  }
}
