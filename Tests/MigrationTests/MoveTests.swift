import Boards
import DeviceModel
import Migration
import SavedState
import Testing

/// Whole machines that move.
struct MoveTests {
  @Test(arguments: Moves.boards)
  func `a machine that moved while it ran goes on as the one that stayed`(name: String) throws {
    let moves = Moves()
    let machine = try moves.running(name)
    let twin = try moves.running(name)
    let other = try moves.bare(name)
    let sides = try moves.move(machine, into: other) { $0.capabilities = [.verifyMemory] }
    #expect(sides.out.progress.error == nil)
    #expect(sides.out.progress.status == .completed)
    #expect(sides.into.progress.status == .completed)
    #expect(machine.runState == .postMigrate)
    #expect(other.runState == .running)
    _ = twin.run(instructions: moves.executed)
    #expect(twin.save().differences(to: other.save()).map(\.description) == [])
    #expect(Moves.memory(twin) == Moves.memory(other))
    _ = twin.run(instructions: 500_000)
    _ = other.run(instructions: 500_000)
    #expect(twin.save().differences(to: other.save()).map(\.description) == [])
    #expect(Moves.memory(twin) == Moves.memory(other))
  }

  @Test(arguments: Moves.boards)
  func `a machine that moves again and again goes on as the one that stayed`(name: String) throws {
    let moves = Moves()
    var machine = try moves.running(name) { $0.memory = 4 << 20 }
    for count in 0..<12 {
      let other = try moves.bare(name) { $0.memory = 4 << 20 }
      moves.pace = 5000 + 1000 * count
      let sides = try moves.move(machine, into: other)
      #expect(sides.out.progress.status == .completed, "\(sides.out.progress)")
      machine = other
    }
    let stayed = try moves.running(name) { $0.memory = 4 << 20 }
    _ = stayed.run(instructions: moves.executed)
    #expect(stayed.save().differences(to: machine.save()).map(\.description) == [])
    #expect(Moves.memory(stayed) == Moves.memory(machine))
  }

  @Test func `a machine that was stopped arrives stopped, and one that is to be stays so`() throws {
    let moves = Moves()
    let machine = try moves.running("microvm")
    machine.pause()
    let other = try moves.bare("microvm")
    try moves.move(machine, into: other)
    #expect(machine.runState == .postMigrate)
    #expect(other.runState == .paused)
    other.resume()
    let third = try moves.bare("microvm")
    try moves.move(other, into: third, paused: true)
    #expect(third.runState == .paused)
    third.resume()
    #expect(third.isRunning)
    // What runs elsewhere is not let loose by anybody who does not know.
    other.resume()
    other.step(cpu: 0)
    #expect(other.runState == .postMigrate)
  }

  @Test func `everything that does not fit is told before any page, and nothing has changed`() throws {
    let moves = Moves()
    let machine = try moves.running("microvm") { $0.cpus = 2 }
    let other = try moves.bare("microvm") {
      $0.memory = 16 << 20
      $0.cpuModel = "pentium3"
      $0.clock = .host
      $0.devices = [DeviceRequest(model: "isa-debug-exit", id: "exit", properties: ["iobase": "0xf4"])]
    }
    let sides = try moves.move(machine, into: other)
    #expect(sides.out.progress.status == .failed)
    let reasons = sides.out.progress.error?.reasons ?? []
    #expect(reasons.contains("/setup/memory: 8388608 there, 16777216 here"), "\(reasons)")
    #expect(reasons.contains("/setup/cpus: 2 there, 1 here"))
    #expect(reasons.contains { $0.hasPrefix("/setup/cpu: ") })
    #expect(reasons.contains { $0.contains("exit") })
    #expect(reasons.contains("clock: instructions,ips=100000000 there, host here"))
    #expect(sides.out.progress.plainPages == 0)
    #expect(machine.isRunning)
    #expect(other.runState == .inMigrate)
  }

  @Test func `another board is refused`() throws {
    let moves = Moves()
    let machine = try moves.running("microvm")
    let sides = try moves.move(machine, into: try moves.bare("integratorcp"))
    let reasons = sides.out.progress.error?.reasons ?? []
    #expect(reasons.contains("board board: microvm there, integratorcp here"), "\(reasons)")
    #expect(machine.isRunning)
  }

  @Test func `a check says what fits and changes nothing`() throws {
    let moves = Moves()
    let machine = try moves.running("microvm")
    let other = try moves.bare("microvm")
    let before = other.save()
    let sides = try moves.move(machine, into: other, check: true)
    #expect(sides.out.progress.status == .completed)
    #expect(sides.out.progress.error == nil)
    #expect(machine.isRunning)
    #expect(other.runState == .inMigrate)
    #expect(other.save() == before)
    let wrong = try moves.move(machine, into: try moves.bare("microvm") { $0.memory = 16 << 20 }, check: true)
    #expect(wrong.out.progress.error?.reasons.contains("/setup/memory: 8388608 there, 16777216 here") ?? false)
    #expect(machine.isRunning)
  }

  @Test func `a migration that is cancelled leaves the guest where it was`() throws {
    let moves = Moves()
    let machine = try moves.running("microvm")
    let other = try moves.bare("microvm")
    let sides = try moves.begin(machine, into: other) { migrator in
      migrator.capabilities = [.pauseBeforeSwitchover]
    }
    moves.go([machine]) { sides.out.progress.status == .preSwitchover }
    sides.out.cancel()
    moves.go([machine]) { !sides.isUnderWay }
    #expect(sides.out.progress.status == .cancelled)
    #expect(machine.isRunning)
    #expect(other.runState == .inMigrate)
    // And can leave later.
    let again = try moves.bare("microvm")
    #expect(try moves.move(machine, into: again).out.progress.status == .completed)
    #expect(again.isRunning)
  }

  @Test func `before the guest is stopped for good it waits to be told, where that was asked for`() throws {
    let moves = Moves()
    let machine = try moves.running("microvm")
    let other = try moves.bare("microvm")
    let sides = try moves.begin(machine, into: other) { $0.capabilities = [.pauseBeforeSwitchover] }
    moves.go([machine]) { sides.out.progress.status == .preSwitchover }
    #expect(machine.isRunning)
    #expect(sides.out.progress.expectedDowntime < 300_000_000)
    try sides.out.goOn()
    moves.go([machine]) { !sides.isUnderWay }
    #expect(sides.out.progress.status == .completed)
    #expect(other.isRunning)
    let progress = sides.out.progress
    #expect(progress.phases.map(\.name) == ["stop", "save", "memory", "load", "go"])
    #expect(progress.devices.contains { $0.name == "cpu0" || $0.name == "cpu" }, "\(progress.devices)")
    #expect(progress.rounds >= 2)
    #expect((progress.downtime ?? .max) < 2_000_000_000)
  }
}
