import DeviceAudit
import SavedState
import Testing
import X86

/// What a guest does is a function of the instructions that it executed, never of the slices in which it did.
@Suite struct SliceTests {
  @Test(arguments: 0..<12 as Range<UInt64>)
  func `random programs with interrupts go one way however they are cut`(_ seed: UInt64) throws {
    let moments = stride(from: 500 as UInt64, through: 6000, by: 500)
    let whole = try SliceProgram(seed: seed)
    var states: [(tree: [UInt8], memory: [UInt8])] = []
    for moment in moments {
      whole.run(to: moment) { 1_000_000 }
      states.append(whole.state)
    }
    for length in [1, 2, 3, 7, 0] {
      let cut = try SliceProgram(seed: seed)
      var random = SplitMix64(seed: seed &+ 100)
      for (moment, expected) in zip(moments, states) {
        cut.run(to: moment) { length > 0 ? length : 1 + Int(random.below(40)) }
        let state = cut.state
        let isSame = state.tree == expected.tree && state.memory == expected.memory
        #expect(isSame, "seed \(seed), slices of \(length), before instruction \(moment)")
        guard isSame else { break }
      }
    }
  }

  @Test func `the programs take interrupts and traps and reach the device`() throws {
    var counts = [UInt64](repeating: 0, count: 256)
    for seed in 0..<12 as Range<UInt64> {
      let program = try SliceProgram(seed: seed)
      program.run(to: 6000) { 1_000_000 }
      for vector in 0..<256 { counts[vector] += program.machine.memory.read(0x38000 + UInt64(vector) * 4, width: 4) }
    }
    #expect(counts[1] > 100 && counts[2] > 100 && counts[6] > 10 && counts[0x30] > 100)
    #expect(counts[0x40..<0x50].allSatisfy { $0 > 0 })
    #expect(counts[0x50..<0x60].allSatisfy { $0 > 0 })
  }

  @Test func `a device may shorten the slice to any number of instructions`() throws {
    for limit in 0..<70 {
      for before in [0, 1, 5] {
        let machine = try TestMachine()
        let port = TestPort()
        machine.ports.map(port.region)
        machine.memory.map(port.window)
        var at: UInt64 = 0
        port.onWrite = { _ in
          at = machine.cpu.executed
          machine.cpu.limitSlice(to: limit)
          // A longer limit does not undo a shorter one.
          machine.cpu.limitSlice(to: limit + 10)
          #expect(machine.cpu.executed == at)
        }
        // nops; mov [port], al; inc ecx and so on
        machine.load(
          Array(repeating: 0x90, count: before) + [0xa2] + TestPort.address + Array(repeating: 0x41, count: 100))
        machine.jump(to: 0x1000)
        #expect(machine.cpu.run(90) == .budget)
        #expect(at == UInt64(before))
        // The store itself is finished.
        let count = min(max(limit, 1), 90 - before)
        #expect(machine.cpu.executed == at + UInt64(count), "\(limit) after \(before)")
        #expect(machine[1] == UInt64(count - 1))
        machine.cpu.run(20)
        #expect(machine[1] == UInt64(count - 1 + 20))
      }
    }
  }

  @Test func `an interrupt is not taken by a slice that has no instruction left`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.rflags |= 0x200 }
    machine.controller.vectors = [0x40]
    machine.load([0x90, 0x90])
    machine.step(1)
    machine.cpu.setInterrupt(true)
    #expect(machine.cpu.run(0) == .budget)
    #expect(machine.cpu.state.rip == 0x10001 && machine.cpu.executed == 1)
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(0x40) && machine.cpu.executed == 2)
  }

  @Test func `a kick in the middle of a repeated instruction does not cut it`() throws {
    let machine = try TestMachine()
    let port = TestPort()
    machine.memory.map(port.window)
    port.onWrite = { _ in machine.cpu.kick() }
    // mov edi, port; mov ecx, 100; rep stosb; inc edx
    machine.load([0xbf] + TestPort.address + [0xb9, 100, 0, 0, 0, 0xf3, 0xaa, 0x42])
    machine.jump(to: 0x1000)
    #expect(machine.cpu.run(10) == .kicked)
    #expect(machine[1] == 0)
    #expect(machine.cpu.executed == 3 && machine.cpu.state.rip == 0x100c)
  }
}
