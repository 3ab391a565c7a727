import Boards
import DeviceModel
import Foundation
import Snapshots
import Testing

/// `ferry snapshot …` as users call it.
struct SnapshotCommandTests {
  private final class Idle: HostEvents {
    var monotonic: Int64 { 0 }
    var isCongested: Bool { false }
    func poll(timeout: Int64?) {}
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Two snapshots of one machine, the second a little later, in a folder that is gone when `body` has returned.
  func withSnapshots(_ body: (_ folder: String, _ a: String, _ b: String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "snapshot-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = Self.root.appending(path: "machines/microvm.yaml")
    let boards = try BoardReader(try String(contentsOf: file, encoding: .utf8), file: file.path).versions()
    let board = try #require(boards.first { $0.version == 2 })
    var setup = MachineSetup()
    setup.memory = 8 << 20
    setup.clock = .instructions(rate: 1_000_000_000, paced: false)
    let machine = try MachineBuilder(board: board, setup: setup, host: Idle()).build()
    try machine.powerOn()
    var notes = SnapshotNotes()
    notes.comment = "before"
    notes.console = "\u{1b}[2Jhello"
    try machine.save(to: folder + "/a.ferry", notes)
    machine.memory.store([1, 2, 3], at: 0x12345)
    machine.ports.write(0xf0, 0x21, width: 1)
    notes.comment = "after"
    try machine.save(to: folder + "/b.ferry", notes)
    try body(folder, folder + "/a.ferry", folder + "/b.ferry")
  }

  private func ferry(_ arguments: String..., status: Int32 = 0) throws -> String {
    let result = try CommandLineTests.ferry(["snapshot"] + arguments)
    #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
    return result.output + result.errors
  }

  @Test func `info prints the header, and nothing that would change the terminal`() throws {
    try withSnapshots { _, a, _ in
      let text = try ferry("info", a)
      for line in ["board       microvm-2", "memory      ram: 8M", "comment     before", "  | .[2Jhello"] {
        #expect(text.contains(line + "\n"), "\(text)")
      }
      #expect(!text.contains("\u{1b}"))
    }
  }

  @Test func `show, get and set reach every field by its path`() throws {
    try withSnapshots { folder, a, _ in
      #expect(try ferry("show", a, "/machine/clock").hasPrefix("clock (clock v1)\n  epoch = "))
      #expect(try ferry("show", a).contains("\n  pic (i8259 v"))
      #expect(try ferry("show", a, "--board").contains("board: microvm\n"))
      #expect(try ferry("get", a, "/machine/clock/now") == "0\n")
      let before = try Data(contentsOf: URL(filePath: a))
      #expect(try ferry("set", a, "/machine/clock/now", "--", "-1", status: 1).contains("/machine/clock/now"))
      #expect(try ferry("set", a, "/machine/clock/now", "soon", status: 1).contains("holds an integer"))
      #expect(try Data(contentsOf: URL(filePath: a)) == before)
      #expect(try ferry("set", a, "/machine/clock/now", "0x10") == "/machine/clock/now: 0 -> 16 (0x10)\n")
      #expect(try ferry("get", a, "/machine/clock/now") == "16 (0x10)\n")
      #expect(try ferry("set", a, "/machine/clock/now", "0", "-o", folder + "/c.ferry").contains("-> 0"))
      #expect(try Data(contentsOf: URL(filePath: folder + "/c.ferry")) == before)
      #expect(try ferry("get", a, "/machine/nothing", status: 1).contains("there is no value at /machine/nothing"))
      #expect(try ferry("get", a, "a b", status: 2).contains("is no path"))
    }
  }

  @Test func `diff tells fields, registers, bits and memory, with symbols`() throws {
    try withSnapshots { folder, a, b in
      #expect(try ferry("diff", a, a) == "")
      let map = folder + "/System.map"
      try "00012000 T _text\n00012340 D jiffies\n00012348 T _etext\n00012400 D _end\n".write(
        toFile: map, atomically: true, encoding: .utf8)
      let text = try ferry("diff", a, b, "--symbols", map, "--offset", "0", status: 1)
      #expect(text.contains("memory ram: 1 pages in 1 ranges differ, in about 3 bytes\n"), "\(text)")
      #expect(text.contains("  0x12000-0x12fff: 1 pages, 3 bytes\n  jiffies: 3 bytes\n"), "\(text)")
      #expect(text.contains("register pic."), "\(text)")
      #expect(text.contains("/machine/pic/"), "\(text)")
      #expect(text.contains(", bits 4-7 on\n") || text.contains("off\n"), "\(text)")
    }
  }

  @Test func `verify finds damage, and says where`() throws {
    try withSnapshots { _, a, b in
      #expect(try ferry("verify", a, b).contains("\(b): whole: "))
      var bytes = [UInt8](try Data(contentsOf: URL(filePath: b)))
      let place = try #require(bytes.lastIndex { $0 != 0 })
      bytes[place] ^= 1
      try Data(bytes).write(to: URL(filePath: b))
      #expect(try ferry("verify", b, status: 1).contains("memory "))
      #expect(try ferry("verify", "/dev/null", status: 1).contains("/dev/null: file: is no regular file"))
    }
  }

  @Test func `check says everything that would not fit`() throws {
    try withSnapshots { _, a, _ in
      #expect(try ferry("check", a, "--against", "microvm-2") == "\(a): fits microvm-2\n")
      let text = try ferry("check", a, "--against", "microvm-2", "-m", "16", "--smp", "2", status: 1)
      #expect(text.contains("/setup/memory: 8388608 in the file, 16777216 here"), "\(text)")
      #expect(text.contains("/setup/cpus: 1 in the file, 2 here"), "\(text)")
      #expect(
        try ferry("check", a, "--against", "microvm-1", status: 1).contains("board version: 2 in the file, 1 here"))
      #expect(
        try ferry("check", a, "--against", "integratorcp", status: 1).contains("board board: microvm in the file"))
    }
  }

  @Test func `convert compresses, makes differences and flattens them, and goes through JSON without loss`() throws {
    try withSnapshots { folder, a, b in
      let original = try Data(contentsOf: URL(filePath: b))
      _ = try ferry("convert", b, folder + "/small.ferry", "--compress")
      #expect(try SnapshotFile(folder + "/small.ferry").isCompressed)
      _ = try ferry("convert", b, folder + "/diff.ferry", "--base", a)
      #expect(try ferry("info", folder + "/diff.ferry").contains("base        a.ferry, root "))
      _ = try ferry("convert", folder + "/small.ferry", folder + "/text.json")
      for (from, options) in [("small", ["--no-compress"]), ("diff", ["--flatten"])] {
        let result = try CommandLineTests.ferry(
          ["snapshot", "convert", "\(folder)/\(from).ferry", folder + "/again.ferry"] + options)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try Data(contentsOf: URL(filePath: folder + "/again.ferry")) == original, "\(from)")
      }
      _ = try ferry("convert", folder + "/text.json", folder + "/again.ferry")
      #expect(try Data(contentsOf: URL(filePath: folder + "/again.ferry")) == original)
      _ = try ferry("convert", b, folder + "/old.ferry", "--board", "microvm-1")
      #expect(try ferry("check", folder + "/old.ferry", "--against", "microvm-1").contains("fits microvm-1"))
    }
  }

  @Test func `schema says whether a file still fits the tables`() throws {
    try withSnapshots { _, a, _ in
      let result = try CommandLineTests.ferry(["schema", "--against", a])
      #expect(result.status == 0)
      #expect(result.output == "\(a): fits\n")
    }
  }
}
