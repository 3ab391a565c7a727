import Testing
import X86

/// Hardware task switches (SDM 3A chapter 7).
@Suite struct TaskTests {
  typealias At = ProtectedMachine.At
  typealias Selector = ProtectedMachine.Selector
  private static let second: UInt64 = 0x6000
  private static let selector: UInt16 = 0x60
  private static let start: UInt64 = 0x50000

  /// A machine with a second task of level 0 in TSS 60H.
  private func machine(wide: Bool = true) throws -> ProtectedMachine {
    let machine = try ProtectedMachine()
    machine.descriptor(
      Self.selector, base: Self.second, limit: wide ? 0x67 : 0x2b, access: wide ? 0xe9 : 0xe1)
    let size: UInt64 = wide ? 4 : 2
    let registers: UInt64 = wide ? 0x20 : 0x0e
    machine.memory.write(wide ? Self.start : 0x5000, Self.second + registers, width: Int(size))
    machine.memory.write(0x0002, Self.second + registers + size, width: Int(size))
    for index in 0..<8 {
      let value = index == 4 ? 0x7000 : UInt64(0xa0 + index)
      machine.memory.write(value, Self.second + registers + UInt64(index + 2) * size, width: Int(size))
    }
    let selectors: [UInt64] = [0x10, 0x08, 0x10, 0x10, 0x23, 0]
    for index in 0..<(wide ? 6 : 4) {
      let at = Self.second + (wide ? 0x48 : 0x22) + UInt64(index) * size
      machine.memory.write(selectors[index], at, width: Int(size))
    }
    return machine
  }

  @Test func `a jump to a TSS saves one task, loads the other and moves the busy bit`() throws {
    let machine = try machine()
    machine.update {
      for index in 0..<8 where index != 4 { $0.gpr[index] = 0x1000 + UInt64(index) }
      $0.rflags |= 0x801
    }
    // jmp 0x60:0
    #expect(machine.execute([0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00]) == nil)
    let state = machine.cpu.state
    #expect(state.rip == Self.start)
    #expect((0..<8).map { state.gpr[$0] } == [0xa0, 0xa1, 0xa2, 0xa3, 0x7000, 0xa5, 0xa6, 0xa7])
    #expect(state.rflags == 2)
    #expect((0..<6).map { state.segments[$0].selector } == [0x10, 0x08, 0x10, 0x10, 0x23, 0])
    #expect(!state.segments[5].isUsable)
    #expect(state.cr0 & 8 != 0)
    #expect(state.segments[7].selector == 0x60)
    #expect(machine.access(0x28) == 0x89)
    #expect(machine.access(0x60) == 0xeb)
    // The old task: EIP behind the jump, flags, registers, selectors.
    #expect(machine.memory.read(At.tss + 0x20, width: 4) == 0x10007)
    #expect(machine.memory.read(At.tss + 0x24, width: 4) == 0x803)
    #expect(machine.memory.read(At.tss + 0x28, width: 4) == 0x1000)
    #expect(machine.memory.read(At.tss + 0x38, width: 4) == At.stack)
    #expect(machine.memory.read(At.tss + 0x4c, width: 2) == 0x08)
  }

  @Test func `a call links the tasks with NT, and IRET goes back`() throws {
    let machine = try machine()
    // iretd
    machine.memory.store([0xcf], at: Self.start)
    // call 0x60:0
    #expect(machine.execute([0x9a, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00]) == nil)
    #expect(machine.cpu.state.rflags & 0x4000 != 0)
    #expect(machine.memory.read(Self.second, width: 2) == 0x28)
    #expect(machine.access(0x28) == 0x8b)
    #expect(machine.access(0x60) == 0xeb)
    machine.step(1)
    let state = machine.cpu.state
    #expect(state.rip == 0x10007)
    #expect(state.rflags & 0x4000 == 0)
    #expect(state.segments[7].selector == 0x28)
    #expect(machine.access(0x28) == 0x8b)
    #expect(machine.access(0x60) == 0xe9)
    // The task that ended is saved with NT clear, behind its IRET.
    #expect(machine.memory.read(Self.second + 0x20, width: 4) == Self.start + 1)
    #expect(machine.memory.read(Self.second + 0x24, width: 4) & 0x4000 == 0)
  }

  @Test func `an exception through a task gate brings its error code to the new stack`() throws {
    let machine = try machine()
    machine.gate(13, selector: 0x60, offset: 0, type: 5)
    machine.enter(ring: 3)
    // mov ax, 0x10; mov ds, ax
    machine.execute([0x66, 0xb8, 0x10, 0x00, 0x66, 0x8e, 0xd8], steps: 2)
    #expect(machine.cpu.state.rip == Self.start)
    #expect(machine[4] == 0x6ffc)
    #expect(machine.stack(0) == 0x10)
    #expect(machine.cpu.state.rflags & 0x4000 != 0)
    // The instruction that failed will be tried again, with RF set.
    #expect(machine.memory.read(At.tss + 0x20, width: 4) == 0x10004)
    #expect(machine.memory.read(At.tss + 0x24, width: 4) & 0x10000 != 0)
    #expect(machine.memory.read(At.tss + 0x50, width: 2) == 0x23)
  }

  @Test func `a task gate serves level 3 when its DPL says so`() throws {
    let machine = try machine()
    machine.callGate(0x68, selector: 0x60, type: 5, dpl: 3)
    machine.descriptor(Self.selector, base: Self.second, limit: 0x67, access: 0x89)
    machine.enter(ring: 3)
    // call 0x63:0
    #expect(machine.execute([0x9a, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00]) == Taken(vector: 13, code: 0x60, eip: 0x10000))
    machine.enter(ring: 3)
    // call 0x6b:0
    #expect(machine.execute([0x9a, 0x00, 0x00, 0x00, 0x00, 0x6b, 0x00]) == nil)
    #expect(machine.cpu.state.rip == Self.start)
    #expect(machine.cpl == 0)
  }

  @Test func `a 16-bit task has 16-bit registers and leaves ones above them`() throws {
    let machine = try machine(wide: false)
    // jmp 0x60:0
    #expect(machine.execute([0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00]) == nil)
    let state = machine.cpu.state
    #expect(state.rip == 0x5000)
    #expect(state.gpr[0] == 0xffff_00a0)
    #expect(!state.segments[4].isUsable)
    // Back to the 32-bit task, which finds itself as it was.
    // jmp 0x28:0
    machine.memory.store([0xea, 0x00, 0x00, 0x00, 0x00, 0x28, 0x00], at: 0x5000)
    machine.step(1)
    #expect(machine.cpu.state.rip == 0x10007)
    #expect(machine.memory.read(Self.second + 0x0e, width: 2) == 0x5007)
    #expect(machine.access(0x60) == 0xe1)
  }

  /// What is wrong, and the exception it raises in the old task (before anything has changed) or the new.
  struct Broken: Sendable {
    let name: String
    let vector: Int
    let code: UInt32
    let inNewTask: Bool
    let prepare: @Sendable (ProtectedMachine) -> Void
    init(
      _ name: String, _ vector: Int, _ code: UInt32, inNewTask: Bool,
      _ prepare: @escaping @Sendable (ProtectedMachine) -> Void
    ) {
      self.name = name
      self.vector = vector
      self.code = code
      self.inNewTask = inNewTask
      self.prepare = prepare
    }
  }

  static let broken: [Broken] = [
    Broken("busy", 13, 0x60, inNewTask: false) {
      $0.descriptor(0x60, base: 0x6000, limit: 0x67, access: 0xeb)
    },
    Broken("not present", 11, 0x60, inNewTask: false) {
      $0.descriptor(0x60, base: 0x6000, limit: 0x67, access: 0x69)
    },
    Broken("too short", 10, 0x60, inNewTask: false) {
      $0.descriptor(0x60, base: 0x6000, limit: 0x66, access: 0xe9)
    },
    Broken("an LDT that is none", 10, 0x10, inNewTask: true) { $0.memory.write(0x10, 0x6060, width: 2) },
    Broken("null code", 10, 0, inNewTask: true) { $0.memory.write(0, 0x604c, width: 2) },
    Broken("data as code", 10, 0x10, inNewTask: true) { $0.memory.write(0x10, 0x604c, width: 2) },
    Broken("null stack", 10, 0, inNewTask: true) { $0.memory.write(0, 0x6050, width: 2) },
    Broken("stack of another level", 10, 0x20, inNewTask: true) { $0.memory.write(0x23, 0x6050, width: 2) },
    Broken("data beyond the GDT", 10, 0x200, inNewTask: true) { $0.memory.write(0x200, 0x6054, width: 2) },
    Broken("data not present", 11, 0x68, inNewTask: true) {
      $0.descriptor(0x68, base: 0, limit: 0xfffff, access: 0x12, flags: 0xc)
      $0.memory.write(0x68, 0x6048, width: 2)
    },
  ]

  @Test(arguments: broken)
  func `a bad TSS fails in the old task, bad contents fail in the new one`(_ what: Broken) throws {
    let machine = try machine()
    // Whatever SS the new task has, the handler runs as a task of its own.
    machine.descriptor(0x70, base: 0x7000, limit: 0x67, access: 0x89)
    for vector in 10...13 { machine.gate(vector, selector: 0x70, offset: 0, type: 5) }
    machine.memory.write(0x60000, 0x7020, width: 4)
    machine.memory.write(0x7800, 0x7038, width: 4)
    for (offset, selector) in [(0x48, 0x10), (0x4c, 8), (0x50, 0x10), (0x54, 0x10), (0x58, 0x10), (0x5c, 0x10)] {
      machine.memory.write(UInt64(selector), 0x7000 + UInt64(offset), width: 4)
    }
    what.prepare(machine)
    // jmp 0x60:0
    machine.execute([0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00])
    #expect(machine.cpu.state.rip == 0x60000)
    #expect(machine.stack(0) == UInt64(what.code))
    #expect(machine.memory.read(0x7000, width: 2) == (what.inNewTask ? 0x60 : 0x28))
    let saved = what.inNewTask ? Self.second : At.tss
    #expect(machine.memory.read(saved + 0x20, width: 4) == (what.inNewTask ? Self.start : 0x10000))
  }

  @Test func `IRET with NT and a link that leads nowhere is #TS`() throws {
    let machine = try machine()
    machine.memory.write(0x60, At.tss, width: 2)
    machine.update { $0.rflags |= 0x4000 }
    // Not busy: not a task that called.
    // iretd
    #expect(machine.execute([0xcf]) == Taken(vector: 10, code: 0x60, eip: 0x10000))
  }

  @Test func `the T flag of a TSS traps before the task's first instruction`() throws {
    let machine = try machine()
    machine.memory.write(1, Self.second + 0x64, width: 2)
    // nop
    machine.memory.store([0x90], at: Self.start)
    // jmp 0x60:0
    machine.load([0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00])
    machine.step(2)
    #expect(machine.cpu.state.rip == machine.handler(1))
    #expect(machine.stack(0) == Self.start)
    #expect(machine.cpu.state.dr6 & 0x8000 != 0)
  }

  @Test func `a task's CR3 is loaded with it`() throws {
    let machine = try machine()
    machine.mapLow(directory: 0x100000)
    machine.mapLow(directory: 0x200000)
    // In the second address space the page at 30000H is elsewhere.
    machine.memory.write(0x31007, 0x201000 + 0x30 * 4, width: 4)
    machine.memory.write(0x200000, Self.second + 0x1c, width: 4)
    machine.memory.write(0x1111, 0x30000, width: 4)
    machine.memory.write(0x2222, 0x31000, width: 4)
    // mov ebx, [0x30000]
    machine.memory.store([0x8b, 0x1d, 0x00, 0x00, 0x03, 0x00], at: Self.start)
    machine.update {
      $0.cr3 = 0x100000
      $0.cr0 |= 0x8000_0000
    }
    // mov eax, [0x30000]; jmp 0x60:0
    machine.execute([0xa1, 0x00, 0x00, 0x03, 0x00, 0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00], steps: 3)
    #expect(machine.cpu.state.cr3 == 0x200000)
    #expect(machine[3] == 0x2222)
    #expect(machine.memory.read(At.tss + 0x28, width: 4) == 0x1111)
  }
}
