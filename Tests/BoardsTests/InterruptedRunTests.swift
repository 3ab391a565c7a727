import DeviceModel
import Engine
import Foundation
import GuestMemory
import SavedState
import Testing

@testable import Boards

/// With `-clock instructions` a machine that is stopped, stepped, loaded and debugged anywhere goes as one left alone.
struct InterruptedRunTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let guests = ProcessInfo.processInfo.environment["FERRY_GUESTS"] ?? ""

  /// A host whose polls come often and whose visitors do things to the machine.
  private final class BusyHost: HostEvents {
    private var time: Int64 = 0
    var onPoll: () -> Void = {}
    var isCongested: Bool { false }
    /// Every reading finds it time for a poll.
    var monotonic: Int64 {
      time += Machine.hostInterval
      return time
    }

    func poll(timeout: Int64?) { onPoll() }
  }

  private struct End: Equatable {
    var end: MachineEnd
    var tree: StateNode
    var ram: Data
    var executed: UInt64
  }

  private func file(_ path: String) throws -> BootRequest.File {
    BootRequest.File(name: path, bytes: [UInt8](try Data(contentsOf: URL(filePath: path))))
  }

  private func board(_ name: String) throws -> BoardDescription {
    let path = Self.root.appending(path: "machines/\(name).yaml")
    return try BoardReader(try String(contentsOf: path, encoding: .utf8), file: "\(name).yaml").versions()[0]
  }

  /// What visitors do: they stop and step the machine, load its own state into it, and let debuggers' points come and
  /// go near where a CPU is.
  private func disturb(_ machine: Machine, _ random: inout SplitMix64, most: UInt64) throws {
    let cpu = machine.cpus[Int(random.next() % UInt64(machine.cpus.count))]
    switch random.next() % 12 {
    case 0: machine.pause()
    case 1:
      machine.pause()
      machine.resume()
    case 2: machine.resume()
    case 3: try machine.load(machine.save())
    case 4:
      let debug = try #require(cpu as? any ProcessorDebug)
      let near = (0..<random.next() % 8).map { _ in (debug.programCounter & ~63) &+ random.next() % 128 }
      debug.setBreakpoints(Set(near))
    case 5:
      let debug = try #require(cpu as? any ProcessorDebug)
      let place = Watchpoint(address: random.next() % (1 << 32), length: 1 << (random.next() % 20), kind: .access)
      debug.setWatchpoints(random.next() & 1 == 0 ? [] : [place])
    case 6: machine.step(cpu: cpu.index, count: 1 + random.next() % 3)
    default: machine.step(cpu: cpu.index, count: 1 + random.next() % most)
    }
  }

  /// Runs the guest to its end; `stops` times, from the `first` instruction on, somebody pauses, steps or resumes it.
  private func run(
    _ name: String, _ request: BootRequest, cpus: Int = 1, memory: UInt64 = 16 << 20, stops: Int, seed: UInt64 = 1,
    most: UInt64 = 30_000
  ) throws -> (end: End, stops: Int) {
    let host = BusyHost()
    var setup = MachineSetup()
    setup.clock = .instructions(rate: 300_000_007, paced: false)
    setup.memory = memory
    setup.cpus = cpus
    setup.noReboot = true
    let machine = try MachineBuilder(board: try board(name), setup: setup, host: host).build()
    try machine.useKernel(request)
    try machine.powerOn()
    var random = SplitMix64(seed: seed)
    var done = 0
    host.onPoll = {
      done += 1
      guard done <= stops else {
        for cpu in machine.cpus {
          (cpu as? any ProcessorDebug)?.setBreakpoints([])
          (cpu as? any ProcessorDebug)?.setWatchpoints([])
        }
        return machine.resume()
      }
      do { try disturb(machine, &random, most: most) } catch { Issue.record(error) }
    }
    let end = machine.run()
    host.onPoll = {}
    return (
      End(
        end: end, tree: machine.save(), ram: Data(bytes: machine.ram.unguarded, count: machine.ram.size),
        executed: machine.cpus.reduce(0) { $0 + $1.executed }),
      min(done, stops)
    )
  }

  private func compare(
    _ name: String, _ request: BootRequest, cpus: Int = 1, memory: UInt64 = 16 << 20, most: UInt64, seeds: Int = 1
  ) throws {
    let alone = try run(name, request, cpus: cpus, memory: memory, stops: 0)
    for seed in 1...UInt64(seeds) {
      let stopped = try run(
        name, request, cpus: cpus, memory: memory, stops: 1000, seed: seed, most: most)
      #expect(stopped.stops == 1000, "the guest ended too early")
      #expect(stopped.end.end == alone.end.end)
      #expect(stopped.end.executed == alone.end.executed)
      #expect(alone.end.tree.differences(to: stopped.end.tree).prefix(5).isEmpty)
      #expect(stopped.end.ram == alone.end.ram)
    }
  }

  @Test(arguments: [1, 2]) func `the built-in guest of a microvm does not notice a thousand stops`(_ cpus: Int) throws {
    let image = try file(Self.root.appending(path: "roms/demo/demo.elf").path)
    let request = BootRequest(kernel: image, commandLine: "quiet run=test run=bench~memory~1 run=off")
    try compare("microvm", request, cpus: cpus, most: 20_000)
  }

  @Test func `the built-in guest of an Integrator does not notice a thousand stops`() throws {
    let image = try file(Self.root.appending(path: "roms/demo/demo-arm.bin").path)
    let request = BootRequest(kernel: image, commandLine: "quiet run=test run=bench~memory~1 run=reboot")
    try compare("integratorcp", request, most: 20_000)
  }

  @Test(
    .enabled(if: FileManager.default.isReadableFile(atPath: guests + "/i386/vmlinuz"), "FERRY_GUESTS has no i386"),
    arguments: [1, 2])
  func `Linux on a microvm does not notice a thousand stops`(_ cpus: Int) throws {
    let request = BootRequest(
      kernel: try file(Self.guests + "/i386/vmlinuz"), modules: [try file(Self.guests + "/i386/initrd.gz")],
      commandLine: "console=ttyS0 panic=-1 reboot=t run=sha256sum~/bin/busybox run=reboot~-f")
    try compare("microvm", request, cpus: cpus, memory: 128 << 20, most: 1_000_000)
  }

  @Test(.enabled(if: FileManager.default.isReadableFile(atPath: guests + "/arm/vmlinuz"), "FERRY_GUESTS has no arm"))
  func `Linux on an Integrator does not notice a thousand stops`() throws {
    let request = BootRequest(
      kernel: try file(Self.guests + "/arm/vmlinuz"), modules: [try file(Self.guests + "/arm/initrd.gz")],
      commandLine: "console=ttyAMA0 console=tty0 panic=-1 run=sha256sum~/bin/busybox run=reboot~-f")
    try compare("integratorcp", request, memory: 64 << 20, most: 1_000_000)
  }
}
