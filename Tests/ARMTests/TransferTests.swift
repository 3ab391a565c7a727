import GuestMemory
import Testing

@testable import ARM

/// Loads and stores where user-mode recordings cannot tell: alignment, faults, byte order, permissions.
@Suite struct `loads and stores` {
  /// Sections: RAM at 0 for all, at 0x100000 once more for privileged modes only, at 0x200000 read-only for users and
  /// nothing else; domain 0 asks for permissions.
  private func translated(_ machine: TestMachine, control: UInt32 = 0) {
    machine.load([0x0000_0c12, 0x0000_0412, 0x0000_0812], at: 0x4000)
    machine.change {
      $0.cp15.translationTable = 0x4000
      $0.cp15.domainAccess = 1
      $0.cp15.control |= Control.mmu | control
    }
  }

  @Test func `a word load that is not aligned rotates the word around its address`() throws {
    let machine = try TestMachine()
    machine.load([0x4433_2211], at: 0x2000)
    for (offset, value) in [(0, 0x4433_2211), (1, 0x1144_3322), (2, 0x2211_4433), (3, 0x3322_1144)] {
      machine[1] = 0x2000 + UInt32(offset)
      // ldr r0, [r1]; swp r2, r3, [r1]; str r0 back, aligned down
      machine[3] = 0x4433_2211
      machine.run([Code.ldr(0, 1), Code.swp(2, 3, 1)])
      #expect(machine[0] == UInt32(value))
      #expect(machine[2] == UInt32(value))
      #expect(machine.word(0x2000) == 0x4433_2211)
    }
  }

  @Test func `stores, halfwords and lists ignore the low bits of their addresses`() throws {
    let machine = try TestMachine()
    machine.load([0x8765_4321, 0xcba9_8765], at: 0x2000)
    machine[1] = 0x2001
    machine[2] = 0x2003
    machine[3] = 0xaaaa_bbbb
    machine[4] = 0x2013
    // ldrh r5, [r1]; ldm r2, {r6, r7}; str r3, [r4]; strh r3, [r4, #8]
    machine.run([Code.ldrh(5, 1), Code.ldm(2, 0xc0), Code.str(3, 4), Code.strh(3, 4, 8)])
    #expect(machine[5] == 0x4321)
    #expect(machine[6] == 0x8765_4321)
    #expect(machine[7] == 0xcba9_8765)
    #expect(machine.word(0x2010) == 0xaaaa_bbbb)
    #expect(machine.word(0x2018) == 0xbbbb_0000)
    #expect(machine.exceptions == [])
  }

  @Test func `a doubleword may lie at any word while alignment is not checked`() throws {
    let machine = try TestMachine()
    machine.load([1, 2, 3, 4], at: 0x2ffc)
    machine[1] = 0x2ffc
    machine[5] = 0x3ffc
    // ldrd r2, [r1]; strd r2, [r5]
    machine.run([0xe1c1_20d0, 0xe1c5_20f0])
    #expect(machine[2] == 1)
    #expect(machine[3] == 2)
    #expect(machine.word(0x3ffc) == 1)
    #expect(machine.word(0x4000) == 2)
  }

  @Test(arguments: [
    ("ldr", Code.ldr(0, 1), 1), ("ldr", Code.ldr(0, 1), 2), ("str", Code.str(0, 1), 3), ("ldrh", Code.ldrh(0, 1), 1),
    ("strh", Code.strh(0, 1), 1), ("ldm", Code.ldm(1, 0xc), 2), ("stm", Code.stm(1, 0xc), 1),
    ("swp", Code.swp(0, 2, 1), 2), ("ldrd", 0xe1c1_20d0, 4), ("strd", 0xe1c1_20f0, 4),
  ])
  func `what is not aligned faults while that is checked`(_ name: String, _ code: UInt32, _ offset: UInt32) throws {
    let machine = try TestMachine()
    machine.load([11, 22, 33, 44], at: 0x2000)
    machine.change { $0.cp15.control |= Control.alignment }
    machine[1] = 0x2000 + offset
    machine.run([code], 2)
    #expect(machine.exceptions == ["dataAbort"])
    #expect(machine.cpu.state.cp15.faultAddress == 0x2000 + offset)
    #expect(machine.cpu.state.cp15.dataFaultStatus & 15 == 1)
    #expect(machine[0] == 0)
    #expect(machine[1] == 0x2000 + offset)
    #expect(machine[2] == 0)
    #expect(machine[14] == TestMachine.start + 8)
    #expect((0..<4).map { machine.word(0x2000 + $0 * 4) } == [11, 22, 33, 44])
  }

  @Test func `a load that faults leaves its base and its register`() throws {
    let machine = try TestMachine()
    translated(machine)
    machine[0] = 5
    machine[1] = 0x30_0000
    // ldr r0, [r1, #4]!; ldr r0, [r1], #4; str r0, [r1, #4]!
    for code: UInt32 in [0xe5b1_0004, 0xe491_0004, 0xe5a1_0004] {
      machine.enter(.supervisor)
      machine.run([code], 2)
      #expect(machine.exceptions.last == "dataAbort")
      #expect(machine[0] == 5)
      #expect(machine[1] == 0x30_0000)
      #expect(machine.cpu.state.cp15.dataFaultStatus & 15 == 5)
    }
  }

  @Test func `a fault amid LDM leaves all registers, amid STM also memory`() throws {
    let machine = try TestMachine(size: 4 << 20)
    translated(machine)
    machine.load([1, 2], at: 0xf_fff8)
    machine.load([0x0000_0c12, 0, 0], at: 0x4000)
    for register in 2...5 { machine[register] = 0x50 + UInt32(register) }
    machine[0] = 0xf_fff8
    // ldmia r0!, {r2-r5}
    machine.run([0xe8b0_003c], 2)
    #expect(machine.exceptions == ["dataAbort"])
    #expect(machine.cpu.state.cp15.faultAddress == 0x10_0000)
    for register in 2...5 { #expect(machine[register] == 0x50 + UInt32(register)) }
    #expect(machine[0] == 0xf_fff8)
    // stmia r0!, {r2-r5}
    machine.enter(.supervisor)
    machine.run([0xe8a0_003c], 2)
    #expect(machine.exceptions == ["dataAbort", "dataAbort"])
    #expect(machine[0] == 0xf_fff8)
    #expect(machine.word(0xf_fff8) == 1)
    #expect(machine.word(0xf_fffc) == 2)
  }

  @Test func `a list across two pages is transferred whole`() throws {
    let machine = try TestMachine()
    for register in 2...5 { machine[register] = 0x50 + UInt32(register) }
    machine[0] = 0x3008
    // stmdb r0!, {r2-r5}; ldmia r0!, {r6-r9}
    machine.run([0xe920_003c, 0xe8b0_03c0])
    for register in 2...5 { #expect(machine[register + 4] == 0x50 + UInt32(register)) }
    #expect(machine[0] == 0x3008)
    #expect(machine.word(0x2ff8) == 0x52)
  }

  @Test func `LDRT and STRT have a user's permissions, whatever the mode`() throws {
    let machine = try TestMachine()
    translated(machine)
    machine.load([77], at: 0x2000)
    machine[1] = 0x2000
    machine[2] = 0x10_2000
    // ldrt r0, [r1]; ldr r3, [r2]; strt r0, [r1]
    machine.run([Code.ldrt(0, 1), Code.ldr(3, 2), Code.strt(0, 1)])
    #expect(machine[0] == 77)
    #expect(machine[3] == 77)
    #expect(machine.exceptions == [])
    machine.run([Code.ldrt(4, 2)], 2)
    #expect(machine.exceptions == ["dataAbort"])
    #expect(machine.cpu.state.cp15.dataFaultStatus & 15 == 13)
    machine.enter(.supervisor)
    machine[2] = 0x20_2000
    machine.run([Code.ldrt(4, 2), Code.strt(4, 2)], 3)
    #expect(machine[4] == 77)
    #expect(machine.exceptions == ["dataAbort", "dataAbort"])
  }

  @Test func `SWP of a page that may only be read faults and loads nothing`() throws {
    let machine = try TestMachine()
    translated(machine)
    machine.load([77], at: 0x2000)
    machine.enter(.user)
    machine[1] = 0x20_2000
    machine.run([Code.swp(0, 2, 1)], 2)
    #expect(machine.exceptions == ["dataAbort"])
    machine.enter(.user)
    #expect(machine[0] == 0)
    #expect(machine.word(0x2000) == 77)
  }

  @Test func `big-endian bytes and halfwords lie mirrored in their words`() throws {
    let machine = try TestMachine()
    machine.load([0x1122_3344, 0x5566_7788], at: 0x2000)
    machine[1] = 0x2000
    // In a loop of code that was decoded before: only data turn around.
    // ldr r2; ldrb r3; ldrh r4; ldrb r5, [r1, #3]; ldrd r6; ldm r1, {r8, r9}; strb r5, [r1]
    machine.change { $0.cp15.control |= Control.bigEndian }
    machine.run([
      Code.ldr(2, 1), Code.ldrb(3, 1), Code.ldrh(4, 1), Code.ldrb(5, 1, 3), 0xe1c1_60d0, Code.ldm(1, 0x300),
      Code.strb(5, 1),
    ])
    #expect(machine[2] == 0x1122_3344)
    #expect(machine[3] == 0x11)
    #expect(machine[4] == 0x1122)
    #expect(machine[5] == 0x44)
    #expect(machine[6] == 0x1122_3344)
    #expect(machine[7] == 0x5566_7788)
    #expect(machine[8] == 0x1122_3344)
    #expect(machine[9] == 0x5566_7788)
    #expect(machine.word(0x2000) == 0x4422_3344)
  }

  @Test func `what is loaded into r15 changes the state, unless CP15 forbids it`() throws {
    for forbidden in [false, true] {
      let machine = try TestMachine()
      if forbidden { machine.change { $0.cp15.control |= Control.noInterworkingLoads } }
      machine.load([0x3003], at: 0x2000)
      machine[1] = 0x2000
      for code in [Code.ldr(15, 1), Code.ldm(1, 0x8000)] {
        machine.run([code])
        #expect(machine.cpu.state.cpsr & Flag.t == (forbidden ? 0 : Flag.t))
        #expect(machine[15] == (forbidden ? 0x3000 : 0x3002))
      }
    }
  }

  @Test func `a literal's address counts from the instruction, in Thumb from its word`() throws {
    let machine = try TestMachine()
    machine.load([Code.nop, 0x159f_0004, 0x059f_1000, Code.nop, 0xaa, 0xbb])
    // ldrne r0, [pc, #4]; ldreq r1, [pc]
    machine.jump(to: TestMachine.start)
    machine.cpu.run(3)
    #expect(machine[0] == 0xaa)
    #expect(machine[1] == 0)
    // ldr r2, [pc, #0] at a word and behind it
    machine.load(thumb: [0x4a00, 0x4b00, 0x1111, 0x2222])
    machine.jump(to: TestMachine.start | 1)
    machine.cpu.run(2)
    #expect(machine[2] == 0x2222_1111)
    #expect(machine[3] == 0x2222_1111)
  }

  @Test func `r15 is stored as it reads`() throws {
    let machine = try TestMachine()
    machine[1] = 0x2000
    machine.run([Code.str(15, 1), Code.stm(1, 0x8002)])
    #expect(machine.word(0x2000) == 0x2000)
    #expect(machine.word(0x2004) == TestMachine.start + 12)
    machine.run([Code.str(15, 1)])
    #expect(machine.word(0x2000) == TestMachine.start + 8)
  }
}
