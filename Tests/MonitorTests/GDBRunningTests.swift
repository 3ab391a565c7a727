import Boards
import Testing

@testable import Monitor

/// Packets that let the guest run, and what stops it.
struct GDBRunningTests {
  private static var hello: GDBDesk.Step { .see("qSupported:swbreak+;hwbreak+", { _ in }) }

  /// Puts the board's loop into memory and goes to its beginning.
  private static func begin(_ board: GDBBoard) -> [GDBDesk.Step] {
    let size = String(board.program.count / 2, radix: 16)
    return [
      hello, .ask("M8000,\(size):\(board.program)", "OK"),
      .ask("P\(String(board.counter, radix: 16))=00800000", "OK"),
    ]
  }

  private static func at(_ board: GDBBoard, _ address: UInt64) -> GDBDesk.Step {
    let value = GDBText.hex((0..<4).map { UInt8(truncatingIfNeeded: address >> UInt64($0 * 8)) })
    return .ask("p\(String(board.counter, radix: 16))", String(decoding: value, as: UTF8.self))
  }

  private static func hex(_ number: UInt64) -> String { String(number, radix: 16) }

  private static let trap = "T05thread:1;core:0;"

  @Test(arguments: GDBBoard.allCases)
  func `a breakpoint stops before the instruction, each time around`(board: GDBBoard) throws {
    let (desk, machine) = try GDBDesk.debug(board)
    for (kind, reason) in [(0, "swbreak:;"), (1, "hwbreak:;")] {
      let place = "\(kind),\(Self.hex(board.store)),4"
      let around: [GDBDesk.Step] = [.ask("c", Self.trap + reason), Self.at(board, board.store)]
      // As GDB goes on from one: removed, a step, set again.
      let over: [GDBDesk.Step] = [
        .ask("z" + place, "OK"), .ask("vCont;s:1;c", Self.trap), Self.at(board, board.load), .ask("Z" + place, "OK"),
      ]
      desk.play(
        machine,
        Self.begin(board) + [.ask("Z" + place, "OK"), .ask("Z" + place, "OK")] + around + [.ask("p0", "01000000")]
          + around + [.ask("p0", "02000000")] + over + around + [.ask("p0", "03000000"), .ask("z" + place, "OK")])
      // The machine has ended, and with it the connection.
      #expect(desk.isClosed)
      _ = try #require(desk.server).connect(desk)
    }
  }

  @Test(arguments: GDBBoard.allCases)
  func `a watchpoint stops at the access it is for`(board: GDBBoard) throws {
    let (desk, machine) = try GDBDesk.debug(board)
    let write = Self.trap + "watch:9000;"
    let steps: [GDBDesk.Step] = [
      .ask("Z2,9000,4", "OK"), .ask("c", write), Self.at(board, board.afterStore), .ask("c", write),
      Self.at(board, board.afterStore), .ask("z2,9000,4", "OK"),
      .ask("Z3,9000,4", "OK"), .ask("c", Self.trap + "rwatch:9000;"), Self.at(board, board.afterLoad),
      .ask("z3,9000,4", "OK"),
      // Bytes in the middle of what is accessed.
      .ask("Z4,9002,1", "OK"), .ask("c", Self.trap + "awatch:9002;"), Self.at(board, board.afterStore),
      .ask("c", Self.trap + "awatch:9002;"), Self.at(board, board.afterLoad), .ask("z4,9002,1", "OK"),
      .ask("Z2,9000,0", "E22"), .ask("Z2,9004,4", "OK"), .ask("Z2,8ffc,4", "OK"), .tell("c"),
      .interrupt("T02thread:1;core:0;"),
    ]
    desk.play(machine, Self.begin(board) + steps)
  }

  @Test(arguments: GDBBoard.allCases)
  func `steps go from one instruction to the next, and through a range`(board: GDBBoard) throws {
    let (desk, machine) = try GDBDesk.debug(board)
    var steps = Self.begin(board)
    for address in board.addresses.dropFirst() + [board.store, board.load] {
      steps += [.ask("vCont;s:1;c:-1", Self.trap), Self.at(board, address)]
    }
    steps += [.ask("s", Self.trap), Self.at(board, board.count), .ask("S05", Self.trap)]
    // To the instruction behind the range, which is the second one left of the loop.
    steps += [
      .ask("s\(Self.hex(board.store))", Self.trap), Self.at(board, board.load),
      .ask("vCont;r\(Self.hex(board.store)),\(Self.hex(board.count + 1)):1;c", Self.trap),
      Self.at(board, board.addresses.last ?? 0),
      // A range that is never left ends with Ctrl-C, and at a breakpoint.
      .tell("vCont;r8000,9000:1;c"), .interrupt("T02thread:1;core:0;"),
      .ask("Z0,\(Self.hex(board.load)),1", "OK"),
      .ask("vCont;r8000,9000:1;c", Self.trap + "swbreak:;"), Self.at(board, board.load),
      .ask("vCont", ""), .ask("vCont;q", "E22"), .ask("vCont;s:9", "E22"), .ask("vCont;r1", "E22"),
      .ask("vCont;t", "OK"), .ask("sz", "E22"), .ask("C", "E22"),
    ]
    desk.play(machine, steps)
  }

  @Test(arguments: GDBBoard.allCases)
  func `Ctrl-C stops a guest that runs, code written then is what runs`(board: GDBBoard) throws {
    let (desk, machine) = try GDBDesk.debug(board)
    // The loop's end becomes a branch to itself.
    let end = try #require(board.addresses.last)
    let patch = board == .microvm ? "ebfe" : "feffffea"
    desk.play(
      machine,
      Self.begin(board) + [
        .ask("?", Self.trap), .tell("c"), .interrupt("T02thread:1;core:0;"), .ask("?", "T02thread:1;core:0;"),
        .ask("M\(Self.hex(end)),\(patch.count / 2):\(patch)", "OK"), .tell("c"), .interrupt("T02thread:1;core:0;"),
        Self.at(board, end), .ask("vCont;s:1", Self.trap), Self.at(board, end),
        // GDB may send Ctrl-C before what lets the guest run; one that came long before is no more than that.
        .act { desk.server?.receive([3]) }, .ask("c", "T02thread:1;core:0;"), Self.at(board, end),
        .act { desk.server?.receive([3]) }, Self.at(board, end), .see("g") { _ in }, .tell("c"), .act {},
        .interrupt("T02thread:1;core:0;"),
      ])
  }

  @Test(arguments: GDBBoard.allCases)
  func `the client's going removes its breakpoints and lets the guest run to its end`(board: GDBBoard) throws {
    for detaches in [true, false] {
      let (desk, machine) = try GDBDesk.debug(board)
      let server = try #require(desk.server)
      let other = GDBDesk()
      var steps = Self.begin(board)
      steps += [
        .ask("Z0,\(Self.hex(board.store)),1", "OK"), .ask("c", Self.trap + "swbreak:;"),
        .act { #expect(!server.connect(other)) },
      ]
      if detaches { steps.append(.ask("D", "OK")) }
      steps += [
        .act { server.disconnected() },
        .act { #expect(machine.runState == .running) },
        .act { #expect(server.connect(other)) },
        .act { #expect(machine.runState == .debug) },
        .act { #expect(other.takeAll() == "") },
      ]
      desk.play(machine, steps)
      #expect(machine.cpus[0].executed > 4)
    }
  }

  @Test func `a machine that was never started stays so while GDB looks, and starts with c`() throws {
    let (desk, machine) = try GDBDesk.debug(.microvm)
    #expect(machine.runState == .prelaunch)
    #expect(desk.ask("?") == Self.trap)
    #expect(machine.runState == .prelaunch)
    desk.play(
      machine,
      [.act { desk.server?.disconnected() }, .act { #expect(machine.runState == .prelaunch) }])
    let (second, running) = try GDBDesk.debug(.microvm)
    second.server?.receive(GDBDesk.wire("c"))
    #expect(running.isRunning)
    // The guest's own end: a reset that ends the machine.
    guard case .reset = running.run() else {
      Issue.record("the guest did not ask for a reset")
      return
    }
    #expect(second.answer() == "W00")
    #expect(second.isClosed)
  }

  @Test(arguments: ["k", "vKill;1"]) func `kill ends the machine`(packet: String) throws {
    let (desk, machine) = try GDBDesk.debug(.microvm)
    #expect(desk.play(machine, [.tell(packet), .act { Issue.record("the machine goes on") }]) == .quit)
    #expect(desk.isClosed)
    #expect(desk.answer() == (packet == "k" ? nil : "OK"))
  }

  @Test(arguments: GDBBoard.allCases)
  func `R presses the reset button, and what comes after finds the machine reset`(board: GDBBoard) throws {
    let (desk, machine) = try GDBDesk.debug(board) { $0.noReboot = false }
    let pc = "p\(String(board.counter, radix: 16))"
    let start = desk.ask(pc)
    #expect(start != "00800000")
    desk.play(
      machine,
      Self.begin(board) + [
        .ask("vCont;s:1", Self.trap),
        .act { desk.server?.receive(GDBDesk.wire("R00") + GDBDesk.wire(pc)) },
        .act { #expect(desk.answer() == start) },
      ])
    #expect(machine.runState == .prelaunch || machine.runState == .debug)
  }

  @Test func `what others do to the machine is told while GDB waits, and only then`() throws {
    let (desk, machine) = try GDBDesk.debug(.microvm)
    desk.play(
      machine,
      Self.begin(.microvm) + [
        .tell("c"), .act { machine.pause(.paused) }, .act { #expect(desk.answer() == "T02thread:1;core:0;") },
        .act { machine.resume() }, .act { machine.pause(.paused) }, .act { #expect(desk.answer() == nil) },
        .tell("c"), .act { machine.pause(.saveVM) }, .act { #expect(desk.answer() == nil) },
        .act { machine.resume() }, .interrupt("T02thread:1;core:0;"),
        .act { machine.pause(.inMigrate) }, .ask("c", "E22"), .ask("s", "E22"),
      ])
  }

  @Test func `several CPUs step one by one while the others have their turns`() throws {
    let (desk, machine) = try GDBDesk.debug(.microvm) { $0.cpus = 2 }
    desk.play(
      machine,
      Self.begin(.microvm) + [
        .ask("vCont;s:1;c", Self.trap), Self.at(.microvm, 0x8005),
        // The second one has not been started: Ctrl-C is what ends its step.
        .tell("vCont;s:2;c"), .interrupt("T02thread:1;core:0;"),
      ])
    #expect(machine.cpus[1].executed == 0)
    #expect(machine.cpus[0].executed > 1000)
  }
}
