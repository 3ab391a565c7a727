import Foundation
import Snapshots
import Testing

/// `ferry snapshot …` with running machines, and `-loadvm` with their host resources.
struct RunningSnapshotTests {
  private static let boards = ["microvm", "integratorcp"]

  private func ferry(_ arguments: String..., status: Int32 = 0) throws -> String {
    let result = try CommandLineTests.ferry(["snapshot"] + arguments)
    #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
    return result.output + result.errors
  }

  private func machine(_ board: String) throws -> RunningMachine {
    try RunningMachine { _ in ["-M", board, "-m", "16", "-S", "-serial", "null", "-clock", "instructions"] }
  }

  @Test func `what is said of a file is said of a running machine too`() throws {
    let board = "integratorcp"
    let machine = try machine(board)
    let file = machine.folder + "/a.ferry"
    #expect(try machine.monitor("savevm \(file)") == "")
    for arguments in [["show"], ["show", "--board"], ["get", "/machine/clock/now"], ["show", "/machine/serial0"]] {
      func run(_ place: String) throws -> String {
        let result = try CommandLineTests.ferry(["snapshot", arguments[0], place] + arguments.dropFirst())
        #expect(result.status == 0 && !result.output.isEmpty, "\(arguments): \(result.errors)")
        return result.output
      }
      #expect(try run(machine.socket) == (try run(file)))
    }
    let lines = Set(try ferry("info", file).split(separator: "\n"))
    let now = try ferry("info", machine.socket).split(separator: "\n").filter { !$0.hasPrefix("now ") }
    #expect(now.count > 3 && now.allSatisfy(lines.contains), "\(now)")
    #expect(try ferry("check", machine.socket, "--against", board) == "\(machine.socket): fits \(lines.board)\n")
    #expect(
      try ferry("check", machine.socket, "--against", board, "-m", "32", status: 1).contains(
        "/setup/memory: 16777216 in the file, 33554432 here"))
    // The path of a socket is one, as it is for ferry ctl.
    #expect(try ferry("get", machine.folder + "/qmp", "/machine/clock/now") == "0\n")
    #expect(try ferry("get", "unix:/nowhere/s", "/machine", status: 1).contains("No such file"))
  }

  @Test(arguments: boards) func `a running machine differs from its file in what was changed`(board: String) throws {
    let machine = try machine(board)
    let file = machine.folder + "/a.ferry"
    #expect(try machine.monitor("savevm \(file)") == "")
    #expect(try ferry("diff", file, machine.socket) == "")
    #expect(try ferry("set", machine.socket, "/machine/clock/now", "0x10") == "/machine/clock/now: 0 -> 16 (0x10)\n")
    #expect(try ferry("get", machine.socket, "/machine/clock/now") == "16 (0x10)\n")
    #expect(
      try ferry("set", machine.socket, "/machine/clock/now", "--", "-1", status: 1).contains("/machine/clock/now"))
    #expect(try ferry("set", machine.socket, "/machine/clock/now", "1", "-o", file, status: 2).contains("-o: "))
    let said = try ferry("diff", file, machine.socket, status: 1)
    #expect(said.contains("/machine/clock/now: 0x0 -> 0x10, bit 4 on\n"), "\(said)")
    #expect(!said.contains("memory"))
    // Both ways round, and two machines.
    #expect(try ferry("diff", machine.socket, machine.socket) == "")
    #expect(try ferry("diff", machine.socket, file, status: 1).contains("/machine/clock/now: 0x10 -> 0x0, bit 4 off"))
    _ = try ferry("convert", machine.socket, machine.folder + "/b.ferry", "--compress")
    #expect(try ferry("diff", machine.folder + "/b.ferry", machine.socket) == "")
    #expect(try ferry("verify", machine.folder + "/b.ferry").contains("whole"))
  }

  @Test(arguments: boards)
  func `saved, loaded by another process and saved again it is the same snapshot, the console too`(
    board: String
  ) throws {
    let machine = try RunningMachine { _ in
      ["-M", board, "-m", "16", "-serial", "null", "-clock", "instructions", "-append", "quiet run=cpu"]
    }
    let a = machine.folder + "/a.ferry"
    // The guest prints when it gets to it, and runs on until it is stopped.
    for _ in 0..<1000 {
      if try ferry("info", machine.socket).contains("  | run: cpu\n") { break }
    }
    #expect(try CommandLineTests.ferry(["ctl", machine.socket, "stop"]).status == 0)
    #expect(try machine.monitor("savevm \(a) as it was") == "")
    let other = try RunningMachine { _ in ["-loadvm", a, "-S"] }
    #expect(other.notes.first == "ferry: serial0 of serial0 is not given: what it prints goes nowhere")
    let b = other.folder + "/b.ferry"
    #expect(try other.monitor("savevm \(b) as it was") == "")
    #expect(try ferry("diff", a, b) == "")
    let infos = try [a, b].map { path in
      try ferry("info", path).split(separator: "\n").filter { !$0.hasPrefix("saved ") }
    }
    #expect(infos[0] == infos[1])
    #expect(infos[0].contains("  | run: cpu"), "\(infos[0])")
    #expect(infos[0].contains { $0.hasPrefix("thumbnail ") }, "\(infos[0])")
    let last = try other.end(with: "system_reset")
    #expect(last == "ferry: the guest resets, and nothing is named that it boots: give -kernel or -bios, too\n")
  }

  @Test func `host resources of a snapshot that nobody names are listed, and others can take their places`() throws {
    let card = try RunningMachine { folder in
      try Data(count: 1 << 20).write(to: URL(filePath: folder + "/card"))
      return [
        "-M", "integratorcp", "-m", "16", "-S", "-serial", "null", "-drive", "file=\(folder)/card,if=sd",
      ]
    }
    let file = card.folder + "/a.ferry"
    #expect(try card.monitor("savevm \(file)") == "")
    #expect(try card.quit() == 0)

    let bare = ["run", "-loadvm", file, "-display", "none", "-nodefaults", "-S"]
    let refused = try CommandLineTests.ferry(bare)
    #expect(refused.status == 1)
    let lines = refused.errors.split(separator: "\n").map(String.init)
    #expect(lines.count == 3, "\(lines)")
    #expect(lines.first == "ferry: serial0 of serial0 is not given: what it prints goes nowhere")
    #expect(lines.dropFirst().first == "ferry: sd0 of mmc is not given: -drive id=sd0 or -rebind sd0=ID names its disk")
    #expect(lines.last?.contains("drive sd0 of mmc: a disk of 1048576 bytes in the file, no disk here") == true)

    for (options, answer) in [
      (["-rebind", "sd1=x"], "unknown resource of \(file) \"sd1\"; did you mean \"sd0\"?"),
      (["-rebind", "sd0=x"], "unknown drive \"x\""), (["-rebind", "sd0"], "-rebind sd0: expected OLD=NEW"),
      (["-rebind", "serial0=x"], "unknown chardev \"x\""),
      (["-rebind", "serial0=null,serial0=null"], "-rebind serial0 is given twice"),
    ] {
      let result = try CommandLineTests.ferry(bare + options)
      #expect(result.status == 2 && result.errors.contains(answer), "\(result.errors)")
    }
    #expect(try CommandLineTests.ferry(["run", "-rebind", "a=b"]).errors.contains("-rebind goes with -loadvm"))

    let copy = "file=\(card.folder)/card,id=copy"
    let moved = try RunningMachine { folder in
      [
        "-loadvm", file, "-S", "-drive", copy, "-rebind", "sd0=copy,serial0=out", "-chardev",
        "file,id=out,path=\(folder)/printed",
      ]
    }
    #expect(moved.notes.count == 1, "\(moved.notes)")
    #expect(try moved.monitor("info block").contains("copy"))
    #expect(FileManager.default.fileExists(atPath: moved.folder + "/printed"))
    #expect(try moved.quit() == 0)
  }
}

/// Disks that a saved machine comes back to.
struct ChangedDiskTests {
  @Test func `a disk that was written since is refused with the reason, unless the user takes it`() throws {
    let card = try RunningMachine { folder in
      try Data(count: 1 << 20).write(to: URL(filePath: folder + "/card"))
      return ["-M", "integratorcp", "-m", "16", "-S", "-serial", "null", "-drive", "file=\(folder)/card,if=sd"]
    }
    let file = card.folder + "/a.ferry"
    #expect(try card.monitor("savevm \(file)") == "")
    #expect(try card.monitor("loadvm \(file)") == "")
    let handle = try FileHandle(forWritingTo: URL(filePath: card.folder + "/card"))
    try handle.write(contentsOf: Data([1]))
    try handle.close()
    let refused = try CommandLineTests.ferry(
      ["ctl", card.socket, "human-monitor-command", "command-line=loadvm \(file)"]
    ).errors
    #expect(refused.contains("drive sd0 of mmc: an image written last at 20"), "\(refused)")
    #expect(refused.contains(", beginning with ") && refused.contains("changed=accept"), "\(refused)")
    #expect(try card.monitor("loadvm -changed-disks \(file)") == "")
    #expect(try card.quit() == 0)

    let run = ["run", "-loadvm", file, "-display", "none", "-nodefaults", "-S", "-rebind", "serial0=null", "-drive"]
    let drive = "file=\(card.folder)/card,if=sd"
    let other = try CommandLineTests.ferry(run + [drive])
    #expect(other.status == 1 && other.errors.contains("drive sd0 of mmc: an image written last"), "\(other.errors)")
    let check = ["snapshot", "check", file, "--against", "integratorcp", "--drive"]
    #expect(try CommandLineTests.ferry(check + [drive]).output.contains("drive sd0 of mmc: an image written last"))
    let taken = try CommandLineTests.ferry(check + [drive + ",changed=accept"])
    #expect(taken.status == 0, "\(taken.errors)")
  }
}

extension Set<Substring> {
  /// The board that `info` tells.
  fileprivate var board: Substring { first { $0.hasPrefix("board ") }?.split(separator: " ").last ?? "none" }
}
