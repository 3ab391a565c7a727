import Engine
import Testing

@testable import ARM

/// When interrupts are taken, and when the CPU stops: at exactly the instruction, however the code was cut.
@Suite struct `interrupts and stops` {
  private static let masked = UInt32(Mode.supervisor.rawValue) | Flag.i | Flag.f
  private static let open = UInt32(Mode.supervisor.rawValue)

  @Test func `a device that raises IRQ interrupts before the next instruction, wherever its block began`() throws {
    for before in 0..<4 {
      for slice in [1, 2, 3, 100] {
        let machine = try TestMachine()
        let port = TestPort(machine)
        port.onWrite = { _, _ in machine.cpu.input(0, true) }
        machine.change { $0.cpsr = Self.open }
        machine[2] = TestPort.base
        let program =
          Array(repeating: Code.add(1, 1, 1), count: before) + [Code.str(3, 2)]
          + Array(repeating: Code.add(1, 1, 1), count: 8)
        machine.load(program)
        machine.load([Code.loop], at: 0x18)
        machine.jump(to: TestMachine.start)
        while machine.exceptions.isEmpty { machine.cpu.run(slice) }
        #expect(machine.exceptions == ["irq"] && machine[1] == UInt32(before))
        #expect(machine[14] == TestMachine.start + UInt32(before + 1) * 4 + 4)
        // The block is as it was.
        machine.cpu.input(0, false)
        machine.change { $0.cpsr = Self.open }
        port.onWrite = { _, _ in }
        machine[1] = 0
        machine.jump(to: TestMachine.start)
        machine.cpu.run(program.count)
        #expect(machine[1] == UInt32(before + 8) && machine[15] == TestMachine.start + UInt32(program.count) * 4)
      }
    }
  }

  @Test func `Thumb code is interrupted as exactly, and in the midst of a BL pair`() throws {
    let machine = try TestMachine()
    let port = TestPort(machine)
    port.onWrite = { _, _ in machine.cpu.input(1, true) }
    machine.change { $0.cpsr = Self.open }
    machine[2] = TestPort.base
    machine.load([Code.returnToLink4], at: 0x1c)
    // STR r3, [r2]; BL in two halves; there MOV r1, #7
    machine.load(thumb: [0x2107], at: 0x1106)
    machine.load(thumb: [0x6013, 0xf000, 0xf880])
    machine.jump(to: TestMachine.start | 1)
    machine.cpu.run(2)
    #expect(machine.exceptions == ["fiq"] && machine[14] == TestMachine.start + 6)
    machine.cpu.input(1, false)
    machine.cpu.run(2)
    #expect(machine[15] == TestMachine.start + 4 && machine[14] == TestMachine.start + 6)
    // The prefix alone has been executed: an interrupt may come before the second half.
    machine.cpu.input(1, true)
    machine.cpu.run(1)
    #expect(machine[14] == TestMachine.start + 8 && machine[15] == 0x1c)
    machine.cpu.input(1, false)
    machine.cpu.run(3)
    #expect(machine[1] == 7 && machine[14] == TestMachine.start + 7)
  }

  @Test func `a line that falls within the same access interrupts nothing`() throws {
    let machine = try TestMachine()
    let port = TestPort(machine)
    port.onWrite = { _, _ in
      machine.cpu.input(0, true)
      machine.cpu.input(0, false)
    }
    machine.change { $0.cpsr = Self.open }
    machine[2] = TestPort.base
    machine[4] = 20
    machine.run([Code.str(3, 2), Code.add(1, 1, 1), Code.subs(4, 4, 1), Code.bne(-3), Code.loop], 80)
    #expect(machine.exceptions == [] && machine[1] == 20 && machine.cpu.executed == 80)
    #expect(machine[15] == TestMachine.start + 16)
  }

  @Test func `unmasking lets a waiting interrupt in before the next instruction`() throws {
    for (line, mask, name) in [(0, Flag.i, "irq"), (1, Flag.f, "fiq")] {
      let machine = try TestMachine()
      machine.cpu.input(line, true)
      machine.run([Code.mov(1, 1), Code.msr(Self.masked & ~mask), Code.mov(1, 2)], 3)
      #expect(machine.exceptions == [name] && machine[1] == 1)
      #expect(machine[14] == TestMachine.start + 12)
    }
  }

  @Test func `a slice ends after exactly its instructions, entries to exceptions counted`() throws {
    let machine = try TestMachine()
    machine.load([Code.add(5, 5, 1), Code.returnToLink], at: 8)
    machine.load([Code.add(1, 1, 1), Code.swi(0), Code.add(1, 1, 1), Code.b(-3)])
    let whole = try TestMachine()
    whole.load([Code.add(5, 5, 1), Code.returnToLink], at: 8)
    whole.load([Code.add(1, 1, 1), Code.swi(0), Code.add(1, 1, 1), Code.b(-3)])
    machine.jump(to: TestMachine.start)
    for count in 0..<60 {
      #expect(machine.cpu.executed == UInt64(count))
      whole.change {
        $0.retired = 0
        $0.cpsr = Self.masked
        for i in 0..<15 { $0.r[i] = 0 }
      }
      whole.change { $0.r[13] = 0x8000 }
      whole.jump(to: TestMachine.start)
      #expect(whole.cpu.run(count) == .budget)
      #expect(whole.cpu.state.pc == machine.cpu.state.pc && whole[1] == machine[1] && whole[5] == machine[5])
      machine.cpu.run(1)
    }
  }

  @Test func `an interrupt is not taken by a slice that has no instruction left`() throws {
    let machine = try TestMachine()
    machine.change { $0.cpsr = Self.open }
    machine.run([Code.mov(1, 1), Code.mov(1, 2)], 1)
    machine.cpu.input(0, true)
    #expect(machine.cpu.run(0) == .budget)
    #expect(machine[15] == TestMachine.start + 4 && machine.exceptions == [] && machine.cpu.executed == 1)
    machine.cpu.run(1)
    #expect(machine[15] == 0x18 && machine[14] == TestMachine.start + 8 && machine.cpu.executed == 2)
  }

  @Test func `a device may shorten the slice to any number of instructions`() throws {
    for limit in 0..<70 {
      for before in [0, 1, 5] {
        let machine = try TestMachine()
        let port = TestPort(machine)
        var at: UInt64 = 0
        port.onWrite = { _, _ in
          at = machine.cpu.executed
          machine.cpu.limitSlice(to: limit)
          // A longer limit does not undo a shorter one.
          machine.cpu.limitSlice(to: limit + 10)
          #expect(machine.cpu.executed == at)
        }
        machine[2] = TestPort.base
        machine.load(
          Array(repeating: Code.nop, count: before) + [Code.str(3, 2)] + Array(repeating: Code.add(1, 1, 1), count: 100)
        )
        machine.jump(to: TestMachine.start)
        #expect(machine.cpu.run(90) == .budget)
        #expect(at == UInt64(before))
        // The store itself is finished.
        let count = min(max(limit, 1), 90 - before)
        #expect(machine.cpu.executed == at + UInt64(count), "\(limit) after \(before)")
        #expect(machine[1] == UInt32(count - 1))
        machine.cpu.run(20)
        #expect(machine[1] == UInt32(count - 1 + 20))
      }
    }
  }

  @Test func `a limit and an interrupt in one block both hold`() throws {
    for limitFirst in [false, true] {
      let machine = try TestMachine()
      let port = TestPort(machine)
      port.onWrite = { _, _ in
        if limitFirst { machine.cpu.limitSlice(to: 6) }
        machine.cpu.input(0, true)
        if !limitFirst { machine.cpu.limitSlice(to: 6) }
      }
      machine.change { $0.cpsr = Self.open }
      machine[2] = TestPort.base
      machine.load([Code.add(5, 5, 1), Code.add(5, 5, 1), Code.add(5, 5, 1), Code.add(5, 5, 1), Code.loop], at: 0x18)
      machine.run([Code.str(3, 2)] + Array(repeating: Code.add(1, 1, 1), count: 20), 100)
      // The store, the entry, four of the handler's.
      #expect(machine.cpu.executed == 6 && machine[1] == 0 && machine[5] == 4)
    }
  }

  @Test func `a kick ends the run, and the next goes on`() throws {
    let machine = try TestMachine()
    let port = TestPort(machine)
    port.onWrite = { _, _ in machine.cpu.kick() }
    machine[2] = TestPort.base
    #expect(machine.run([Code.str(3, 2), Code.b(-1)], 100) == .kicked)
    port.onWrite = { _, _ in }
    let executed = machine.cpu.executed
    #expect(executed < 4)
    #expect(machine.cpu.run(10) == .budget)
    #expect(machine.cpu.executed == executed + 10)
  }

  // MARK: Waiting

  @Test(arguments: [(0, 4), (8, 2)] as [(UInt32, UInt32)])
  func `wait for interrupt ends with either line, masked or not`(_ operand: UInt32, _ opcode2: UInt32) throws {
    for line in 0..<2 {
      for isMasked in [false, true] {
        let machine = try TestMachine()
        machine.change { $0.cpsr = isMasked ? Self.masked : Self.open }
        let program = [Code.mcr(1, 7, operand, opcode2), Code.mov(1, 1)]
        #expect(machine.run(program, 10) == .halted)
        #expect(machine.cpu.isHalted && machine.cpu.executed == 1 && machine[15] == TestMachine.start + 4)
        #expect(machine.cpu.run(10) == .halted)
        machine.cpu.input(line, false)
        #expect(machine.cpu.isHalted)
        // A snapshot of a CPU that waits waits.
        machine.change { _ in }
        #expect(machine.cpu.isHalted)
        machine.cpu.input(line, true)
        #expect(!machine.cpu.isHalted)
        machine.cpu.run(1)
        if isMasked {
          #expect(machine[1] == 1 && machine.exceptions == [])
        } else {
          #expect(machine.exceptions == [line == 0 ? "irq" : "fiq"] && machine[1] == 0)
          #expect(machine[14] == TestMachine.start + 8)
        }
      }
    }
  }

  @Test func `wait for interrupt does not wait while a line is high`() throws {
    let machine = try TestMachine()
    machine.cpu.input(0, true)
    machine.run([Code.mcr(1, 7, 0, 4), Code.mov(1, 1)])
    #expect(machine[1] == 1 && !machine.cpu.isHalted)
  }
}
