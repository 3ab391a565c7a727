import Engine
import Testing

@testable import ARM

/// Breakpoints of a debugger: the CPU stops before the instruction and passes it when it runs on.
@Suite struct `breakpoints on ARM` {
  @Test func `stop before the instruction, each time that it comes`() throws {
    let machine = try TestMachine()
    machine.load([Code.add(0, 0, 1), Code.add(1, 1, 1), Code.subs(2, 2, 1), Code.b(-3)])
    machine.jump(to: TestMachine.start)
    machine.cpu.run(400)
    machine.cpu.setBreakpoints([0x1004])
    for turn in 101...105 as ClosedRange<UInt32> {
      #expect(machine.cpu.run(1000) == .debug)
      #expect(machine.cpu.debugStop == .breakpoint(0x1004))
      #expect(machine.cpu.programCounter == 0x1004)
      #expect(machine[0] == turn && machine[1] == turn - 1)
      #expect(machine.cpu.executed == 400 + UInt64(turn - 101) * 4 + 1)
    }
    machine.cpu.setBreakpoints([])
    #expect(machine.cpu.run(1000) == .budget)
  }

  @Test func `work at every Thumb instruction, the halves of BL too`() throws {
    let machine = try TestMachine()
    // adds r0, #1 four times; bl to the next but one; nop; b back
    machine.load(thumb: [0x3001, 0x3001, 0x3001, 0x3001, 0xf000, 0xf801, 0x46c0, 0xe7f7])
    machine.jump(to: TestMachine.start | 1)
    machine.cpu.setBreakpoints(Set(stride(from: 0x1000 as UInt64, to: 0x1010, by: 2)))
    var stops: [UInt64] = []
    for _ in 0..<8 {
      #expect(machine.cpu.run(100) == .debug)
      stops.append(machine.cpu.programCounter & 0xff)
    }
    #expect(stops == [0, 2, 4, 6, 8, 10, 14, 0])
    #expect(machine[0] == 4 && machine[14] == 0x100d)
  }

  @Test func `at conditional instructions that are not executed stop as well`() throws {
    let machine = try TestMachine()
    machine.cpu.setBreakpoints([0x1004])
    // movs r0, #1; addeq r1, r1, #1
    #expect(machine.run([0xe3b0_0001, 0x0281_1001, Code.nop], 3) == .debug)
    #expect(machine.cpu.run(2) == .budget)
    #expect(machine[1] == 0)
  }

  @Test func `stop at the address that was named, where code is seen at two`() throws {
    let machine = try TestMachine()
    let tables = TranslationTables(machine)
    tables.map(.smallCoarse, 0x40_0000, to: 0x10000)
    tables.map(.smallCoarse, 0x41_0000, to: 0x10000)
    tables.enable()
    machine.load([Code.add(0, 0, 1), Code.add(1, 1, 1), 0xe1a0_f00e], at: 0x10000)
    machine.cpu.setBreakpoints([0x41_0004])
    machine[2] = 0x40_0000
    machine[3] = 0x41_0000
    // mov lr, pc; mov pc, r2; mov lr, pc; mov pc, r3
    #expect(machine.run([0xe1a0_e00f, 0xe1a0_f002, 0xe1a0_e00f, 0xe1a0_f003], 100) == .debug)
    #expect(machine.cpu.programCounter == 0x41_0004 && machine[0] == 2 && machine[1] == 1)
  }

  @Test func `wait until a page is there`() throws {
    let machine = try TestMachine()
    let tables = TranslationTables(machine)
    tables.setSecond(0x40_0000, 0, isFine: false)
    tables.enable()
    machine.load([Code.add(0, 0, 1), Code.loop], at: 0x10000)
    machine.load([Code.returnToLink4], at: 0x0c)
    machine[2] = 0x40_0000
    machine.cpu.setBreakpoints([0x40_0000, 0x0c])
    // mov pc, r2
    #expect(machine.run([0xe1a0_f002], 100) == .debug)
    #expect(machine.cpu.debugStop == .breakpoint(0x0c) && machine.exceptions == ["prefetchAbort"])
    tables.map(.smallCoarse, 0x40_0000, to: 0x10000)
    #expect(machine.cpu.run(100) == .debug)
    #expect(machine.cpu.programCounter == 0x40_0000 && machine[0] == 0)
    #expect(machine.cpu.run(2) == .budget)
    #expect(machine[0] == 1)
  }

  @Test func `stop at an interrupt's handler, and in a slice of one`() throws {
    let machine = try TestMachine()
    machine.change { $0.cpsr = UInt32(Mode.supervisor.rawValue) }
    machine.cpu.setBreakpoints([0x18, 0x1004])
    machine.load([Code.nop, Code.nop])
    machine.jump(to: TestMachine.start)
    #expect(machine.cpu.run(1) == .budget)
    #expect(machine.cpu.run(1) == .debug)
    machine.cpu.input(0, true)
    // The interrupt comes first.
    #expect(machine.cpu.run(1) == .budget)
    #expect(machine.cpu.run(1) == .debug)
    #expect(machine.cpu.debugStop == .breakpoint(0x18))
  }
}
