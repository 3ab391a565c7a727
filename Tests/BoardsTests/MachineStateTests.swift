import DeviceModel
import GuestMemory
import PCDevices
import SavedState
import Testing

@testable import Boards

struct MachineStateTests {
  private func copyRAM(_ from: Machine, _ to: Machine) {
    to.memory.store(from.memory.bytes(0, count: 0xa0000), at: 0)
  }

  @Test func `saved, loaded and saved again is the same, at any moment`() throws {
    for moment in stride(from: 1, to: 120, by: 7) {
      let machine = try Bench.machine(MachineTests.ticks)
      _ = machine.run(instructions: moment)
      let tree = machine.save()
      let other = try Bench.machine(MachineTests.exit)
      copyRAM(machine, other)
      try other.load(tree)
      #expect(other.save() == tree)
      #expect(machine.run() == other.run())
      #expect(machine.save() == other.save())
    }
  }

  @Test func `a tree that does not fit changes nothing and tells everything`() throws {
    let machine = try Bench.machine(MachineTests.ticks)
    _ = machine.run(instructions: 30)
    let before = machine.save()
    var tree = before
    tree[child: "pit"] = nil
    tree.add(StateNode("stranger", model: "toaster"))
    var pic = try #require(tree[child: "pic"])
    pic.model = "i8255"
    tree.add(pic)
    do throws(LoadError) {
      try machine.load(tree)
      Issue.record("it was taken")
    } catch {
      #expect(error.faults.count == 3)
      #expect(Set(error.faults.map(\.path)) == ["/machine/pit", "/machine/stranger", "/machine/pic"])
    }
    #expect(machine.save() == before)
    #expect(machine.run() == .exit(17))
  }

  @Test func `a machine with another number of CPUs refuses the tree`() throws {
    let two = try Bench.machine { $0.cpus = 2 }
    #expect(throws: LoadError.self) { try Bench.machine().load(two.save()) }
  }

  /// Ports and registers take anything: nothing traps, and what comes of it can be saved and loaded.
  @Test func `a guest that writes anything anywhere does not stop the emulator`() throws {
    let machine = try Bench.machine { $0.noReboot = false }
    var random = SplitMix64(seed: 11)
    let ports = machine.ports.spans.map { ($0.base, $0.last) }
    let memory = machine.memory.spans.compactMap { span -> (UInt64, UInt64)? in
      if case .device = span.region.content { return (span.base, span.last) }
      return nil
    }
    for _ in 0..<200_000 {
      let isPort = random.next() & 1 == 0
      let (base, last) = isPort ? ports.randomElement(using: &random)! : memory.randomElement(using: &random)!
      let address = UInt64.random(in: base...last, using: &random)
      let width = [1, 2, 4, 8].randomElement(using: &random)!
      let space = isPort ? machine.ports : machine.memory
      if random.next() & 1 == 0 {
        space.write(random.next(), address, width: isPort ? min(4, width) : width)
      } else {
        _ = space.read(address, width: isPort ? min(4, width) : width)
      }
      if random.next() & 63 == 0 {
        machine.time.skip(to: machine.clock.now + Int64.random(in: 0..<10_000_000, using: &random))
        machine.clock.runDue()
      }
    }
    let tree = machine.save()
    try machine.load(tree)
    #expect(machine.save() == tree)
  }
}
