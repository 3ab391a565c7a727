import Boards
import DeviceModel
import Foundation
import Host
import Migration
import MigrationSample
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
    let sides = try moves.move(machine, into: other) {
      $0.capabilities = [.verifyMemory, .compress, .xbzrle]
    }
    let pages = sides.out.progress.pages
    #expect(pages.packedBytes < pages.unpackedBytes)
    #expect(sides.out.progress.error == nil)
    #expect(sides.out.progress.status == .completed)
    #expect(sides.into.progress.status == .completed)
    #expect(machine.runState == .postMigrate)
    #expect(other.runState == .running)
    _ = twin.run(instructions: moves.executed)
    #expect(twin.save().differences(to: other.save()).map(\.description) == [])
    #expect(Moves.haveSameMemory(twin, other))
    _ = twin.run(instructions: 500_000)
    _ = other.run(instructions: 500_000)
    #expect(twin.save().differences(to: other.save()).map(\.description) == [])
    #expect(Moves.haveSameMemory(twin, other))
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
    #expect(try moves.harm(to: machine, name) { $0.memory = 4 << 20 } == [])
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
    #expect(sides.out.progress.pages == PageCounts())
    #expect(machine.isRunning)
    #expect(other.runState == .inMigrate)
  }

  @Test func `an older version of a board moves as such, and versions are not mixed`() throws {
    let moves = Moves()
    var machine = try moves.running("microvm", version: 1)
    for _ in 0..<4 {
      let other = try moves.bare("microvm", version: 1)
      #expect(try moves.move(machine, into: other).out.progress.status == .completed)
      machine = other
    }
    #expect(try moves.harm(to: machine, "microvm", version: 1) == [])
    for (mine, theirs) in [(1, 2), (2, 1)] {
      let leaving = try moves.running("microvm", version: mine)
      let sides = try moves.move(leaving, into: try moves.bare("microvm", version: theirs))
      let reasons = sides.out.progress.error?.reasons ?? []
      #expect(reasons.contains("board version: \(mine) there, \(theirs) here"), "\(reasons)")
      #expect(leaving.isRunning)
    }
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
    #expect(progress.devices.allSatisfy { $0.bytes > 0 && $0.time >= 0 })
    #expect(progress.devices.contains { $0.time > 0 })
    #expect(progress.rounds >= 2)
    #expect((progress.downtime ?? .max) < 2_000_000_000)
  }

  @Test func `a machine that has left comes back, again and again`() throws {
    let moves = Moves()
    let path = FileManager.default.temporaryDirectory.appending(path: "move-\(UUID().uuidString.prefix(8))").path
    let machines = [try moves.running("microvm"), try moves.bare("microvm")]
    let migrators = machines.map { Migrator($0, poller: moves.poller) }
    migrators[1].adopt(try Destination(at: .later, poller: moves.poller), paused: false)
    for count in 0..<6 {
      let (here, there) = (migrators[count % 2], migrators[(count + 1) % 2])
      try there.expect(at: "unix:\(path)")
      try here.migrate(to: "unix:\(path)")
      moves.go([machines[count % 2]]) { !here.progress.status.isActive && !there.progress.status.isActive }
      #expect(here.progress.status == .completed, "\(here.progress)")
      #expect(machines[count % 2].runState == .postMigrate)
      #expect(machines[(count + 1) % 2].isRunning)
    }
    #expect(try moves.harm(to: machines[0], "microvm") == [])
    // A side that runs takes nobody in.
    #expect(throws: MigrationError.self) { try migrators[0].expect(at: "unix:\(path)") }
  }

  @Test func `input that waits for the guest moves with it`() throws {
    let moves = Moves()
    let (near, far) = (Keyboard(String(repeating: "abc", count: 50)), Keyboard("def"))
    let machine = try moves.running("microvm") { $0.backends["serial0"] = near }
    let other = try moves.bare("microvm") { $0.backends["serial0"] = far }
    machine.pause()
    let waiting = near.bytes
    try moves.move(machine, into: other)
    #expect(near.bytes.isEmpty)
    #expect(far.bytes == waiting + Array("def".utf8))
    #expect(!waiting.isEmpty)
  }

  @Test func `a disk goes over with the machine: one side can write it at a time`() throws {
    let moves = Moves()
    let path = FileManager.default.temporaryDirectory.appending(path: "disk-\(UUID().uuidString.prefix(8))").path
    try Data(count: 1 << 20).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let near = try FileDisk(name: "sd", path: path)
    let machine = try moves.running("integratorcp") { $0.backends["sd0"] = near }
    // Another process that only waits gets in nobody's way, and cannot write before it has it.
    let far = try FileDisk(name: "sd", path: path, isWaiting: true)
    #expect([UInt8](repeating: 1, count: 512).withUnsafeBytes { far.write(at: 0, from: $0) } == .failed)
    #expect(far.acquire() != nil)
    let other = try moves.bare("integratorcp") { $0.backends["sd0"] = far }
    let failed = try moves.move(machine, into: other, faults: (FaultPlan(.cut, at: .phase("ready")), nil))
    // The source had not given it up; the destination cannot know, and the disk keeps it from running too.
    #expect(machine.isRunning)
    #expect(failed.into.progress.isUnresolved)
    #expect(throws: MigrationError.self) { try failed.into.resolve(here: true) }
    try failed.into.resolve(here: false)
    #expect(other.runState == .inMigrate)
    #expect([UInt8](repeating: 2, count: 512).withUnsafeBytes { near.write(at: 0, from: $0) } == .done)
    let again = try moves.bare("integratorcp") { $0.backends["sd0"] = far }
    #expect(try moves.move(machine, into: again).out.progress.status == .completed)
    #expect([UInt8](repeating: 3, count: 512).withUnsafeBytes { near.write(at: 0, from: $0) } == .failed)
    #expect([UInt8](repeating: 4, count: 512).withUnsafeBytes { far.write(at: 0, from: $0) } == .done)
  }

  /// A serial line's end with input that was typed.
  private final class Keyboard: CharacterBackend {
    var bytes: [UInt8]
    var onInput: (() -> Void)?
    var onBreak: (() -> Void)?

    init(_ text: String) { bytes = Array(text.utf8) }

    func write(_ byte: UInt8) {}
    var hasInput: Bool { !bytes.isEmpty }
    func read() -> UInt8? { bytes.isEmpty ? nil : bytes.removeFirst() }
    func putBack(_ bytes: [UInt8]) { self.bytes = bytes + self.bytes }
  }
}
