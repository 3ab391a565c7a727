import Engine
import Testing
import X86

/// Real mode and the ways into and out of it (SDM 3B chapter 21, 3A 10.9).
@Suite struct RealModeTests {
  /// A CPU in real mode with CS = 1000H, the other segments 0 and SP = 8000H.
  private func machine(_ program: [UInt8]) throws -> ProtectedMachine {
    let machine = try ProtectedMachine()
    machine.update {
      $0 = X86State()
      $0.segments[1] = SegmentRegister(selector: 0x1000, attributes: 0x9b, base: 0x10000, limit: 0xffff)
      $0.idtr.limit = 0x3ff
      $0.gpr[4] = 0x8000
    }
    machine.memory.store(program, at: 0x10000)
    machine.update { $0.rip = 0 }
    return machine
  }

  @Test func `INT goes through the vector table and IRET comes back`() throws {
    // sti; int 0x21
    let machine = try machine([0xfb, 0xcd, 0x21])
    machine.memory.write(0x2000_0034, 0x84, width: 4)
    // iret
    machine.memory.store([0xcf], at: 0x20034)
    machine.step(2)
    #expect(machine.selector(1) == 0x2000)
    #expect(machine.cpu.state.rip == 0x34)
    #expect(machine.cpu.state.rflags & 0x200 == 0)
    let words = (0..<3).map { machine.memory.read(machine[4] + UInt64($0 * 2), width: 2) }
    #expect(words == [3, 0x1000, 0x202])
    machine.step(1)
    #expect(machine.cpu.state.rip == 3)
    #expect(machine[4] == 0x8000)
    #expect(machine.cpu.state.rflags & 0x200 != 0)
  }

  @Test func `an exception pushes no error code`() throws {
    // mov eax, 0x10000; mov bl, [eax]
    let machine = try machine([0x66, 0xb8, 0x00, 0x00, 0x01, 0x00, 0x67, 0x8a, 0x18])
    machine.memory.write(0x2000_0000, 13 * 4, width: 4)
    machine.step(2)
    #expect(machine.selector(1) == 0x2000)
    #expect(machine[4] == 0x7ffa)
    #expect(machine.memory.read(machine[4], width: 2) == 6)
  }

  @Test func `an IVT that is too short ends in shutdown`() throws {
    // int 0x21
    let machine = try machine([0xcd, 0x21])
    machine.update { $0.idtr.limit = 0x10 }
    #expect(machine.cpu.run(5) == .shutdown(wantsReset: false))
  }

  @Test func `far jumps and calls take any paragraph`() throws {
    // call 0x2000:0x10
    let machine = try machine([0x9a, 0x10, 0x00, 0x00, 0x20])
    // retf 2
    machine.memory.store([0xca, 0x02, 0x00], at: 0x20010)
    machine.step(1)
    #expect(machine.selector(1) == 0x2000)
    #expect(machine.cpu.state.segments[1].base == 0x20000)
    machine.step(1)
    #expect(machine.cpu.state.rip == 5)
    #expect(machine[4] == 0x8002)
  }

  @Test func `the 16-bit LGDT has 24 bits of base`() throws {
    // lgdt [0x500]; o32 lgdt [0x500]
    let machine = try machine([0x0f, 0x01, 0x16, 0x00, 0x05, 0x66, 0x0f, 0x01, 0x16, 0x00, 0x05])
    machine.memory.write(0x1234_5678_00ff, 0x500, width: 8)
    machine.step(1)
    #expect(machine.cpu.state.gdtr.base == 0x34_5678)
    #expect(machine.cpu.state.gdtr.limit == 0xff)
    machine.step(1)
    #expect(machine.cpu.state.gdtr.base == 0x1234_5678)
  }

  @Test func `protection on and off again: a limit loaded between stays`() throws {
    let machine = try machine(
      // o32 lgdt [0x500]; mov eax, cr0; or al, 1; mov cr0, eax; mov bx, 0x10; mov ds, bx; and al, 0xfe; mov cr0, eax; xor bx, bx; mov ds, bx; mov edi, 0x200000; mov byte [edi], 0x5a
      [
        0x66, 0x0f, 0x01, 0x16, 0x00, 0x05, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0xbb, 0x10, 0x00, 0x8e,
        0xdb, 0x24, 0xfe, 0x0f, 0x22, 0xc0, 0x31, 0xdb, 0x8e, 0xdb, 0x66, 0xbf, 0x00, 0x00, 0x20, 0x00, 0x67, 0xc6,
        0x07, 0x5a,
      ])
    machine.memory.write(0x2000_00ff, 0x500, width: 6 + 2)
    machine.step(12)
    #expect(machine.memory.read(0x200000, width: 1) == 0x5a)
    #expect(machine.cpu.state.cr0 & 1 == 0)
    #expect(machine.cpu.state.segments[3].limit == 0xffff_ffff)
  }

  @Test func `a far jump after MOV CR0 begins 32-bit code`() throws {
    // o32 lgdt [0x500]; mov eax, cr0; or al, 1; mov cr0, eax; jmp dword 0x08:0x40000
    let machine = try machine([
      0x66, 0x0f, 0x01, 0x16, 0x00, 0x05, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0x66, 0xea, 0x00, 0x00, 0x04,
      0x00, 0x08, 0x00,
    ])
    machine.memory.write(0x2000_00ff, 0x500, width: 8)
    // mov eax, 0x12345678
    machine.memory.store([0xb8, 0x78, 0x56, 0x34, 0x12], at: 0x40000)
    machine.step(6)
    #expect(machine[0] == 0x1234_5678)
    #expect(machine.selector(1) == 8)
  }

  @Test func `LLDT and friends are undefined`() throws {
    // lldt ax / str ax / lar ax, bx / verr ax / arpl ax, bx
    let programs: [[UInt8]] = [
      [0x0f, 0x00, 0xd0], [0x0f, 0x00, 0xc8], [0x0f, 0x02, 0xc3], [0x0f, 0x00, 0xe0], [0x63, 0xd8],
    ]
    for program in programs {
      let machine = try machine(program)
      machine.memory.write(0x2000_0000, 6 * 4, width: 4)
      machine.step(1)
      #expect(machine.selector(1) == 0x2000)
    }
  }

  @Test func `after RESET# execution begins 16 bytes below 4 GiB`() throws {
    let machine = try ProtectedMachine()
    machine.cpu.reset()
    let state = machine.cpu.state
    #expect(state.rip == 0xfff0)
    #expect(state.segments[1].base == 0xffff_0000)
    #expect(state.segments[1].selector == 0xf000)
    #expect(state.cr0 == 0x6000_0010)
    #expect(state.rflags == 2)
    #expect(state.gpr[2] == UInt64(machine.cpu.cpuModel.signature))
    #expect(state.idtr.limit == 0xffff)
    #expect(state.dr6 == 0xffff_0ff0)
    #expect(state.dr7 == 0x400)
  }
}
