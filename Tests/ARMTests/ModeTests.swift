import Testing

@testable import ARM

/// Modes, their registers, and ways between them.
@Suite struct `modes and status registers` {
  @Test func `each mode has registers of its own`() throws {
    let machine = try TestMachine()
    let modes: [(Mode, UInt32)] = [
      (.user, 1), (.fiq, 2), (.irq, 3), (.supervisor, 4), (.abort, 5), (.undefined, 6),
    ]
    for (mode, mark) in modes {
      machine.enter(mode)
      for register in 8...14 { machine[register] = mark << 8 | UInt32(register) }
    }
    for (mode, mark) in modes {
      machine.enter(mode)
      #expect(machine[13] == mark << 8 | 13)
      #expect(machine[14] == mark << 8 | 14)
      // r8 to r12 were written last in undefined mode, but for FIQ.
      #expect(machine[8] == (mode == .fiq ? 0x208 : 0x608))
      #expect(machine[12] == (mode == .fiq ? 0x20c : 0x60c))
    }
    machine.enter(.system)
    #expect(machine[13] == 0x10d)
  }

  @Test func `MSR changes the mode and its registers with it`() throws {
    let machine = try TestMachine()
    machine[13] = 0x1234
    machine.run([Code.msr(0xd2), Code.mov(13, 7), Code.msr(0xd3)])
    #expect(machine[13] == 0x1234)
    #expect(machine.cpu.state.banks[Mode.irq.bank].sp == 7)
  }

  @Test func `in user mode MSR changes the flags and nothing else`() throws {
    let machine = try TestMachine()
    machine.enter(.user, flags: 0)
    machine[0] = 0xf800_00d3
    // msr cpsr_fsxc, r0
    machine.run([0xe12f_f000])
    #expect(machine.cpu.state.cpsr == 0xf800_0010)
  }

  @Test func `MSR does not touch the state bits nor those that do not exist`() throws {
    let machine = try TestMachine()
    machine[0] = 0xffff_fff3
    machine.run([0xe12f_f000])
    #expect(machine.cpu.state.cpsr == 0xf800_00d3)
  }

  @Test func `MSR of SPSR writes the bytes that its mask names`() throws {
    let machine = try TestMachine()
    machine[0] = ~0
    // msr spsr_f, r0; mrs r1, spsr; msr spsr_c, r0; mrs r2, spsr
    machine.run([0xe168_f000, Code.mrsSaved(1), 0xe161_f000, Code.mrsSaved(2)])
    #expect(machine[1] == 0xf900_0000)
    #expect(machine[2] == 0xf900_00ff)
  }

  @Test func `MSR to a mode that does not exist keeps the present one`() throws {
    let machine = try TestMachine()
    machine.run([Code.msr(0x05)])
    #expect(machine.cpu.state.cpsr & 0xff == 0x13)
  }

  @Test func `an interrupt comes right after the MSR that lets it`() throws {
    let machine = try TestMachine()
    machine.cpu.input(0, true)
    machine.run([Code.nop, Code.msr(0x53), Code.mov(0, 1)], 4)
    #expect(machine.exceptions == ["irq"])
    #expect(machine[0] == 0)
    #expect(machine[14] == TestMachine.start + 12)
  }

  @Test func `MSR that masks an interrupt again goes on in its block`() throws {
    let machine = try TestMachine()
    machine.run([Code.msr(0x53), Code.mov(0, 1), Code.msr(0xd3), Code.mov(1, 1)])
    #expect(machine[0] == 1)
    #expect(machine[1] == 1)
    #expect(machine.cpu.executed == 4)
  }

  @Test func `MOVS into r15 returns to the mode and state in SPSR`() throws {
    let machine = try TestMachine()
    machine.enter(.user)
    machine[13] = 0x4444
    machine.enter(.supervisor)
    machine.change { $0.banks[Mode.supervisor.bank].spsr = 0x6000_0030 }
    machine[14] = 0x2003
    machine.run([Code.returnToLink])
    #expect(machine.cpu.state.cpsr == 0x6000_0030)
    #expect(machine[15] == 0x2002)
    #expect(machine[13] == 0x4444)
  }

  @Test func `LDM with ^ and r15 returns to the mode in SPSR`() throws {
    let machine = try TestMachine()
    machine.change { $0.banks[Mode.supervisor.bank].spsr = 0x10 }
    machine[13] = 0x3000
    machine.load([0x11, 0x22, 0x2000], at: 0x3000)
    // ldmfd sp!, {r0, lr, pc}^
    machine.run([0xe8fd_c001])
    #expect(machine.cpu.state.cpsr == 0x10)
    #expect(machine[0] == 0x11)
    #expect(machine[15] == 0x2000)
    #expect(machine.cpu.state.banks[Mode.supervisor.bank].lr == 0x22)
    #expect(machine.cpu.state.banks[Mode.supervisor.bank].sp == 0x300c)
  }

  @Test(arguments: [Mode.fiq, .irq, .supervisor, .system]) func `LDM and STM with ^ use the user's registers`(
    mode: Mode
  )
    throws
  {
    let machine = try TestMachine()
    machine.enter(.user)
    for register in 8...14 { machine[register] = 0x100 + UInt32(register) }
    machine.enter(mode)
    if mode != .system { for register in 13...14 { machine[register] = 0x200 + UInt32(register) } }
    machine[0] = 0x3000
    // stmia r0, {r8-r14}^
    machine.run([0xe8c0_7f00])
    for register in 8...14 { #expect(machine.word(0x3000 + UInt32(register - 8) * 4) == 0x100 + UInt32(register)) }
    machine.load((8...14).map { 0x300 + $0 }, at: 0x3000)
    // ldmia r0, {r8-r14}^
    machine.run([0xe8d0_7f00])
    if mode != .system { #expect(machine[13] == 0x20d) }
    machine.enter(.user)
    for register in 8...14 { #expect(machine[register] == 0x300 + UInt32(register)) }
  }

  @Test func `SWI, BKPT and an undefined instruction enter their modes with the right links`() throws {
    for (code, name, mode, link) in [
      (Code.swi(5), "softwareInterrupt", Mode.supervisor, UInt32(4)), (Code.undefined, "undefined", .undefined, 4),
      (Code.bkpt(1), "prefetchAbort", .abort, 4),
    ] {
      let machine = try TestMachine()
      machine.enter(.user, flags: Flag.c)
      machine.run([code], 2)
      #expect(machine.exceptions.first == name)
      #expect(machine.cpu.view.mode == mode)
      #expect(machine[14] == TestMachine.start + link)
      #expect(machine.cpu.state.banks[mode.bank].spsr == Flag.c | 0x10)
    }
    let machine = try TestMachine()
    machine.run([Code.bkpt(7)], 2)
    #expect(machine.cpu.state.cp15.instructionFaultStatus & 15 == 2)
  }

  @Test func `exceptions in Thumb state link as ARM's handlers expect, and come back to it`() throws {
    let machine = try TestMachine()
    machine.change { $0.cp15.control |= Control.alignment }
    // The handlers: movs pc, lr; movs pc, lr; subs pc, lr, #4 (BKPT); subs pc, lr, #8, and at IRQ subs pc, lr, #4.
    machine.load(
      [Code.returnToLink, Code.returnToLink, Code.returnToLink4, Code.returnToLink8, 0, Code.returnToLink4], at: 4)
    machine.enter(.user, thumb: true, flags: Flag.f)
    machine[1] = 0x2001
    let links: [(UInt16, Mode, String, UInt32)] = [
      (0xdf05, .supervisor, "softwareInterrupt", 2), (0xde00, .undefined, "undefined", 2),
      (0xbe00, .abort, "prefetchAbort", 4), (0x6808, .abort, "dataAbort", 8),
    ]
    for (code, mode, name, link) in links {
      machine.run(thumb: [0x2201, code, 0x2202], 2)
      #expect(machine.exceptions.last == name)
      #expect(machine[14] == TestMachine.start + 2 + link)
      #expect(machine.cpu.state.cpsr & Flag.t == 0)
      #expect(machine.cpu.view.mode == mode)
      // The abort handlers go back to the instruction itself, the others behind it.
      machine.cpu.run(1)
      #expect(machine[15] == TestMachine.start + (mode == .abort ? 2 : 4))
      #expect(machine.cpu.state.cpsr & 0x3f == 0x30)
    }
    machine.run(thumb: [0x2201, 0x2202], 1)
    machine.cpu.input(0, true)
    machine.cpu.run(1)
    #expect(machine.exceptions.last == "irq")
    #expect(machine[14] == TestMachine.start + 6)
    machine.cpu.input(0, false)
    machine.cpu.run(2)
    #expect(machine[15] == TestMachine.start + 4)
    #expect(machine[2] == 2)
  }

  @Test func `a false condition passes an undefined instruction and a SWI over`() throws {
    let machine = try TestMachine()
    machine.run([Code.undefined & 0x0fff_ffff, Code.swi(1) & 0x0fff_ffff, Code.mov(0, 9)], 3)
    #expect(machine.exceptions == [])
    #expect(machine[0] == 9)
  }
}
