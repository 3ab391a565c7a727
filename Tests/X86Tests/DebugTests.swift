import Testing
import X86

/// Single step, breakpoints and the debug registers (SDM 3B chapter 18).
@Suite struct DebugTests {
  typealias At = ProtectedMachine.At

  private func expectDebug(_ machine: ProtectedMachine, eip: UInt64, dr6: UInt64) {
    #expect(machine.cpu.state.rip == machine.handler(1))
    #expect(machine.stack(0) == eip)
    #expect(machine.cpu.state.dr6 & 0xe00f == dr6)
    #expect(machine.cpu.state.rflags & 0x100 == 0)
  }

  @Test func `TF traps after each instruction, with RF clear and BS set`() throws {
    let machine = try ProtectedMachine()
    // iretd
    machine.memory.store([0xcf], at: machine.handler(1))
    // inc eax; inc ecx; inc edx
    machine.load([0x40, 0x41, 0x42])
    machine.update { $0.rflags |= 0x100 }
    machine.step(1)
    expectDebug(machine, eip: 0x10001, dr6: 0x4000)
    #expect(machine.stack(2) & 0x10100 == 0x100)
    machine.step(2)
    expectDebug(machine, eip: 0x10002, dr6: 0x4000)
    #expect(machine[0] == 1)
    #expect(machine[1] == 1)
    #expect(machine[2] == 0x600 || machine[2] == UInt64(machine.cpu.cpuModel.signature))
  }

  @Test func `POPF that sets TF traps after the next instruction, one that clears it traps once more`() throws {
    let machine = try ProtectedMachine()
    // push dword 0x102; popfd; nop; nop
    machine.load([0x68, 0x02, 0x01, 0x00, 0x00, 0x9d, 0x90, 0x90])
    machine.step(2)
    #expect(machine.cpu.state.rip == 0x10006)
    machine.step(1)
    expectDebug(machine, eip: 0x10007, dr6: 0x4000)
    let other = try ProtectedMachine()
    // push dword 2; popfd; nop
    other.load([0x6a, 0x02, 0x9d, 0x90])
    other.step(1)
    other.update { $0.rflags |= 0x100 }
    other.step(1)
    #expect(other.cpu.state.rip == other.handler(1))
    #expect(other.stack(0) == 0x10003)
  }

  @Test func `INT n is not stepped into`() throws {
    let machine = try ProtectedMachine()
    // int 0x40
    machine.load([0xcd, 0x40])
    machine.update { $0.rflags |= 0x100 }
    machine.step(1)
    #expect(machine.taken == Taken(vector: 0x40, code: nil, eip: 0x10002))
    #expect(machine.stack(2) & 0x100 != 0)
  }

  @Test func `a step over REP MOVSB traps after every byte`() throws {
    let machine = try ProtectedMachine()
    // rep movsb
    machine.load([0xf3, 0xa4])
    machine.update {
      $0.gpr[1] = 3
      $0.gpr[6] = At.data
      $0.gpr[7] = At.data + 0x100
      $0.rflags |= 0x100
    }
    machine.step(1)
    expectDebug(machine, eip: 0x10000, dr6: 0x4000)
    #expect(machine[1] == 2)
  }

  @Test func `a load of SS holds the trap back for one instruction`() throws {
    let machine = try ProtectedMachine()
    // mov ss, ax; nop; nop
    machine.load([0x66, 0x8e, 0xd0, 0x90, 0x90])
    machine.update {
      $0.gpr[0] = 0x10
      $0.rflags |= 0x100
    }
    machine.step(1)
    #expect(machine.cpu.state.rip == 0x10003)
    machine.step(1)
    expectDebug(machine, eip: 0x10004, dr6: 0x4000)
  }

  @Test func `an instruction breakpoint faults before it, once, until RF lets it pass`() throws {
    let machine = try ProtectedMachine()
    // or dword [esp+8], 0x10000; iretd
    machine.memory.store([0x81, 0x4c, 0x24, 0x08, 0x00, 0x00, 0x01, 0x00, 0xcf], at: machine.handler(1))
    // nop; inc eax; nop
    machine.load([0x90, 0x40, 0x90])
    machine.update {
      $0.breakpoint[1] = 0x10001
      $0.dr7 = 0x404
    }
    machine.step(2)
    expectDebug(machine, eip: 0x10001, dr6: 2)
    #expect(machine.stack(2) & 0x10000 == 0)
    #expect(machine[0] == 0)
    machine.step(3)
    #expect(machine[0] == 1)
    #expect(machine.cpu.state.rip == 0x10002)
    #expect(machine.cpu.state.rflags & 0x10000 == 0)
  }

  @Test func `a load of SS lets the next instruction pass its breakpoint and finish before a data trap`() throws {
    let machine = try ProtectedMachine()
    machine.memory.write(0x10, At.data, width: 4)
    // mov ss, [0x30000]; inc eax; nop
    machine.load([0x8e, 0x15, 0x00, 0x00, 0x03, 0x00, 0x40, 0x90])
    machine.update {
      $0.breakpoint[0] = 0x30000
      $0.breakpoint[1] = 0x10006
      $0.dr7 = 0x405 | 0xf << 16
    }
    machine.step(1)
    #expect(machine.cpu.state.rip == 0x10006)
    machine.step(1)
    expectDebug(machine, eip: 0x10007, dr6: 1)
    #expect(machine[0] == 1)
  }

  /// R/W and LEN of DR7 for breakpoint 0, the program, and whether it traps.
  @Test(arguments: [
    (1, 0, 0x30000, true), (1, 0, 0x30001, false), (1, 3, 0x30002, true), (3, 3, 0x30003, true), (1, 1, 0x30002, false),
  ])
  func `a data breakpoint traps after the write`(kind: Int, length: Int, address: Int, hit: Bool) throws {
    let machine = try ProtectedMachine()
    // mov [address], al; nop
    machine.load([0xa2] + (0..<4).map { UInt8(truncatingIfNeeded: address >> ($0 * 8)) } + [0x90])
    machine.update {
      $0.breakpoint[0] = 0x30000
      $0.dr7 = 0x401 | UInt64(kind) << 16 | UInt64(length) << 18
    }
    machine.step(1)
    if hit { expectDebug(machine, eip: 0x10005, dr6: 1) } else { #expect(machine.cpu.state.rip == 0x10005) }
  }

  @Test func `reads trap only where R/W says so, also on the stack`() throws {
    let machine = try ProtectedMachine()
    machine.update {
      $0.breakpoint[0] = At.stack - 4
      $0.dr7 = 0xd0401
    }
    // push eax
    machine.execute([0x50])
    expectDebug(machine, eip: 0x10001, dr6: 1)
    machine.enter(ring: 0)
    machine.update { $0.gpr[4] = At.stack - 4 }
    // pop eax
    machine.execute([0x58])
    #expect(machine.cpu.state.rip == 0x10001)
    machine.update {
      $0.gpr[4] = At.stack - 4
      $0.dr7 = 0xf0401
    }
    // pop eax
    machine.execute([0x58])
    #expect(machine.cpu.state.rip == machine.handler(1))
  }

  @Test func `a port breakpoint needs CR4.DE`() throws {
    for isOn in [false, true] {
      let machine = try ProtectedMachine()
      machine.update {
        $0.breakpoint[2] = 0x80
        $0.dr7 = 0x400 | 0x20 | 2 << 24
        if isOn { $0.cr4 |= 8 }
      }
      // out 0x80, al
      machine.execute([0xe6, 0x80])
      if isOn { expectDebug(machine, eip: 0x10002, dr6: 4) } else { #expect(machine.cpu.state.rip == 0x10002) }
    }
  }

  @Test func `GD guards the debug registers and is cleared for the handler`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.dr7 = 0x2400 }
    // mov eax, dr0
    machine.execute([0x0f, 0x21, 0xc0])
    expectDebug(machine, eip: 0x10000, dr6: 0x2000)
    #expect(machine.cpu.state.dr7 == 0x400)
    machine.enter(ring: 0)
    // mov eax, dr0
    #expect(machine.execute([0x0f, 0x21, 0xc0]) == nil)
  }

  @Test func `DR4 and DR5 are DR6 and DR7, unless CR4.DE is set`() throws {
    let machine = try ProtectedMachine()
    #expect(machine.execute([0x0f, 0x21, 0xe8]) == nil)
    #expect(machine[0] == 0x400)
    machine.update { $0.cr4 |= 8 }
    #expect(machine.execute([0x0f, 0x21, 0xe8]) == Taken(vector: 6, code: nil, eip: 0x10000))
  }

  @Test func `reserved bits of DR6 and DR7 read as they are wired`() throws {
    let machine = try ProtectedMachine()
    // xor eax, eax; mov dr6, eax; mov dr7, eax; mov ebx, dr6; mov ecx, dr7
    machine.execute([0x31, 0xc0, 0x0f, 0x23, 0xf0, 0x0f, 0x23, 0xf8, 0x0f, 0x21, 0xf3, 0x0f, 0x21, 0xf9], steps: 5)
    #expect(machine[3] == 0xffff_0ff0)
    #expect(machine[1] == 0x400)
  }

  @Test func `INT1 goes to vector 1 without a word in DR6`() throws {
    let machine = try ProtectedMachine()
    machine.enter(ring: 3)
    machine.execute([0xf1])
    #expect(machine.cpu.state.rip == machine.handler(1))
    #expect(machine.stack(0) == 0x10001)
    #expect(machine.cpu.state.dr6 == 0xffff_0ff0)
  }
}
