import GuestMemory
import Testing

@testable import ARM

/// What is remembered of tables, pages and code is forgotten when it must be.
@Suite struct `remembered translations and code` {
  private static let page: UInt32 = 0x0050_0000

  private func machine() throws -> (TestMachine, TranslationTables) {
    let machine = try TestMachine(size: 8 << 20)
    for at in [0x0020_0000, 0x0030_0000] as [UInt32] {
      for offset in stride(from: 0, to: 0x10_0000 as UInt32, by: 0x400) { machine.load([at], at: at + offset) }
    }
    return (machine, TranslationTables(machine))
  }

  /// Runs `words` at the start without disturbing what the CPU remembers.
  private func go(_ machine: TestMachine, _ words: [UInt32], _ registers: [Int: UInt32]) {
    machine.load(words)
    let core = machine.cpu.view.core
    for (number, value) in registers { core.pointee.state.r[number] = value }
    core.pointee.state.pc = TestMachine.start
    machine.cpu.run(words.count)
  }

  /// CRm and opcode 2 of the operations on TLBs; those by address have opcode 2 1.
  @Test(
    arguments: PageKind.allCases, [(7, 0), (5, 0), (6, 0), (7, 1), (5, 1), (6, 1)] as [(UInt32, UInt32)])
  func `a page that was invalidated leads where its descriptor now says`(
    _ kind: PageKind, _ operation: (UInt32, UInt32)
  ) throws {
    let (machine, tables) = try machine()
    tables.map(kind, Self.page, to: 0x0020_0000)
    tables.enable()
    let last = kind.size - 0x400
    // Both ends are known, to reads and writes.
    go(machine, [Code.ldr(1, 2), Code.ldr(4, 3), Code.str(1, 2), Code.str(4, 3)], [2: Self.page, 3: Self.page + last])
    #expect(machine[1] == 0x0020_0000 && machine[4] == 0x0020_0000)
    tables.map(kind, Self.page, to: 0x0030_0000)
    // One address stands for the whole section or page, wherever in it it lies.
    go(
      machine, [Code.mcr(5, 8, operation.0, operation.1), Code.ldr(1, 2), Code.ldr(4, 3), Code.str(6, 2)],
      [5: Self.page + kind.size / 2, 6: 0x99])
    #expect(machine[1] == 0x0030_0000 && machine[4] == 0x0030_0000)
    #expect(machine.word(0x0030_0000) == 0x99 && machine.word(0x0020_0000) == 0x0020_0000)
    tables.map(kind, Self.page, to: 0x0030_0000, access: 1)
    go(machine, [Code.mcr(5, 8, operation.0, operation.1), Code.ldrt(1, 2)], [:])
    // Domain 0 is not checked.
    #expect(machine.exceptions == [])
  }

  @Test(arguments: [false, true])
  func `an invalidation counts for every value of the domain access register, and for users`(_ isWhole: Bool) throws {
    let (machine, tables) = try machine()
    tables.map(.smallCoarse, Self.page, to: 0x0020_0000, domain: 1)
    tables.enable()
    let values: [UInt32] = [0b01_11, 0b11_11, 0x1_0007]
    let loads = values.indices.flatMap { [Code.mcr(UInt32($0) + 8, 3), Code.ldr(UInt32($0), 6), Code.ldrt(3, 6)] }
    let registers = [6: Self.page, 8: values[0], 9: values[1], 10: values[2]]
    go(machine, loads, registers)
    #expect((0..<4).map { machine[$0] } == Array(repeating: 0x0020_0000, count: 4))
    tables.map(.smallCoarse, Self.page, to: 0x0030_0000, domain: 1)
    go(machine, [Code.mcr(6, 8, 7, isWhole ? 0 : 1)] + loads, registers)
    #expect((0..<4).map { machine[$0] } == Array(repeating: 0x0030_0000, count: 4))
    #expect(machine.exceptions == [])
  }

  @Test func `an address is invalidated in a process's slot, too`() throws {
    let (machine, tables) = try machine()
    tables.map(.section, 0x0400_0000, to: 0)
    tables.map(.smallCoarse, 0x0410_0000, to: 0x0020_0000)
    tables.enable()
    machine.change { $0.cp15.processID = 2 << 25 }
    go(machine, [Code.ldr(1, 2)], [2: 0x0010_0000])
    tables.map(.smallCoarse, 0x0410_0000, to: 0x0030_0000)
    go(machine, [Code.mcr(3, 8, 7, 1), Code.ldr(4, 2)], [3: 0x0410_0000])
    #expect(machine[1] == 0x0020_0000 && machine[4] == 0x0030_0000)
  }

  @Test func `the translation table's base, S and R count from the next instruction`() throws {
    let (machine, tables) = try machine()
    tables.map(.section, Self.page, to: 0x0020_0000, access: 0, domain: 1)
    tables.enable(domainAccess: 0b01_11, control: Control.system)
    let control = Control.fixed | Control.mmu
    go(machine, [Code.ldr(1, 2), Code.mcr(3, 1), Code.ldr(4, 2)], [2: Self.page, 3: control])
    #expect(machine[1] == 0x0020_0000 && machine.exceptions == ["dataAbort"])
    #expect(machine.cpu.state.cp15.dataFaultStatus == 0x1d)
    // Another first level, which differs in one section.
    machine.memory.store(
      (0..<0x4000).map { UInt8(machine.memory.read(0x4000 + UInt64($0), width: 1)) }, at: 0x0001_0000)
    machine.load([0x0030_0c02], at: 0x0001_0000 + (Self.page >> 20) << 2)
    go(machine, [Code.mcr(3, 2), Code.ldr(4, 2)], [3: 0x0001_3fff])
    #expect(machine[4] == 0x0030_0000 && machine.cpu.state.cp15.translationTable == 0x0001_0000)
  }

  @Test func `the MMU goes on and off between two instructions`() throws {
    let (machine, tables) = try machine()
    tables.map(.section, Self.page, to: 0x0020_0000)
    tables.enable()
    machine.load([0x55], at: Self.page)
    let control = Control.fixed | Control.mmu
    go(
      machine,
      [Code.ldr(1, 2), Code.mcr(3, 1), Code.ldr(4, 2), Code.mcr(5, 1), Code.ldr(6, 2)],
      [2: Self.page, 3: Control.fixed, 5: control])
    #expect(machine[1] == 0x0020_0000 && machine[4] == 0x55 && machine[6] == 0x0020_0000)
  }

  @Test func `code written through another mapping is the code that runs`() throws {
    let (machine, tables) = try machine()
    tables.map(.smallCoarse, Self.page, to: 0x0020_0000)
    tables.map(.smallCoarse, 0x0060_0000, to: 0x0020_0000)
    tables.enable()
    machine.load([Code.mov(1, 1), Code.b(-1)], at: 0x0020_0000)
    machine.jump(to: Self.page)
    machine.cpu.run(7)
    #expect(machine[1] == 1)
    go(machine, [Code.str(3, 2)], [2: 0x0060_0000, 3: Code.mov(1, 2)])
    machine.cpu.view.core.pointee.state.pc = Self.page
    machine.cpu.run(3)
    #expect(machine[1] == 2)
  }

  @Test func `an instruction may replace the one behind it`() throws {
    let (machine, _) = try machine()
    for width in [1, 2, 4] {
      machine[2] = TestMachine.start + 8
      machine[3] = Code.mov(1, 7)
      let store = width == 1 ? Code.strb(3, 2) : width == 2 ? Code.strh(3, 2) : Code.str(3, 2)
      machine.run([Code.mov(1, 0), store, Code.mov(1, 1), Code.mov(4, 1)], 4)
      #expect(machine[1] == 7, "\(width) bytes")
    }
  }

  @Test func `a branch leads to another page when its own is seen at another address`() throws {
    let (machine, tables) = try machine()
    // Both pages of the first window are one; the second goes on elsewhere.
    tables.map(.smallCoarse, Self.page, to: 0x0020_0000)
    tables.map(.smallCoarse, Self.page + 0x1000, to: 0x0020_0000)
    tables.map(.smallCoarse, Self.page + 0x2000, to: 0x0030_0000)
    tables.enable()
    machine.load([Code.b(0x400 + 4)], at: 0x0020_0000)
    machine.load([Code.mov(1, 1), Code.loop], at: 0x0020_0010)
    machine.load([Code.mov(1, 2), Code.loop], at: 0x0030_0010)
    for _ in 0..<2 {
      for (start, value) in [(Self.page, 1), (Self.page + 0x1000, 2)] as [(UInt32, UInt32)] {
        machine.cpu.view.core.pointee.state.pc = start
        machine.cpu.run(4)
        #expect(machine[1] == value)
      }
    }
  }

  @Test func `code that may not be fetched any more aborts, also in a loop that ran`() throws {
    let (machine, tables) = try machine()
    tables.map(.smallCoarse, Self.page, to: 0x0020_0000, access: 2, domain: 1)
    tables.enable(domainAccess: 0b01_11)
    machine.load([Code.add(1, 1, 1), Code.b(-1)], at: 0x0020_0000)
    machine.enter(.user)
    machine.jump(to: Self.page)
    machine.cpu.run(100)
    tables.map(.smallCoarse, Self.page, to: 0x0020_0000, access: 1, domain: 1)
    machine.enter(.supervisor)
    go(machine, [Code.mcr(5, 8, 7, 1)], [5: Self.page])
    // Privileged modes may still run it.
    machine.cpu.view.core.pointee.state.pc = Self.page
    machine.cpu.run(4)
    #expect(machine[15] == Self.page && machine.exceptions == [])
    machine.enter(.user)
    machine.cpu.run(1)
    #expect(machine[15] == 0xc && machine[14] == Self.page + 4)
    #expect(machine.cpu.state.cp15.instructionFaultStatus == 0x1f)
  }

  @Test func `a page that a consumer has taken is dirty again after the next store`() throws {
    let (machine, tables) = try machine()
    tables.map(.section, Self.page, to: 0x0020_0000)
    tables.enable()
    let consumer = try #require(machine.ram.makeConsumer())
    let number = 0x0020_0000 >> RAMBlock.pageShift
    for round in 0..<3 {
      consumer.take { _ in }
      #expect(!consumer.isDirty(number))
      // The first store of a page is slow, the others are not.
      for _ in 0..<round { go(machine, [Code.ldr(1, 2)], [2: Self.page]) }
      #expect(!consumer.isDirty(number))
      go(machine, [Code.str(1, 2), Code.str(1, 2, 4)], [2: Self.page])
      #expect(consumer.isDirty(number))
    }
  }

  @Test func `a map that the running instruction changes counts from the next one`() throws {
    let (machine, _) = try machine()
    let port = TestPort(machine)
    let rom = try RAMBlock(name: "rom", size: 0x1000)
    let region = Region("alias", base: 0x1000, size: 0x1000, priority: 1, content: .memory(rom, offset: 0))
    port.onWrite = { _, value in
      if value == 1 { machine.memory.map(region) } else { machine.memory.unmap(region) }
    }
    let program = [Code.str(1, 2), Code.mov(3, 3), Code.str(4, 2), Code.mov(5, 5), Code.loop]
    for (index, word) in program.enumerated() {
      rom.unguarded.storeBytes(of: word | (index == 1 ? 0x10 : 0), toByteOffset: index * 4, as: UInt32.self)
    }
    for isChained in [false, true] {
      machine[1] = isChained ? 0 : 1
      machine[2] = TestPort.base
      machine[4] = 0
      machine.run(program, 8)
      // 0x13 when it came from the alias.
      #expect(machine[3] == (isChained ? 3 : 0x13) && machine[5] == 5)
    }
    #expect(machine.cpu.executed == 16)
  }

  @Test func `translations of a CPU are its own`() throws {
    let (machine, tables) = try machine()
    let other = ARMCPU(model: CPUModel.all[0], index: 1, memory: machine.memory, code: machine.code)
    tables.map(.section, Self.page, to: 0x0020_0000)
    tables.enable()
    go(machine, [Code.ldr(1, 2)], [2: Self.page])
    machine.load([0x66], at: Self.page)
    var state = other.state
    state.pc = TestMachine.start
    state.r[2] = Self.page
    other.state = state
    other.settle()
    other.run(1)
    #expect(machine[1] == 0x0020_0000 && other.state.r[1] == 0x66)
  }
}
