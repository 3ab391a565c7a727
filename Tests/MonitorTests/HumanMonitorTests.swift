import Boards
import DeviceModel
import Foundation
import Testing

@testable import Monitor

/// Commands of the human monitor on both boards, with the built-in guest.
struct HumanMonitorTests {
  @Test(arguments: HumanRig.Board.allCases)
  func `help lists every command, and each has a line of its own`(board: HumanRig.Board) throws {
    let rig = try HumanRig(board)
    let all = rig("help").split(separator: "\n")
    #expect(all.count == HumanCommand.all.count)
    #expect(rig("?") == rig("help"))
    for command in HumanCommand.all {
      #expect(rig("help \(command.name)").contains(command.summary) || command.name == "info")
    }
    #expect(rig("help info").split(separator: "\n").count == HumanCommand.subjects.count)
    #expect(rig("info") == rig("help info"))
    #expect(rig("help x").hasPrefix("x[/FORMAT] ADDRESS  "))
  }

  @Test func `the table of commands is sound`() {
    func check(_ list: [HumanCommand]) {
      let names = list.flatMap { [$0.name, $0.alias].compactMap(\.self) }
      #expect(Set(names).count == names.count)
      for command in list {
        #expect(command.summary.count > 5 && command.summary.count < 100, "\(command.name)")
        #expect(command.subcommands.isEmpty == (command.handler != nil))
        let names = command.arguments.map(\.name)
        #expect(Set(names).count == names.count, "\(command.name)")
        let required = command.arguments.map { !$0.isOptional }
        #expect(required == required.sorted { $0 && !$1 } || command.name == "registers", "\(command.name)")
        check(command.subcommands)
      }
    }
    check(HumanCommand.all)
  }

  @Test(arguments: [
    ("inof", "unknown command \"inof\"; did you mean \"info\"?\n"),
    ("xyzzyplugh", "unknown command \"xyzzyplugh\"; help lists them\n"),
    ("info sttaus", "unknown info subject \"sttaus\"; did you mean \"status\"?\n"),
    ("stop now", "stop: \"now\" is too much; usage: stop\n"), ("cpu", "cpu: NUMBER is missing; usage: cpu NUMBER\n"),
    ("cpu 1", "NUMBER is 0 to 0, not 1\n"), ("cpu -1", "NUMBER is 0 to 0, not -1\n"),
    ("step 0", "COUNT is 1 to 9223372036854775807, not 0\n"),
    ("x/4z 0", "/4z: \"z\" is no form (x d u o c i) and no width (b h w g)\n"),
    ("x/4", "x: ADDRESS is missing; usage: x[/FORMAT] ADDRESS\n"),
    ("sendkey nokey", "Parameter 'qcode' does not accept value 'nokey'"),
    ("sendkey a -1", "MILLISECONDS is 0 to 60000, not -1\n"), ("mouse_button 8", "BUTTONS is 0 to 7, not 8\n"),
    ("mouse_move 1", "mouse_move: DY is missing; usage: mouse_move DX DY [DZ]\n"),
    ("screendump \"/tmp/x", "A quotation mark is missing\n"),
    ("info device seral0", "There is no device \"seral0\"; did you mean \"serial0\"?\n"),
    ("info registers 7", "info registers: \"7\" is too much; usage: info registers [-a]\n"),
    ("memsave 0 0 /tmp/x", "0 bytes: expected 1 to 4294967296\n"), ("", ""), ("   ", ""), ("# a remark", ""),
    ("help nix", "unknown command \"nix\""), ("screendump /tmp/x gif", "FORMAT is png or ppm, not \"gif\"\n"),
  ])
  func `a line that cannot be carried out is told in one line`(line: String, answer: String) throws {
    for board in HumanRig.Board.allCases {
      let text = try HumanRig(board)(line)
      #expect(answer.hasSuffix("\n") || answer.isEmpty ? text == answer : text.hasPrefix(answer), "\(text)")
      #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 2)
    }
  }

  @Test func `lines of any bytes are answered`() throws {
    let rig = try HumanRig(.microvm)
    #expect(rig(String(repeating: "x", count: 5000)) == "The line is longer than 4096 bytes\n")
    #expect(rig("info " + String(repeating: "y", count: 4000)).count < 200)
    var random = SystemRandomNumberGenerator()
    let files = ["memsave", "pmemsave", "screendump", "savevm", "loadvm", "delvm"]
    // What is waited for here does not come.
    let words = HumanCommand.all.map(\.name).filter { !files.contains($0) && !$0.hasPrefix("wait-") }
    let odd = ["/", "0", "-1", "$eip", "\"", "(", "/9x", "\u{0}", "ü", "99999999999999999999", "serial0", "a-b", " "]
    for _ in 0..<2000 {
      let line =
        ([words.randomElement(using: &random) ?? ""] + (0..<3).map { _ in odd.randomElement(using: &random) ?? "" })
        .joined(separator: Bool.random(using: &random) ? " " : "")
      let answer = rig(line)
      #expect(answer.isEmpty || answer.hasSuffix("\n"), "\(line): \(answer)")
    }
  }

  // MARK: Running

  @Test func `stop, cont and status are those of the machine`() throws {
    let rig = try HumanRig(.microvm)
    #expect(rig("info status") == "VM status: running\n")
    #expect(rig("stop") == "")
    #expect(rig("info status") == "VM status: paused\n")
    #expect(rig("c") == "")
    #expect(rig.machine.isRunning)
    rig.machine.pause(.prelaunch)
    #expect(rig("info status") == "VM status: paused (prelaunch)\n")
    #expect(rig("cont") == "")
    #expect(rig.machine.isRunning)
  }

  @Test(arguments: HumanRig.Board.allCases)
  func `step executes as many instructions as it is told, and stops`(board: HumanRig.Board) throws {
    let rig = try HumanRig(board)
    rig.machine.pause()
    let before = rig.machine.cpus[0].executed
    var polls = 0
    rig.onPoll = {
      polls += 1
      if !rig.machine.isRunning || polls > 1000 { rig.machine.quit() }
    }
    #expect(rig("step 25") == "")
    #expect(rig.machine.run() == .quit)
    #expect(rig.machine.cpus[0].executed == before + 25)
    #expect(rig("info status") == "VM status: paused (debug)\n")
  }

  @Test func `the power button, the reset button and NMIs are those that the board has`() throws {
    let pc = try HumanRig(.microvm)
    var events: [MachineEvent] = []
    pc.machine.observe { events.append($0) }
    #expect(pc("system_powerdown") == "")
    #expect(events == [.powerDown])
    #expect(pc("nmi") == "")
    let arm = try HumanRig(.integratorcp)
    #expect(arm("system_powerdown") == "The board integratorcp has no power button\n")
    #expect(arm("nmi") == "The CPUs of integratorcp have no NMI\n")
    #expect(arm("system_reset") == "")
    #expect(arm("q") == "")
    #expect(arm.machine.run() == .quit)
    #expect(arm.control.hasQuit)
  }

  @Test func `cpu chooses whose registers are meant`() throws {
    let rig = try HumanRig(.microvm, cpus: 2)
    #expect(rig("cpu 1") == "")
    let lines = rig("info cpus").split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("  CPU #0:"))
    #expect(lines[1].hasPrefix("* CPU #1:"))
    #expect(rig.line("info lapic", "lapic1") == "lapic1, CPU 1")
  }

  // MARK: Ports

  @Test func `ports are read and written as by the guest`() throws {
    let rig = try HumanRig(.microvm)
    #expect(rig("o/b 0x3ff 0x5a") == "")
    #expect(rig("i/b 0x3ff") == "portb[0x03ff] = 0x5a\n")
    #expect(rig("i 0x3f8 + 7") == "portb[0x03ff] = 0x5a\n")
    #expect(rig("i/h 0x3fe") == "portw[0x03fe] = 0x5ab0\n")
    #expect(rig("o/b 0x3ff 0x100") == "0x100 is wider than 1 bytes\n")
    #expect(rig("i 0x10000") == "PORT is 0 to 65535, not 65536\n")
    #expect(rig("i/g 0x70") == "A port is read and written /b, /h or /w wide\n")
    #expect(try HumanRig(.integratorcp)("i/b 0x60") == "The board integratorcp has no I/O ports\n")
  }

  // MARK: Keys and mouse

  @Test func `keys go down together and up again after their time`() throws {
    let rig = try HumanRig(.microvm)
    // A guest that leaves the keyboard alone.
    rig.machine.memory.write(0xfeeb, 0x1000, width: 2)
    #expect(rig("set cpu0/rip 0x1000") == "")
    // The keyboard's interface is on and its bytes are not translated.
    #expect(rig("o/b 0x64 0x60") == "")
    #expect(rig("o/b 0x60 0x04") == "")
    #expect(rig("sendkey ctrl-0x1e 50") == "")
    #expect(rig("sendkey b 1") == "")
    func bytes() -> [String] {
      var found: [String] = []
      while rig("i/b 0x64").hasSuffix("1d\n") || rig("i/b 0x64").hasSuffix("15\n") {
        found.append(String(rig("i/b 0x60").dropFirst(18).prefix(2)))
        _ = rig.machine.run(instructions: 200_000)
      }
      return found
    }
    #expect(bytes() == ["14", "1c"])
    _ = rig.machine.run(instructions: 6_000_000)
    #expect(bytes() == ["f0", "1c", "f0", "14", "32", "f0", "32"], "what comes later waits for the release")
  }

  @Test(arguments: HumanRig.Board.allCases)
  func `the mouse moves and its buttons are pressed`(board: HumanRig.Board) throws {
    let rig = try HumanRig(board)
    #expect(rig("mouse_move 10 -3") == "")
    #expect(rig("mouse_button 4") == "")
    let name = board == .microvm ? "keyboard" : "mouse"
    #expect(rig("info device \(name)").contains("buttons = 2\n"))
  }

  // MARK: Files

  @Test func `pictures are PNG or PPM, by name or by word`() throws {
    let rig = try HumanRig(.microvm)
    #expect(rig("screendump /tmp/none.png") == "The board microvm has no display\n")
    rig.picture = TwoDots()
    let folder = URL(filePath: "/tmp/ferry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func start(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: folder.appending(path: name)).prefix(4))
    }
    #expect(rig("screendump \(folder.path)/a.png") == "")
    #expect(try start("a.png") == [0x89, 0x50, 0x4e, 0x47])
    #expect(rig("screendump \(folder.path)/b") == "")
    #expect(try start("b") == Array("P6\n2".utf8))
    #expect(rig("screendump \"\(folder.path)/c d\" png") == "")
    #expect(try start("c d") == [0x89, 0x50, 0x4e, 0x47])
    #expect(rig("pmemsave 0x100000 0x20 \(folder.path)/ram") == "")
    #expect(try Data(contentsOf: folder.appending(path: "ram")).count == 32)
    #expect(rig("screendump \(folder.path)/no/such").contains("No such file"))
  }

  // MARK: Logs and GDB

  @Test func `logs and GDB's server are the program's`() throws {
    let rig = try HumanRig(.integratorcp)
    #expect(
      rig("log") == "int           on   interrupts and exceptions\nunmapped      off  accesses that nothing answers\n")
    #expect(rig("log int,unmapped") == "")
    #expect(rig("log nix") == "unknown item\n")
    #expect(rig("logfile /tmp/l") == "")
    #expect(rig("logfile") == "")
    #expect(rig.logged == ["int,unmapped"])
    #expect(rig.logFiles == ["/tmp/l", nil])
    #expect(rig("gdbserver") == "waiting at tcp::1234\n")
    #expect(rig("gdbserver none") == "waiting at none\n")
    #expect(rig.servers == ["tcp::1234", "none"])
  }
}
