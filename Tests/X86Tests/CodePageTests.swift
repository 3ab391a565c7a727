import Engine
import Testing

@testable import X86

/// Pages that hold both code and what is written: stores to what is no code cost nothing, and those to code are exact.
@Suite struct `stores beside x86 code` {
  /// Interpreted, and translated where there is a translator.
  static let engines = X86CPU.canTranslate ? [false, true] : [false]

  /// How many instructions of translations the interpreter did.
  private func fallbacks(_ machine: TestMachine) -> UInt64 {
    machine.cpu.translator?.statistics.fallbacks.reduce(0) { $0 + $1.count } ?? 0
  }

  @Test(arguments: engines)
  func `go to memory without a way round, up to the last byte before code and from the first behind it`(
    _ translates: Bool
  ) throws {
    let machine = try TestMachine(translates: translates)
    // The code has the piece from 0x1040 on for itself.
    machine.load(
      [
        0x40,  // inc eax
        0x88, 0x05, 0x3f, 0x10, 0, 0,  // mov [0x103f], al
        0x66, 0x89, 0x05, 0x80, 0x10, 0, 0,  // mov [0x1080], ax
        0x89, 0x05, 0x3a, 0x10, 0, 0,  // mov [0x103a], eax
        0xff, 0x05, 0xbe, 0x10, 0, 0,  // inc dword [0x10be]
        0x50, 0x59,  // push eax; pop ecx
        0xeb, 0xe2,  // jmp to the first
      ], at: 0x1040)
    var state = machine.cpu.state
    state.gpr[4] = 0x1ffe
    state.rip = 0x1040
    machine.cpu.state = state
    machine.cpu.settle()
    machine.cpu.run(8 * 70_000)
    #expect(machine.memory.read(0x103a, width: 4) == 70_000 && machine.memory.read(0x10be, width: 4) == 70_000)
    #expect(
      machine.memory.read(0x103f, width: 1) == 70_000 & 0xff && machine.memory.read(0x1080, width: 2) == 70_000 & 0xffff
    )
    #expect(machine.memory.read(0x1ffa, width: 4) == 70_000 && machine[1] == 70_000)
    #expect(machine.ram.code[1] == 2)
    #expect(machine.code.statistics.invalidations == 0)
    #expect(fallbacks(machine) < 20)
  }

  @Test(arguments: engines, [0x1040, 0x2000, 0x2fc0] as [UInt32])
  func `that reach into code change it`(_ translates: Bool, _ start: UInt32) throws {
    let machine = try TestMachine(translates: translates)
    let target = Pages.bytes(UInt64(start - 3))
    // inc eax; mov dword [start - 3], imm, which makes it inc ecx; jmp start
    machine.load([0x40, 0xc7, 0x05] + target + [0x90, 0x90, 0x90, 0x41, 0xeb, 0xf3], at: UInt64(start))
    machine.jump(to: UInt64(start))
    machine.cpu.run(3 * 100)
    #expect(machine[0] == 1 && machine[1] == 99)
  }

  @Test(arguments: engines)
  func `that have missed it often find the very next instruction`(_ translates: Bool) throws {
    let machine = try TestMachine(translates: translates)
    var state = machine.cpu.state
    state.gpr[0] = 0x42
    state.gpr[2] = 0
    state.gpr[7] = 0x1002 + 63 * 40
    machine.cpu.state = state
    // mov [edi], al; inc ecx (becomes inc edx); sub edi, 63; jmp to the first
    machine.run([0x88, 0x07, 0x41, 0x83, 0xef, 0x3f, 0xeb, 0xf8], 4 * 41)
    #expect(machine[1] == 40 && machine[2] == 1)
    machine.cpu.run(4 * 9)
    #expect(machine[1] == 40 && machine[2] == 10)
  }

  @Test(arguments: engines, [false, true])
  func `by repeated instructions fill up to code, and code`(_ translates: Bool, _ moves: Bool) throws {
    let machine = try TestMachine(translates: translates)
    machine.load([0x40, 0xc3], at: 0x1210)  // inc eax; ret
    machine.load([UInt8](repeating: 0x41, count: 0x200), at: 0x4000)
    let fill: [UInt8] = moves ? [0xbe, 0, 0x40, 0, 0, 0xf3, 0xa4] : [0xb0, 0x41, 0xf3, 0xaa]
    var code: [UInt8] = [0x31, 0xc0, 0xbb, 0x10, 0x12, 0, 0, 0xff, 0xd3, 0x89, 0xc2]  // eax = 0; call 0x1210; edx = eax
    code += [0xbf, 0x80, 0x10, 0, 0, 0xb9, 0x91, 0x01, 0, 0] + fill  // 0x1080 to 0x1210
    code += [0xff, 0xd3, 0xf4]  // call 0x1210: inc ecx; hlt
    #expect(machine.run(code, 100) == .halted)
    #expect(machine[2] == 1 && machine[1] == 1)
    #expect(machine.memory.bytes(0x1080, count: 0x192) == [UInt8](repeating: 0x41, count: 0x191) + [0xc3])
  }

  @Test(arguments: engines)
  func `that the page walk makes change code, too`(_ translates: Bool) throws {
    let machine = try ProtectedMachine(translates: translates)
    let pages = Pages(machine)
    let entry = pages.entry(0x20_1000)
    pages.map(0x20_1000, to: 0x3_0000)
    // mov eax, imm, which is the entry; mov [0x201000], ecx; jmp to the first
    machine.memory.store([0xb8], at: entry - 1)
    machine.memory.store([0x89, 0x0d, 0x00, 0x10, 0x20, 0x00, 0xeb, 0xf3], at: entry + 4)
    pages.enable()
    machine.update {
      $0.rip = entry - 1
      $0.gpr[1] = 0x77
    }
    machine.cpu.run(1)
    #expect(machine.cpu.state.gpr[0] == 0x3_0007)
    machine.cpu.run(3)
    #expect(machine.cpu.state.gpr[0] == 0x3_0067 && machine.memory.read(0x3_0000, width: 4) == 0x77)
  }

  @Test(arguments: engines)
  func `stop at watchpoints, and are marked for those who ask which pages change`(_ translates: Bool) throws {
    let machine = try TestMachine(translates: translates)
    // inc dword [0x1800]; inc dword [0x1900]; jmp to the first
    let loop: [UInt8] = [0xff, 0x05, 0x00, 0x18, 0, 0, 0xff, 0x05, 0x00, 0x19, 0, 0, 0xeb, 0xf2]
    machine.run(loop, 300)
    machine.cpu.setWatchpoints([Watchpoint(address: 0x1902, length: 1, kind: .write)])
    for round in 1...3 as ClosedRange<UInt64> {
      #expect(machine.cpu.run(1000) == .debug)
      #expect(machine.memory.read(0x1900, width: 4) == 100 + round)
    }
    machine.cpu.setWatchpoints([])
    #expect(machine.cpu.run(1000) == .budget)
    let consumer = try #require(machine.ram.makeConsumer())
    for _ in 0..<3 {
      consumer.take { _ in }
      #expect(!consumer.isDirty(1))
      machine.cpu.run(300)
      #expect(consumer.isDirty(1))
    }
  }

  @Test(arguments: engines)
  func `need not look any more when the code is gone`(_ translates: Bool) throws {
    let machine = try TestMachine(translates: translates)
    machine.load([0xc3], at: 0x3000)
    machine.run(
      [
        0xbb, 0, 0x30, 0, 0, 0xff, 0xd3,  // mov ebx, 0x3000; call ebx
        0xfe, 0x03,  // inc byte [ebx]
        0xff, 0x03, 0xeb, 0xfc,  // inc dword [ebx]; jmp to it
      ], 4)
    #expect(machine.ram.code[3] == 0)
    machine.cpu.run(20_000)
    #expect(machine.memory.read(0x3000, width: 4) == 0xc4 + 10_000)
    #expect(machine.code.statistics.invalidations == 1 && fallbacks(machine) < 20)
  }
}
