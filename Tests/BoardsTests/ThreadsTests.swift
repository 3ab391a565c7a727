import Boards
import DeviceModel
import Engine
import GuestMemory
import MachineSample
import SavedState
import Testing
import X86

/// CPUs that execute at once, each on a thread of its own.
@Suite(.enabled(if: X86CPU.canTranslate, "there is no translator for this host"))
struct `CPUs on threads of their own` {
  /// A machine that runs `program` on all its CPUs and, when they have done it, ends; `onPoll` is told whenever they stand
  /// still.
  private func machine(
    cpus: Int, threshold: Int, _ program: any BootSource, _ onPoll: @escaping (Machine) -> Void = { _ in }
  ) throws -> Machine {
    let host = QuietHost()
    let machine = try SampleMachines.bare("microvm", host: host) {
      $0.cpus = cpus
      $0.clock = .host
      $0.accelerator = .translator(threshold: threshold)
      $0.isParallel = true
    }
    machine.boot = program
    host.onPoll = { [unowned machine] _ in
      onPoll(machine)
      if machine.cpus.allSatisfy(\.isHalted) { machine.quit() }
    }
    try machine.powerOn()
    return machine
  }

  @Test(arguments: [2, 3, 4], [0, 8])
  func `count the same words, and none is lost`(cpus: Int, threshold: Int) throws {
    let program = SharedCounters(rounds: 4000)
    let machine = try machine(cpus: cpus, threshold: threshold, program)
    #expect(machine.run() == .quit)
    let results = program.results(in: machine)
    #expect(results.found == results.expected)
    for cpu in machine.cpus { #expect(try #require(cpu.translatorStatistics).blocks > 3) }
  }

  @Test(arguments: [0, 8])
  func `see each other's stores in the order that the manual promises`(threshold: Int) throws {
    let machine = try machine(cpus: 2, threshold: threshold, MemoryOrder(rounds: 3000))
    #expect(machine.run() == .quit)
    #expect(MemoryOrder.done(in: machine) == 2)
    #expect(MemoryOrder.violations(in: machine) == [0, 0])
  }

  @Test(arguments: [2, 3])
  func `stop at every breakpoint, also where two get there at once`(cpus: Int) throws {
    let program = SharedCounters(rounds: 40)
    let machine = try machine(cpus: cpus, threshold: 0, program) { if $0.runState == .debug { $0.resume() } }
    var stops = 0
    machine.observe { if case .debug = $0 { stops += 1 } }
    // Where each has the lock that is made of XCHG, and where none has any yet.
    for case let cpu as any ProcessorDebug in machine.cpus { cpu.setBreakpoints([0x8038, 0x8005]) }
    #expect(machine.run() == .quit)
    #expect(stops == 2 * cpus * program.rounds)
    let results = program.results(in: machine)
    #expect(results.found == results.expected)
  }

  @Test(arguments: [2, 4])
  func `can be moved to a machine that takes turns, at any moment, and back`(cpus: Int) throws {
    let program = SharedCounters(rounds: 6000)
    var moves = 0
    let threaded = try machine(cpus: cpus, threshold: 8, program) { machine in
      guard !machine.cpus.allSatisfy(\.isHalted), moves < 12 else { return }
      moves += 1
      // What another engine makes of it is what goes on here.
      do {
        let other = try SampleMachines.bare("microvm") {
          $0.cpus = cpus
          $0.clock = .host
          $0.accelerator = moves % 2 == 0 ? .interpreter : .jit
        }
        other.boot = program
        try other.powerOn()
        try other.load(machine.save())
        copyMemory(of: machine, to: other)
        for _ in 0..<3 { _ = other.run(instructions: 500) }
        let tree = other.save()
        try machine.load(tree)
        copyMemory(of: other, to: machine)
      } catch {
        Issue.record(error)
      }
    }
    #expect(threaded.run() == .quit)
    let results = program.results(in: threaded)
    #expect(results.found == results.expected)
    #expect(moves > 2)
  }

  private func copyMemory(of machine: Machine, to other: Machine) {
    let count = machine.ram.size
    guard let bytes = machine.ram.readable(0, count: count) else {
      Issue.record("there is no memory to be read")
      return
    }
    other.ram.write(0, count: count) { $0.copyMemory(from: bytes, byteCount: count) }
  }

  @Test func `go with the host's clock, and with host code`() throws {
    let refusals: [((inout MachineSetup) -> Void, String)] = [
      ({ $0.clock = .instructions(rate: 1_000_000, paced: false) }, "goes with -clock host"),
      ({ $0.accelerator = .interpreter }, "goes with -accel jit"),
    ]
    for (equip, reason) in refusals {
      #expect {
        try SampleMachines.bare("microvm") {
          $0.cpus = 2
          $0.clock = .host
          $0.isParallel = true
          equip(&$0)
        }
      } throws: { error in
        "\(error)".contains(reason)
      }
    }
  }
}
