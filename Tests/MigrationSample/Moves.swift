package import Boards
import DeviceModel
import Foundation
import GuestMemory
package import Host
import MachineSample
package import Migration
import SavedState

/// Two sides of migrations in one process and on one thread: machines, a poller, pairs of sockets.
package final class Moves: HostEvents {
  package static let boards = SampleMachines.boards
  package let poller = Poller()
  package var monotonic: Int64 { poller.monotonic }
  package var isCongested: Bool { false }
  /// Whether a machine that runs by itself has both sides work.
  package var polls = false
  package func poll(timeout: Int64?) { if polls { poller.poll(timeout: min(timeout ?? .max, 1_000_000)) } }

  /// Both sides of nothing yet.
  package init() {}

  /// After how many nanoseconds without a word a side gives up.
  package var silence: Int64 = 2_000_000_000
  /// Instructions that the guest executes between two looks at the host.
  package var pace = 20_000
  /// Those that have been executed while something was under way.
  package private(set) var executed = 0
  package private(set) var notes: [String] = []

  /// Keeps what a side says.
  package func note(_ text: String) { notes.append(text) }

  private static let memory: UInt64 = 8 << 20

  /// A machine that waits for another; of the board's newest version unless one is given.
  package func bare(
    _ name: String, version: Int? = nil, _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> Machine {
    let machine = try SampleMachines.bare(name, version: version, host: self) {
      $0.memory = Self.memory
      equip(&$0)
    }
    machine.pause(.inMigrate)
    return machine
  }

  /// A machine whose guest has executed some instructions and goes on to change memory.
  package func running(
    _ name: String, version: Int? = nil, _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> Machine {
    let machine = try SampleMachines.running(name, version: version, host: self) {
      $0.memory = Self.memory
      equip(&$0)
    }
    machine.takeOver(running: true)
    return machine
  }

  /// A pair of connected descriptors.
  package static func pair() -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0, "no sockets")
    return (ends[0], ends[1])
  }

  /// Both sides of a migration.
  package struct Sides {
    package let out: Migrator
    package let into: Migrator
    package let destination: Destination

    package var isUnderWay: Bool { out.progress.status.isActive || destination.isBusy }
  }

  /// Begins to move `machine` into `other`.
  package func begin(
    _ machine: Machine, into other: Machine, check: Bool = false, paused: Bool = false,
    faults: (FaultPlan?, FaultPlan?) = (nil, nil),
    by way: (Int32, Int32)? = nil,
    _ configure: (Migrator) -> Void = { _ in }
  ) throws -> Sides {
    let (near, far) = way ?? Self.pair()
    let out = Migrator(machine, poller: poller)
    let into = Migrator(other, poller: poller)
    out.note = { [unowned self] in notes.append("source: \($0)") }
    into.note = { [unowned self] in notes.append("destination: \($0)") }
    let destination = try Destination(at: .descriptor(far), poller: poller, fault: faults.1, silence: silence)
    into.adopt(destination, paused: paused)
    out.fault = faults.0
    out.silence = silence
    configure(out)
    try out.migrate(to: "fd:\(near)", check: check)
    return Sides(out: out, into: into, destination: destination)
  }

  /// Lets the guest run, and both sides work, until `isOver`.
  package func go(_ machines: [Machine], until isOver: () -> Bool) {
    let end = HostClock.monotonic + 60_000_000_000
    while !isOver(), HostClock.monotonic < end {
      var isBusy = false
      for machine in machines where machine.isRunning {
        let before = machine.cpus[0].executed
        _ = machine.run(instructions: pace)
        // Memory that has not come may have stopped it before.
        executed += Int(machine.cpus[0].executed &- before)
        isBusy = true
      }
      poller.poll(timeout: isBusy ? 0 : 1_000_000)
    }
  }

  /// Moves `machine` into `other`, to the end, whatever that is.
  @discardableResult
  package func move(
    _ machine: Machine, into other: Machine, check: Bool = false, paused: Bool = false,
    faults: (FaultPlan?, FaultPlan?) = (nil, nil),
    by way: (Int32, Int32)? = nil,
    _ configure: (Migrator) -> Void = { _ in }
  ) throws -> Sides {
    let sides = try begin(machine, into: other, check: check, paused: paused, faults: faults, by: way, configure)
    // Only the source's guest: what the destination's does is compared later.
    go([machine]) { !sides.isUnderWay }
    return sides
  }

  /// What the guest of `machine` is not that it would be if it had never moved: it is the `name`d board's as `running`
  /// makes it, behind all that has been executed.
  package func harm(
    to machine: Machine, _ name: String, version: Int? = nil, _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> [String] {
    let twin = try running(name, version: version, equip)
    _ = twin.run(instructions: executed)
    let differences = twin.save().differences(to: machine.save()).map(\.description)
    return differences + (Self.haveSameMemory(twin, machine) ? [] : ["the memory differs"])
  }

  /// What is wrong after a migration from `machine` to `other`, whatever came of it: one side runs the guest, or neither
  /// knows and says how to go on; and the guest is unharmed.
  package func faults(
    after sides: Sides, _ machine: Machine, _ other: Machine, _ name: String,
    _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws -> [String] {
    if machine.isRunning, other.isRunning { return ["both run"] }
    if !machine.isRunning, !other.isRunning {
      let unresolved = [sides.out, sides.into].first { $0.progress.isUnresolved }
      guard let unresolved else { return ["none runs, and none says so"] }
      guard notes.contains(where: { $0.contains("migrate_resolve here") }) else { return ["nobody is told what to do"] }
      try unresolved.resolve(here: true)
      guard machine.isRunning != other.isRunning else { return ["it could not be resolved"] }
    }
    return try harm(to: machine.isRunning ? machine : other, name, equip)
  }

  /// Goes on with a migration whose connection broke when its guest ran at the destination.
  package func recover(_ sides: Sides, faults: (FaultPlan?, FaultPlan?) = (nil, nil)) throws {
    let (near, far) = Self.pair()
    sides.into.fault = faults.1
    try sides.into.recover(at: "fd:\(far)")
    sides.out.fault = faults.0
    try sides.out.goOn(at: "fd:\(near)")
  }

  /// Whether both machines' memory has the same bytes.
  package static func haveSameMemory(_ machine: Machine, _ other: Machine) -> Bool {
    zip(machine.allBlocks, other.allBlocks).allSatisfy { mine, theirs in
      guard mine.size == theirs.size, let a = mine.readable(0, count: mine.size),
        let b = theirs.readable(0, count: theirs.size)
      else { return false }
      return memcmp(a, b, mine.size) == 0
    }
  }
}
