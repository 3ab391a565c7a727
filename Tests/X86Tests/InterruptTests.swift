import Testing
import X86

/// Interrupts and exceptions through the IDT, and the way back (SDM 3A chapter 6).
@Suite struct InterruptTests {
  typealias At = ProtectedMachine.At
  typealias Selector = ProtectedMachine.Selector

  @Test func `INT n from level 3 changes to level 0's stack and IRET comes back`() throws {
    let machine = try ProtectedMachine()
    machine.gate(0x80, offset: 0x40000, type: 0xe, dpl: 3)
    // iretd
    machine.memory.store([0xcf], at: 0x40000)
    machine.enter(ring: 3)
    machine.update { $0.rflags |= 0x200 }
    // int 0x80
    machine.execute([0xcd, 0x80])
    #expect(machine.cpl == 0)
    #expect((0..<5).map { machine.stack($0) } == [0x10002, 0x1b, 0x202, 0xc000, 0x23])
    #expect(machine.cpu.state.rflags & 0x200 == 0)
    machine.step(1)
    #expect(machine.cpl == 3)
    #expect(machine.cpu.state.rip == 0x10002)
    #expect(machine[4] == 0xc000)
    #expect(machine.cpu.state.rflags & 0x200 != 0)
  }

  @Test func `a trap gate leaves IF, an interrupt gate clears it, both clear TF and NT`() throws {
    let machine = try ProtectedMachine()
    machine.gate(0x80, offset: 0x40000, type: 0xf)
    machine.update { $0.rflags |= 0x4200 }
    // int 0x80
    machine.execute([0xcd, 0x80])
    #expect(machine.cpu.state.rflags & 0x4300 == 0x200)
    machine.gate(0x80, offset: 0x40000, type: 0xe)
    // int 0x80
    machine.execute([0xcd, 0x80])
    #expect(machine.cpu.state.rflags & 0x4300 == 0)
  }

  @Test func `16-bit gates push words`() throws {
    let machine = try ProtectedMachine()
    machine.gate(0x80, offset: 0x1234, type: 6, dpl: 3)
    machine.enter(ring: 3)
    // int 0x80
    machine.execute([0xcd, 0x80])
    #expect(machine.cpu.state.rip == 0x1234)
    #expect(machine[4] == 0x9000 - 10)
    let words = (0..<5).map { machine.memory.read(machine[4] + UInt64($0 * 2), width: 2) }
    #expect(words == [0x0002, 0x1b, 0x0002, 0xc000, 0x23])
  }

  @Test func `a conforming handler keeps the level`() throws {
    let machine = try ProtectedMachine()
    machine.gate(0x80, selector: Selector.conforming, offset: 0x40000, type: 0xe, dpl: 3)
    machine.enter(ring: 3)
    // int 0x80
    machine.execute([0xcd, 0x80])
    #expect(machine.cpl == 3)
    #expect(machine.selector(1) == 0x5b)
    #expect(machine[4] == 0xc000 - 12)
  }

  @Test func `a handler of an outer level is #GP with its selector`() throws {
    let machine = try ProtectedMachine()
    machine.gate(0x80, selector: 0x18, offset: 0x40000, type: 0xe, dpl: 3)
    // int 0x80
    #expect(machine.execute([0xcd, 0x80]) == Taken(vector: 13, code: 0x18, eip: 0x10000))
  }

  @Test func `the error code of an exception in level 3 lies under the return address`() throws {
    let machine = try ProtectedMachine()
    machine.enter(ring: 3)
    // mov ax, 0x10; mov ds, ax
    machine.execute([0x66, 0xb8, 0x10, 0x00, 0x66, 0x8e, 0xd8], steps: 2)
    #expect((0..<3).map { machine.stack($0) } == [0x10, 0x10004, 0x1b])
  }

  @Test func `an external interrupt waits for IF and returns to the next instruction`() throws {
    let machine = try ProtectedMachine()
    machine.controller.vectors = [0x30]
    machine.cpu.setInterrupt(true)
    // nop; nop; nop
    machine.load([0x90, 0x90, 0x90])
    machine.step(2)
    #expect(machine.cpu.state.rip == 0x10002)
    machine.update { $0.rflags |= 0x200 }
    machine.step(1)
    #expect(machine.taken == Taken(vector: 0x30, code: nil, eip: 0x10002))
    #expect(machine.stack(2) & 0x10000 == 0)
    #expect(machine.controller.vectors.isEmpty)
  }

  @Test func `STI and a load of SS let one more instruction pass`() throws {
    // sti; nop; nop; nop / mov ss, ax; nop; nop; nop
    let programs: [([UInt8], UInt64)] = [
      ([0xfb, 0x90, 0x90, 0x90], 0), ([0x66, 0x8e, 0xd0, 0x90, 0x90, 0x90], 0x200),
    ]
    for (program, flags) in programs {
      let machine = try ProtectedMachine()
      machine.update {
        $0.gpr[0] = 0x10
        $0.rflags |= flags
      }
      machine.load(program)
      if flags != 0 { machine.cpu.setInterrupt(false) }
      machine.controller.vectors = [0x30]
      if flags == 0 { machine.cpu.setInterrupt(true) }
      machine.step(1)
      machine.cpu.setInterrupt(true)
      machine.step(2)
      let passed = UInt32(program.count - 2)
      #expect(machine.taken == Taken(vector: 0x30, code: nil, eip: 0x10000 + passed))
    }
  }

  @Test func `an interrupt ends HLT and returns behind it`() throws {
    let machine = try ProtectedMachine()
    // sti; hlt; nop
    machine.load([0xfb, 0xf4, 0x90])
    #expect(machine.cpu.run(10) == .halted)
    #expect(machine.cpu.isHalted)
    #expect(machine.cpu.run(10) == .halted)
    machine.controller.vectors = [0x31]
    machine.cpu.setInterrupt(true)
    machine.step(1)
    #expect(!machine.cpu.isHalted)
    #expect(machine.taken == Taken(vector: 0x31, code: nil, eip: 0x10002))
  }

  @Test func `an NMI passes IF and blocks others until IRET`() throws {
    let machine = try ProtectedMachine()
    machine.gate(2, offset: 0x40000, type: 0xe)
    // nop; iretd
    machine.memory.store([0x90, 0xcf], at: 0x40000)
    // nop; nop; nop
    machine.load([0x90, 0x90, 0x90])
    machine.cpu.requestNMI()
    machine.step(2)
    #expect(machine.cpu.state.rip == 0x40001)
    machine.cpu.requestNMI()
    #expect(machine.cpu.state.rip == 0x40001)
    #expect(machine.cpu.state.nmiPending)
    machine.step(1)
    #expect(machine.cpu.state.rip == 0x10000)
    machine.step(1)
    // IRET went back, and the one that waited came at once.
    #expect(machine.cpu.state.rip == 0x40000)
    #expect(machine.stack(0) == 0x10000)
    #expect(!machine.cpu.state.nmiPending)
    #expect(machine.cpu.state.nmiBlocked)
  }

  @Test func `an NMI waits until the stack after a load of SS is whole`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.gpr[0] = 0x10 }
    // mov ss, eax; mov esp, 0x8700; nop
    machine.load([0x8e, 0xd0, 0xbc, 0x00, 0x87, 0x00, 0x00, 0x90])
    machine.step(1)
    machine.cpu.requestNMI()
    machine.step(2)
    #expect(machine.cpu.state.rip == machine.handler(2))
    #expect(machine[4] == 0x8700 - 12)
    #expect(machine.stack(0) == 0x10007)
  }

  @Test func `IRET checks the segment, and IOPL and IF by level`() throws {
    let machine = try ProtectedMachine()
    machine.enter(ring: 3)
    // push dword 0x3202; push dword 0x1b; push dword 0x40000; iretd
    machine.load([0x68, 0x02, 0x32, 0x00, 0x00, 0x6a, 0x1b, 0x68, 0x00, 0x00, 0x04, 0x00, 0xcf])
    machine.step(4)
    #expect(machine.cpu.state.rip == 0x40000)
    #expect(machine.cpu.state.rflags & 0x3200 == 0)
    machine.enter(ring: 3)
    // push dword 0x202; push dword 8; push dword 0x40000; iretd
    machine.load([0x68, 0x02, 0x02, 0x00, 0x00, 0x6a, 0x08, 0x68, 0x00, 0x00, 0x04, 0x00, 0xcf])
    machine.step(4)
    #expect(machine.taken == Taken(vector: 13, code: 8, eip: 0x1000c))
    machine.enter(ring: 0)
    // push dword 0x3202; push dword 8; push dword 0x40000; iretd
    machine.load([0x68, 0x02, 0x32, 0x00, 0x00, 0x6a, 0x08, 0x68, 0x00, 0x00, 0x04, 0x00, 0xcf])
    machine.step(4)
    #expect(machine.cpu.state.rip == 0x40000)
    #expect(machine.cpu.state.rflags & 0x3200 == 0x3200)
  }

  @Test func `POPF changes IF only within IOPL, and IOPL only at level 0`() throws {
    let machine = try ProtectedMachine()
    machine.enter(ring: 3)
    // push dword 0x3ed7; popfd; pushfd
    #expect(machine.execute([0x68, 0xd7, 0x3e, 0x00, 0x00, 0x9d, 0x9c], steps: 3) == nil)
    #expect(machine.cpu.state.rflags & 0x3200 == 0)
    #expect(machine.stack(0) & 0xcd5 == 0xcd5)
    machine.update { $0.rflags |= 0x3000 }
    // push dword 0x202; popfd
    #expect(machine.execute([0x68, 0x02, 0x02, 0x00, 0x00, 0x9d], steps: 2) == nil)
    #expect(machine.cpu.state.rflags & 0x3200 == 0x3200)
    // cli
    #expect(machine.execute([0xfa]) == nil)
    #expect(machine.cpu.state.rflags & 0x200 == 0)
  }

  @Test func `PVI lets level 3 have an IF of its own`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.cr4 |= 2 }
    machine.enter(ring: 3)
    // sti
    #expect(machine.execute([0xfb]) == nil)
    #expect(machine.cpu.state.rflags & 0x80200 == 0x80000)
    // cli
    #expect(machine.execute([0xfa]) == nil)
    #expect(machine.cpu.state.rflags & 0x80200 == 0)
    machine.update { $0.rflags |= 0x100000 }
    // sti
    #expect(machine.execute([0xfb]) == Taken(vector: 13, code: 0, eip: 0x10000))
  }

  @Test func `INIT starts the bootstrap processor at the reset vector and others wait for SIPI`() throws {
    let machine = try ProtectedMachine()
    // nop; nop
    machine.load([0x90, 0x90])
    machine.cpu.requestINIT()
    machine.step(0)
    let state = machine.cpu.state
    #expect(state.rip == 0xfff0)
    #expect(state.segments[1].base == 0xffff_0000)
    #expect(state.cr0 & 1 == 0)
    let other = X86CPU(
      model: machine.cpu.cpuModel, index: 1, memory: machine.memory, ports: machine.ports, code: machine.cpu.code,
      site: .init(name: "cpu1", clock: machine.cpu.clock, memory: machine.memory))
    #expect(other.run(10) == .halted)
    #expect(other.isWaitingForSIPI)
    // mov ax, cs; hlt
    machine.memory.store([0x8c, 0xc8, 0xf4], at: 0x7000)
    other.startup(vector: 7)
    _ = other.run(10)
    #expect(other.state.gpr[0] & 0xffff == 0x700)
    other.startup(vector: 9)
    #expect(other.state.segments[1].selector == 0x700)
    // INIT and SIPI between two turns of the CPU: both count, in this order.
    other.requestINIT()
    other.startup(vector: 9)
    _ = other.run(1)
    #expect(other.state.segments[1].selector == 0x900)
  }

  @Test func `a request that nobody acknowledges does not keep the guest from running`() throws {
    let machine = try TestMachine()
    var state = machine.cpu.state
    state.rflags |= 0x200
    machine.cpu.state = state
    machine.cpu.setInterrupt(true)
    // inc eax; jmp back
    #expect(machine.run([0x40, 0xeb, 0xfd], 10) == .budget)
    #expect(machine[0] == 5)
  }
}
