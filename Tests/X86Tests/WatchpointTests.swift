import Engine
import Testing
import X86

/// Watchpoints of a debugger: the CPU stops after the instruction that touched a watched byte.
@Suite struct WatchpointTests {
  typealias At = ProtectedMachine.At

  private func stops(
    _ code: [UInt8], _ watchpoint: Watchpoint, _ prepare: (inout X86State) -> Void = { _ in }
  ) throws -> (machine: ProtectedMachine, exit: ProcessorExit) {
    let machine = try ProtectedMachine()
    machine.update(prepare)
    machine.load(code + [UInt8](repeating: 0x90, count: 20))
    // The page is on the fast path before.
    machine.memory.write(0, 0x30000, width: 4)
    machine.cpu.setWatchpoints([watchpoint])
    return (machine, machine.cpu.run(10))
  }

  @Test func `a store to a watched word stops after it, and a read of it only when reads are watched`() throws {
    // mov eax, [30004h]; mov [30004h], ecx; inc edx
    let code: [UInt8] = [0xa1, 4, 0, 3, 0, 0x89, 0x0d, 4, 0, 3, 0, 0x42]
    for (kind, at) in [(Watchpoint.Kind.write, 2), (.read, 1), (.access, 1)] as [(Watchpoint.Kind, UInt64)] {
      let watched = Watchpoint(address: 0x30004, length: 4, kind: kind)
      let (machine, exit) = try stops(code, watched) { $0.gpr[1] = 77 }
      #expect(exit == .debug && machine.cpu.executed == at)
      #expect(machine.cpu.debugStop == .watchpoint(watched, address: 0x30004))
      #expect(machine.memory.read(0x30004, width: 4) == (at == 2 ? 77 : 0))
      let next = machine.cpu.run(10)
      #expect(next == (kind == .access ? .debug : .budget))
    }
  }

  @Test func `bytes beside the watched ones stop nothing`() throws {
    // mov byte [30003h], 1; mov byte [30008h], 1; mov byte [30007h], 1
    let code: [UInt8] = [0xc6, 5, 3, 0, 3, 0, 1, 0xc6, 5, 8, 0, 3, 0, 1, 0xc6, 5, 7, 0, 3, 0, 1]
    let (machine, exit) = try stops(code, Watchpoint(address: 0x30004, length: 4, kind: .write))
    #expect(exit == .debug && machine.cpu.executed == 3)
  }

  @Test(
    arguments: [
      ("across a page", [0xc7, 5, 0xfe, 0x0f, 3, 0, 1, 2, 3, 4], 0x31001),  // mov dword [30ffeh], imm
      ("push", [0xbc, 4, 0, 3, 0, 0x50], 0x30000),  // mov esp, 30004h; push eax
      ("call", [0xbc, 4, 0, 3, 0, 0xe8, 0, 0, 0, 0], 0x30000),
      ("int", [0xbc, 0x10, 0, 3, 0, 0xcd, 0x40], 0x3000c),
      ("stosd", [0xbf, 0, 0, 3, 0, 0xab], 0x30003),
      ("rep stosb", [0xbf, 0, 0, 3, 0, 0xb9, 9, 0, 0, 0, 0xf3, 0xaa], 0x30005),
      ("rep movsd", [0xbf, 0, 0, 3, 0, 0xb9, 9, 0, 0, 0, 0xf3, 0xa5], 0x30008),
      ("fst", [0xdb, 0xe3, 0xd9, 0xe8, 0xdd, 0x1d, 0, 0, 3, 0], 0x30007),  // fninit; fld1; fstp qword
      ("fstp80", [0xdb, 0xe3, 0xd9, 0xe8, 0xdb, 0x3d, 0, 0, 3, 0], 0x30009),
      ("movups", [0x0f, 0x11, 5, 0, 0, 3, 0], 0x3000f),
      ("fxsave", [0x0f, 0xae, 5, 0, 0, 3, 0], 0x300a0),
      ("inc", [0xff, 5, 0, 0, 3, 0], 0x30000),
      ("xchg", [0x87, 5, 0, 0, 3, 0], 0x30002),
      ("cmpxchg8b", [0x0f, 0xc7, 0x0d, 0, 0, 3, 0], 0x30004),
      ("bts", [0x0f, 0xba, 0x2d, 0, 0, 3, 0, 1], 0x30000),
      ("sgdt", [0x0f, 1, 5, 0, 0, 3, 0], 0x30002),
      ("ins", [0xbf, 0, 0, 3, 0, 0x6c], 0x30000),
      ("pushad", [0xbc, 0x20, 0, 3, 0, 0x60], 0x30004),
    ] as [(String, [UInt8], UInt64)])
  func `every kind of store is seen`(_ name: String, _ code: [UInt8], _ address: UInt64) throws {
    let watched = Watchpoint(address: address, length: 1, kind: .write)
    let (machine, exit) = try stops(code, watched) {
      $0.cr4 |= 0x600
      $0.gpr[6] = 0x38000
    }
    #expect(exit == .debug, "\(name)")
    if case .watchpoint(watched, _)? = machine.cpu.debugStop {} else { Issue.record("\(name) was not it") }
    // All of it was executed: nothing stops again.
    #expect(machine.cpu.run(5) != .debug, "\(name)")
  }

  @Test func `tables that the CPU reads and writes for itself are not the program's accesses`() throws {
    let machine = try ProtectedMachine()
    let pages = Pages(machine)
    pages.enable()
    machine.cpu.setWatchpoints([
      Watchpoint(address: At.gdt, length: 0x800, kind: .access),
      Watchpoint(address: At.idt, length: 0x800, kind: .access),
      Watchpoint(address: 0x60000, length: 0x9000, kind: .access),
    ])
    // iretd
    machine.memory.store([0xcf], at: machine.handler(0x40))
    // mov eax, 10h; mov ds, eax; mov [30000h], eax; int 40h; inc ecx; mov eax, [2008h]
    machine.load([
      0xb8, 0x10, 0, 0, 0, 0x8e, 0xd8, 0xa3, 0, 0, 3, 0, 0xcd, 0x40, 0x41, 0xa1, 8, 0x20, 0, 0, 0x90, 0x90,
    ])
    #expect(machine.cpu.run(20) == .debug)
    #expect(machine.cpu.executed == 7 && machine[1] == 1)
  }

  @Test func `an instruction that faults after the access stops when it has been done`() throws {
    let machine = try ProtectedMachine()
    let pages = Pages(machine)
    pages.map(0x40_0000, to: 0x50000, rights: 6)
    pages.enable()
    // The handler maps the page: mov dword [pte], 50067h; add esp, 4; iretd
    machine.memory.store(
      [0xc7, 5] + Pages.bytes(pages.entry(0x40_0000)) + Pages.bytes(0x50067) + [0x83, 0xc4, 4, 0xcf],
      at: machine.handler(14))
    machine.update {
      $0.gpr[6] = At.data
      $0.gpr[7] = 0x40_0000
    }
    machine.cpu.setWatchpoints([Watchpoint(address: At.data, length: 1, kind: .read)])
    // movsd
    machine.load([0xa5, 0x90])
    #expect(machine.cpu.run(20) == .debug)
    #expect(machine.cpu.programCounter == At.program + 1 && machine[6] == At.data + 4)
  }

  @Test func `the guest's own debug registers and a debugger's watchpoints work side by side`() throws {
    let machine = try ProtectedMachine()
    machine.update {
      $0.breakpoint[0] = At.data
      $0.dr7 = 0x000d_0402 | 1
    }
    machine.cpu.setWatchpoints([Watchpoint(address: At.data + 4, length: 4, kind: .write)])
    // mov [30004h], eax; mov [30000h], eax
    machine.load([0xa3, 4, 0, 3, 0, 0xa3, 0, 0, 3, 0])
    #expect(machine.cpu.run(1) == .debug)
    #expect(machine.taken == nil && machine.cpu.executed == 1)
    #expect(machine.cpu.run(1) == .budget)
    #expect(machine.taken == Taken(vector: 1, code: nil, eip: UInt32(At.program + 10)))
    #expect(machine.cpu.state.dr6 & 15 == 1)
  }
}
