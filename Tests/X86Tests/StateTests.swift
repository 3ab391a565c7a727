import DeviceAudit
import DeviceModel
import Engine
import GuestMemory
import SavedState
import Testing

@testable import X86

/// The CPU's table and what follows from it.
@Suite struct StateTests {
  @Test func `every property of the state has a row, and every row survives tree, DER and JSON`() {
    #expect(auditState(X86State.self) == [])
    #expect(X86State.table.name == X86CPU.model.name)
  }

  @Test func `a CPU holds its state and things of the host`() throws {
    let machine = try TestMachine()
    let controller = TestController()
    machine.cpu.interrupts = controller
    // The state lies in the core, at a fixed address.
    #expect(auditOwner(machine.cpu) == ["x86-cpu: state is not stored"])
  }

  @Test func `settle restores what is derived, whatever it was`() throws {
    #expect(auditSettle(try TestMachine().cpu) == [])
  }

  @Test func `a reset keeps lines, the instruction count and what the board fixed`() throws {
    let machine = try TestMachine()
    machine.cpu.reset()
    let fresh = machine.cpu.state
    var random = SplitMix64(seed: 3)
    machine.cpu.state = X86State.table.drawn(from: fresh, &random)
    machine.cpu.settle()
    #expect(auditReset(machine.cpu, to: fresh, kept: ["retired", "a20", "interruptLine"]) == [])
  }

  /// What the engine keeps beside the state: a property that is added must be told here, as derived from the state or
  /// as the host's.
  @Test func `all that a core keeps beside its state follows from it`() throws {
    let machine = try TestMachine()
    let core = machine.cpu.storage.core
    let derived = [
      "flagResult", "flagCarries", "codeEnd", "pending", "heldVector", "repeated", "access", "linearMask", "tlb", "cpl",
      "mode",
      "stackMask",
      "checksAlignment", "flatSegments",
    ]
    // Empty between two calls of `run`, or caches that are flushed.
    let host = [
      "state", "blockRIP", "block", "op", "budget", "slice", "fault", "mark", "marked", "tlbs", "jumpCache",
      "jumpVersion", "owner", "hasWatchpoints", "isStopped", "translatedFlags", "jumpTag", "enteredVersion", "single",
      "translations", "fallbacks", "needsFlags", "isSSELive", "isX87Live", "hostMXCSR", "x87Image", "saveX87",
      "hostStack", "hostStackEnd", "gate",
    ]
    #expect(Set(Mirror(reflecting: core.pointee).children.compactMap(\.label)) == Set(derived + host))
    var random = SplitMix64(seed: 4)
    for _ in 0..<50 {
      machine.cpu.state = X86State.table.drawn(from: machine.cpu.state, &random)
      machine.cpu.settle()
      let before = Derived(core.pointee)
      let state = machine.cpu.state
      core.pointee.codeEnd = random.next()
      core.pointee.pending = UInt32(truncatingIfNeeded: random.next()) & ~Pending.host
      core.pointee.heldVector = UInt8(truncatingIfNeeded: random.next())
      core.pointee.linearMask = random.next()
      core.pointee.cpl = 2
      core.pointee.mode = UInt32(truncatingIfNeeded: random.next())
      core.pointee.stackMask = random.next()
      core.pointee.checksAlignment.toggle()
      core.pointee.flatSegments = UInt8(truncatingIfNeeded: random.next())
      core.pointee.tlb = core.pointee.tlbs + 1
      for index in 0..<6 { core.pointee.access[index] = SegmentAccess() }
      machine.cpu.state = state
      machine.cpu.settle()
      #expect(Derived(core.pointee) == before)
    }
  }

  /// The derived part of a core.
  private struct Derived: Equatable {
    let numbers: [UInt64]
    let tlb: Int

    init(_ core: Core) {
      numbers =
        [core.codeEnd, UInt64(core.pending), core.linearMask, UInt64(core.cpl), UInt64(core.mode), core.stackMask]
        + [core.checksAlignment ? 1 : 0, core.heldVector.map(UInt64.init) ?? 256, UInt64(core.flatSegments)]
        + (0..<6).flatMap { [core.access[$0].base, core.access[$0].readEnd, core.access[$0].writeEnd] }
      tlb = core.tlb - core.tlbs
    }
  }

  @Test func `the index and the features of a CPU are the board's`() throws {
    let machine = try TestMachine(model: "pentium3")
    machine.cpu.state = X86State()
    #expect(machine.cpu.state.features == CPUModel.named("pentium3")?.features.rawValue)
    let other = try TestMachine(model: "core2")
    let tree = X86State.table.save(machine.cpu.state)
    #expect(throws: LoadError.self) { try X86State.table.load(tree, over: other.cpu.state) }
  }

  /// What a stream may bring is not what a CPU can get into: it must run all the same, and stay savable.
  @Test(arguments: 0..<8) func `any state that loads runs any code`(seed: UInt64) throws {
    let machine = try TestMachine(size: 1 << 16)
    var random = SplitMix64(seed: seed &+ 100)
    for round in 0..<60 {
      let bytes = UnsafeMutableRawBufferPointer(start: machine.ram.unguarded, count: machine.ram.size)
      // Random words, but page tables among them that lead somewhere.
      for at in stride(from: 0, to: bytes.count, by: 8) {
        let word = random.next()
        let entry = (word & 0xf067) | (word & 0xf067) << 32
        bytes.storeBytes(of: at < 0x4000 && round % 2 == 0 ? entry : word, toByteOffset: at, as: UInt64.self)
      }
      machine.ram.changed(offset: 0, count: machine.ram.size)
      let drawn = X86State.table.drawn(from: machine.cpu.state, &random)
      var tree = X86State.table.save(drawn)
      if round % 3 != 0 {
        tree["rip"] = .integer(Int128(random.next() & 0xffff))
        tree["cr3"] = .integer(Int128(random.next() & 0x3000))
        tree["activity"] = X86State.table.save(X86State())["activity"]
      }
      machine.cpu.state = try X86State.table.load(tree, over: machine.cpu.state)
      machine.cpu.settle()
      for _ in 0..<4 { machine.cpu.run(500) }
      let after = X86State.table.save(machine.cpu.state)
      let loaded = try X86State.table.load(after, over: machine.cpu.state)
      #expect(X86State.table.save(loaded) == after, "seed \(seed), round \(round)")
    }
  }
}
