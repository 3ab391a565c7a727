import DeviceAudit
import Engine
import SavedState
import Testing
import X86

/// Breakpoints of a debugger: the CPU stops before the instruction, passes it when it runs on, and the guest notices
/// nothing.
@Suite struct BreakpointTests {
  typealias At = ProtectedMachine.At

  @Test func `it stops before the instruction and passes it when it runs on`() throws {
    let machine = try TestMachine()
    // inc eax; inc ecx; inc edx; jmp back
    machine.load([0x40, 0x41, 0x42, 0xeb, 0xfb])
    machine.jump(to: 0x1000)
    machine.cpu.run(400)
    machine.cpu.setBreakpoints([0x1001])
    for turn in 101...105 as ClosedRange<UInt64> {
      #expect(machine.cpu.run(1000) == .debug)
      #expect(machine.cpu.debugStop == .breakpoint(0x1001))
      #expect(machine.cpu.programCounter == 0x1001)
      #expect(machine[0] == turn && machine[1] == turn - 1)
      #expect(machine.cpu.executed == 400 + (turn - 101) * 4 + 1)
    }
    machine.cpu.setBreakpoints([])
    #expect(machine.cpu.run(1000) == .budget)
  }

  @Test func `every instruction of a block can have one, and slices count no instruction for them`() throws {
    let machine = try TestMachine()
    machine.load([UInt8](repeating: 0x40, count: 30) + [0xeb, 0xe0])
    machine.jump(to: 0x1000)
    machine.cpu.setBreakpoints(Set((0x1000...0x101e).map { UInt64($0) }))
    var stops: [UInt64] = []
    while machine.cpu.executed < 62 {
      let exit = machine.cpu.run(5)
      if exit == .debug { stops.append(machine.cpu.programCounter) }
    }
    #expect(stops.prefix(62).map { $0 & 0xff } == Array(0...0x1e) + Array(0...0x1e))
    #expect(machine[0] == 60)
  }

  @Test func `an address in the middle of an instruction stops nothing`() throws {
    let machine = try TestMachine()
    // mov eax, imm32; inc ecx
    machine.load([0xb8, 0x40, 0x40, 0x40, 0x40, 0x41])
    machine.jump(to: 0x1000)
    machine.cpu.setBreakpoints([0x1002])
    #expect(machine.cpu.run(2) == .budget)
    #expect(machine[1] == 1)
  }

  @Test func `two CPUs with common code have breakpoints of their own`() throws {
    let machine = try TestMachine()
    let other = X86CPU(
      model: machine.cpu.cpuModel, index: 1, memory: machine.memory, ports: machine.ports, code: machine.code,
      site: .init(name: "cpu1", clock: machine.clock, memory: machine.memory))
    machine.load([0x40, 0x41, 0xeb, 0xfc])
    machine.jump(to: 0x1000)
    other.state = machine.cpu.state
    other.settle()
    other.setBreakpoints([0x1001])
    #expect(machine.cpu.run(30) == .budget)
    #expect(other.run(30) == .debug)
    #expect(other.executed == 1)
    #expect(machine.cpu.run(30) == .budget)
  }

  @Test func `code seen at two addresses stops at the one that was named`() throws {
    let machine = try ProtectedMachine()
    let pages = Pages(machine)
    pages.map(0x40_0000, to: 0x50000)
    pages.map(0x41_0000, to: 0x50000)
    pages.enable()
    machine.memory.store([0x40, 0x41, 0xc3], at: 0x50000)
    machine.cpu.setBreakpoints([0x41_0001])
    // call 400000h; call 410000h
    machine.load(
      [0xe8] + Pages.relative(0x40_0000, from: At.program + 5) + [0xe8]
        + Pages.relative(0x41_0000, from: At.program + 10))
    #expect(machine.cpu.run(100) == .debug)
    #expect(machine.cpu.programCounter == 0x41_0001 && machine[0] == 2 && machine[1] == 1)
  }

  @Test func `a page that is not there yet is brought in first, and the stop comes once`() throws {
    let machine = try ProtectedMachine()
    let pages = Pages(machine)
    pages.enable()
    machine.memory.store([0x40, 0x90, 0xeb, 0xfe], at: 0x50000)
    // The handler maps the page: mov dword [pte], 50067h; add esp, 4; iretd
    let entry = pages.entry(0x40_0000)
    machine.memory.store(
      [0xc7, 0x05] + Pages.bytes(entry) + Pages.bytes(0x50067) + [0x83, 0xc4, 4, 0xcf], at: machine.handler(14))
    machine.cpu.setBreakpoints([0x40_0000])
    machine.load([0xe9] + Pages.relative(0x40_0000, from: At.program + 5))
    #expect(machine.cpu.run(100) == .debug)
    #expect(machine.cpu.programCounter == 0x40_0000 && machine.cpu.executed == 5 && machine[0] == 0)
    #expect(machine.cpu.run(3) == .budget)
    #expect(machine[0] == 1)
  }

  @Test func `the first instruction of a handler can have one`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.rflags |= 0x200 }
    machine.controller.vectors = [0x40]
    machine.cpu.setBreakpoints([machine.handler(0x40), machine.handler(6)])
    machine.load([0x90, 0x90])
    machine.cpu.setInterrupt(true)
    #expect(machine.cpu.run(5) == .debug)
    #expect(machine.taken == Taken(vector: 0x40, code: nil, eip: UInt32(At.program)))
    // ud2
    machine.load([0x0f, 0x0b])
    #expect(machine.cpu.run(5) == .debug)
    #expect(machine.cpu.programCounter == machine.handler(6))
  }

  @Test func `one at a repeated instruction stops before each time that it is begun anew`() throws {
    let machine = try TestMachine()
    var state = machine.cpu.state
    state.gpr[1] = 5000
    state.gpr[7] = 0x20000
    machine.cpu.state = state
    // nop; rep stosb; inc edx
    machine.load([0x90, 0xf3, 0xaa, 0x42])
    machine.jump(to: 0x1000)
    machine.cpu.setBreakpoints([0x1001])
    #expect(machine.cpu.run(10) == .debug)
    #expect(machine[1] == 5000)
    #expect(machine.cpu.run(10) == .debug)
    #expect(machine[1] == 904 && machine.cpu.executed == 2)
    #expect(machine.cpu.run(2) == .budget)
    #expect(machine[1] == 0 && machine.cpu.programCounter == 0x1004)
  }

  @Test func `with TF set and after a load of SS the same instructions stop`() throws {
    let machine = try ProtectedMachine()
    // iretd
    machine.memory.store([0xcf], at: machine.handler(1))
    // mov eax, ss; mov ss, eax; inc ecx; inc edx
    machine.load([0x8c, 0xd0, 0x8e, 0xd0, 0x41, 0x42])
    machine.update { $0.rflags |= 0x100 }
    machine.cpu.setBreakpoints([At.program + 4, At.program + 5])
    #expect(machine.cpu.run(100) == .debug)
    #expect(machine.cpu.programCounter == At.program + 4 && machine.cpu.state.interruptShadow)
    #expect(machine.cpu.run(100) == .debug)
    #expect(machine.cpu.programCounter == At.program + 5 && machine[1] == 1)
  }

  @Test func `breakpoints, put on and taken off all the time, change nothing in what a guest does`() throws {
    for seed in 20..<24 as Range<UInt64> {
      let whole = try SliceProgram(seed: seed)
      whole.run(to: 4000) { 1_000_000 }
      let stopped = try SliceProgram(seed: seed)
      var random = SplitMix64(seed: seed)
      stopped.run(to: 4000) {
        let addresses = (0..<random.below(200)).map { _ in 0x10000 + random.below(0x100) * 32 }
        stopped.machine.cpu.setBreakpoints(Set(addresses))
        stopped.machine.cpu.setWatchpoints(
          random.below(2) == 0 ? [] : [Watchpoint(address: 0x30000 + random.below(0x9000), length: 64, kind: .access)])
        return 1 + Int(random.below(60))
      }
      #expect(stopped.stops > 10)
      let (a, b) = (whole.state, stopped.state)
      #expect(a.tree == b.tree && a.memory == b.memory, "seed \(seed)")
    }
  }
}
