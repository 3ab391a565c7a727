import Testing
import X86

/// Virtual-8086 mode (SDM 3B chapter 21).
@Suite struct VM86Tests {
  typealias At = ProtectedMachine.At
  private static let virtual: UInt64 = 0x20000

  /// Enters a virtual-8086 program at 2000H:0 (linear 20000H is the handlers' place, so it is at 1000H:0).
  private func machine(flags: UInt64 = 0, cr4: UInt64 = 0, _ program: [UInt8]) throws -> ProtectedMachine {
    let machine = try ProtectedMachine()
    machine.memory.store(program, at: 0x18000)
    // IRETD's frame: EIP, CS, EFLAGS, ESP, SS, ES, DS, FS, GS.
    let frame: [UInt64] = [0, 0x1800, Self.virtual | 2 | flags, 0x800, 0x1900, 0x3000, 0x3000, 0x1111, 0x2222]
    for (index, word) in frame.enumerated() { machine.memory.write(word, 0x8000 + UInt64(index * 4), width: 4) }
    machine.update {
      $0.gpr[4] = 0x8000
      $0.cr4 |= cr4
    }
    // iretd
    machine.execute([0xcf])
    return machine
  }

  @Test func `IRET at level 0 enters it with segments of 64 KiB`() throws {
    // nop
    let machine = try machine([0x90])
    let state = machine.cpu.state
    #expect(state.rip == 0)
    #expect(state.rflags & Self.virtual != 0)
    #expect((0..<6).map { state.segments[$0].selector } == [0x3000, 0x1800, 0x1900, 0x3000, 0x1111, 0x2222])
    for index in 0..<6 {
      #expect(state.segments[index].base == UInt64(state.segments[index].selector) << 4)
      #expect(state.segments[index].limit == 0xffff)
    }
    #expect(state.gpr[4] == 0x800)
    #expect(machine.cpl == 3)
  }

  @Test func `an interrupt pushes all segments and enters level 0 with null data segments`() throws {
    // ud2
    let machine = try machine([0x0f, 0x0b])
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(6))
    #expect(machine.cpu.state.rflags & Self.virtual == 0)
    #expect(machine.cpl == 0)
    #expect(machine[4] == 0x9000 - 36)
    #expect((0..<2).map { machine.stack($0) } == [0, 0x1800])
    #expect(machine.stack(2) & Self.virtual != 0)
    #expect((3..<9).map { machine.stack($0) } == [0x800, 0x1900, 0x3000, 0x3000, 0x1111, 0x2222])
    #expect([0, 3, 4, 5].map { machine.selector($0) } == [0, 0, 0, 0])
    // And back.
    // iretd
    machine.memory.store([0xcf], at: machine.handler(6))
    machine.step(1)
    #expect(machine.cpu.state.rflags & Self.virtual != 0)
    #expect(machine.selector(5) == 0x2222)
  }

  static let sensitive: [[UInt8]] = [
    // cli / sti / pushf / popf / int 0x21 / iret / o32 pushf / o32 iret
    [0xfa], [0xfb], [0x9c], [0x9d], [0xcd, 0x21], [0xcf], [0x66, 0x9c], [0x66, 0xcf],
  ]

  @Test(arguments: sensitive)
  func `below IOPL 3 the monitor gets what touches IF`(_ program: [UInt8]) throws {
    let machine = try machine(program)
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(13))
    #expect(machine.stack(0) == 0)
    #expect(machine.stack(1) == 0)
    #expect(machine.stack(4) == 0x800)
  }

  @Test func `with IOPL 3 the program has its own IF and reaches the IDT`() throws {
    // sti; pushf; pop ax; cli; int 0x21
    let machine = try machine(flags: 0x3000, [0xfb, 0x9c, 0x58, 0xfa, 0xcd, 0x21])
    machine.gate(0x21, offset: machine.handler(0x21), type: 0xe, dpl: 3)
    machine.step(4)
    #expect(machine[0] & 0x3200 == 0x3200)
    #expect(machine.cpu.state.rflags & 0x200 == 0)
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(0x21))
    #expect(machine.stack(0) == 6)
  }

  @Test func `what needs protected-mode tables is undefined`() throws {
    let programs: [[UInt8]] = [
      // lldt ax / ltr ax / str ax / sldt ax / verr ax / lar ax, bx / arpl ax, bx
      [0x0f, 0x00, 0xd0], [0x0f, 0x00, 0xd8], [0x0f, 0x00, 0xc8], [0x0f, 0x00, 0xc0], [0x0f, 0x00, 0xe0],
      [0x0f, 0x02, 0xc3], [0x63, 0xd8],
    ]
    for program in programs {
      let machine = try machine(program)
      machine.step(1)
      #expect(machine.cpu.state.rip == machine.handler(6))
    }
  }

  @Test func `what is privileged is #GP`() throws {
    // hlt / mov eax, cr0 / lgdt [0] / lmsw ax / clts / invd
    let programs: [[UInt8]] = [
      [0xf4], [0x0f, 0x20, 0xc0], [0x0f, 0x01, 0x16, 0x00, 0x00], [0x0f, 0x01, 0xf0], [0x0f, 0x06], [0x0f, 0x08],
    ]
    for program in programs {
      let machine = try machine(program)
      machine.step(1)
      #expect(machine.cpu.state.rip == machine.handler(13))
      #expect(machine.stack(0) == 0)
    }
  }

  @Test func `far transfers and segment loads work as on an 8086`() throws {
    // mov ax, 0x4321; mov es, ax; call 0x1801:0x10
    let machine = try machine([0xb8, 0x21, 0x43, 0x8e, 0xc0, 0x9a, 0x10, 0x00, 0x01, 0x18])
    // retf
    machine.memory.store([0xcb], at: 0x18020)
    machine.step(3)
    #expect(machine.cpu.state.segments[0].base == 0x43210)
    #expect(machine.selector(1) == 0x1801)
    #expect(machine.cpu.state.rip == 0x10)
    #expect(machine[4] == 0x7fc)
    machine.step(1)
    #expect(machine.selector(1) == 0x1800)
    #expect(machine.cpu.state.rip == 10)
  }

  @Test func `an offset beyond 64 KiB is #GP, on the stack #SS`() throws {
    // mov eax, 0x10000; mov bl, [eax]
    let machine = try machine([0x66, 0xb8, 0x00, 0x00, 0x01, 0x00, 0x67, 0x8a, 0x18])
    machine.step(2)
    #expect(machine.cpu.state.rip == machine.handler(13))
    // mov ebp, 0x10000; mov bl, [ebp]
    let other = try self.machine([0x66, 0xbd, 0x00, 0x00, 0x01, 0x00, 0x67, 0x8a, 0x5d, 0x00])
    other.step(2)
    #expect(other.cpu.state.rip == other.handler(12))
  }

  @Test func `ports are the I/O map's even with IOPL 3`() throws {
    // in al, 0x60
    let machine = try machine(flags: 0x3000, [0xe4, 0x60])
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(13))
  }

  // MARK: VME

  @Test func `VME gives the program VIF below IOPL 3`() throws {
    // sti; pushf; pop ax; cli; pushf; pop bx
    let machine = try machine(cr4: 1, [0xfb, 0x9c, 0x58, 0xfa, 0x9c, 0x5b])
    machine.step(1)
    #expect(machine.cpu.state.rflags & 0x80200 == 0x80000)
    machine.step(2)
    // The image shows VIF as IF, and IOPL 3.
    #expect(machine[0] & 0x3200 == 0x3200)
    machine.step(3)
    #expect(machine[3] & 0x3200 == 0x3000)
    #expect(machine.cpu.state.rflags & 0x80000 == 0)
  }

  @Test func `VME: STI with an interrupt waiting goes to the monitor`() throws {
    // sti
    let machine = try machine(flags: 0x100000, cr4: 1, [0xfb])
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(13))
  }

  @Test func `VME: the redirection map sends INT n to the program or the monitor`() throws {
    // int 0x21; int 0x22
    let machine = try machine(flags: 0x80000, cr4: 1, [0xcd, 0x21, 0xcd, 0x22])
    // I/O map base 88H: the redirection map is the 32 bytes before.
    machine.memory.write(0x88, At.tss + 0x66, width: 2)
    machine.memory.write(0xff, At.tss + 0x88, width: 1)
    machine.memory.write(1 << 2, At.tss + 0x68 + 4, width: 1)
    machine.update { $0.segments[7].limit = 0x88 }
    machine.memory.write(0x1805_0000, 0x21 * 4, width: 4)
    // iret
    machine.memory.store([0xcf], at: 0x18050)
    machine.step(1)
    #expect(machine.selector(1) == 0x1805)
    #expect(machine.cpu.state.rflags & Self.virtual != 0)
    #expect(machine.cpu.state.rflags & 0x80000 == 0)
    #expect(machine[4] == 0x7fa)
    // The pushed FLAGS show VIF as IF.
    #expect(machine.memory.read(0x19000 + 0x7fe, width: 2) & 0x3200 == 0x3200)
    machine.step(1)
    #expect(machine.cpu.state.rip == 2)
    #expect(machine.cpu.state.rflags & 0x80000 != 0)
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(13))
  }
}
