import Testing

@testable import ARM

/// Entry to and return from exceptions (DDI 0100 A2.6).
@Suite struct `exceptions` {
  struct Case: Sendable {
    let name: String
    /// ARM and Thumb code that raises it; nil for interrupts.
    let code: (arm: UInt32, thumb: UInt16)?
    let vector: UInt32
    let mode: Mode
    /// What is added to the address of the instruction, or for interrupts to that of the next, in the link register.
    let link: (arm: UInt32, thumb: UInt32)
    /// What returns behind the instruction, or to it.
    let back: UInt32
    let retries: Bool
  }

  static let cases = [
    Case(
      name: "undefined", code: (Code.undefined, 0xde00), vector: 0x04, mode: .undefined, link: (4, 2),
      back: Code.returnToLink, retries: false),
    Case(
      name: "softwareInterrupt", code: (Code.swi(5), 0xdf05), vector: 0x08, mode: .supervisor, link: (4, 2),
      back: Code.returnToLink, retries: false),
    Case(
      name: "prefetchAbort", code: (Code.bkpt(5), 0xbe05), vector: 0x0c, mode: .abort, link: (4, 4),
      back: Code.returnToLink4, retries: true),
    // LDR r1, [r2] where nothing is.
    Case(
      name: "dataAbort", code: (Code.ldr(1, 2), 0x6811), vector: 0x10, mode: .abort, link: (8, 8),
      back: Code.returnToLink8, retries: true),
    Case(name: "irq", code: nil, vector: 0x18, mode: .irq, link: (4, 4), back: Code.returnToLink4, retries: true),
    Case(name: "fiq", code: nil, vector: 0x1c, mode: .fiq, link: (4, 4), back: Code.returnToLink4, retries: true),
  ]

  @Test(arguments: cases.indices, [Mode.user, .system, .supervisor, .irq, .abort, .undefined, .fiq])
  func `each is entered from each mode and state with its link, masks and saved status, and left again`(
    _ index: Int, _ from: Mode
  ) throws {
    let what = Self.cases[index]
    for isThumb in [false, true] {
      for isHigh in [false, true] {
        let machine = try TestMachine()
        let tables = TranslationTables(machine)
        tables.map(.smallCoarse, 0xffff_0000, to: 0x3000)
        tables.enable(control: isHigh ? Control.highVectors : 0)
        machine.load([what.back], at: (isHigh ? 0x3000 : 0) + what.vector)
        if let code = what.code {
          if isThumb { machine.load(thumb: [code.thumb]) } else { machine.load([code.arm]) }
        } else {
          machine.cpu.input(what.name == "fiq" ? 1 : 0, true)
        }
        let before = UInt32(from.rawValue) | (isThumb ? Flag.t : 0) | Flag.n | Flag.q | Flag.v
        machine.change {
          $0.cpsr = before
          $0.pc = TestMachine.start
          $0.r[2] = 0x0070_0000
          $0.r[13] = 0x5555
        }
        machine.cpu.run(1)
        let taken = machine.cpu.state
        let words = "\(what.name) from \(from), Thumb \(isThumb), high \(isHigh)"
        #expect(machine.exceptions == [what.name], "\(words)")
        #expect(taken.pc == (isHigh ? 0xffff_0000 : 0) | what.vector, "\(words)")
        #expect(taken.r[14] == TestMachine.start + (isThumb ? what.link.thumb : what.link.arm), "\(words)")
        let masks = what.name == "fiq" ? Flag.i | Flag.f : Flag.i
        #expect(taken.cpsr == Flag.n | Flag.q | Flag.v | masks | UInt32(what.mode.rawValue), "\(words)")
        #expect(taken.banks[what.mode.bank].spsr == before, "\(words)")
        // Back; without the interrupt, which would come again.
        machine.cpu.input(0, false)
        machine.cpu.input(1, false)
        machine.cpu.run(1)
        let next: UInt32 = what.retries ? 0 : isThumb ? 2 : 4
        #expect(machine.cpu.state.pc == TestMachine.start + next, "\(words)")
        #expect(machine.cpu.state.cpsr == before, "\(words)")
        #expect(machine.cpu.state.r[13] == 0x5555 && machine.cpu.executed == 2, "\(words)")
      }
    }
  }

  @Test func `a reset begins at the vector in supervisor mode with all masked`() throws {
    let machine = try TestMachine()
    machine.change {
      $0.cpsr = UInt32(Mode.user.rawValue) | Flag.t
      $0.pc = 0x1234
      $0.cp15.control = Control.fixed | Control.highVectors | Control.bigEndian
      $0.cp15.domainAccess = 0x55
      $0.activity = .waiting
    }
    machine.cpu.reset()
    let state = machine.cpu.state
    #expect(state.pc == 0 && state.cpsr == UInt32(Mode.supervisor.rawValue) | Flag.i | Flag.f)
    #expect(state.cp15.control == 0x0005_0078 && state.cp15.domainAccess == 0 && state.activity == .running)
    machine.load([Code.mov(1, 1)], at: 0)
    machine.cpu.run(1)
    #expect(machine[1] == 1)
  }

  @Test func `FIQ mode has r8 to r14 of its own, the other modes r13 and r14`() throws {
    let machine = try TestMachine()
    let modes: [Mode] = [.user, .fiq, .irq, .supervisor, .abort, .undefined]
    for (number, mode) in modes.enumerated() {
      machine.enter(mode)
      for register in 0..<15 { machine.cpu.view.core.pointee.state.r[register] = UInt32(number << 8 | register) }
      if mode != .user { machine.cpu.view.setSPSR(UInt32(number << 28) | UInt32(mode.rawValue)) }
    }
    for (number, mode) in modes.enumerated() {
      machine.enter(mode)
      let state = machine.cpu.state
      // The last to write a shared one was the undefined mode.
      for register in 0..<8 { #expect(state.r[register] == UInt32(5 << 8 | register)) }
      for register in 8..<13 { #expect(state.r[register] == UInt32((mode == .fiq ? 1 : 5) << 8 | register)) }
      for register in 13..<15 { #expect(state.r[register] == UInt32(number << 8 | register)) }
      if mode != .user { #expect(state.banks[mode.bank].spsr == UInt32(number << 28) | UInt32(mode.rawValue)) }
    }
    machine.enter(.system)
    #expect(machine[13] == 13 && machine[14] == 14)
  }

  @Test func `FIQ comes before IRQ, and both before the abort of the next fetch`() throws {
    let machine = try TestMachine()
    machine.cpu.input(0, true)
    machine.cpu.input(1, true)
    machine.change {
      $0.cpsr = UInt32(Mode.user.rawValue)
      $0.pc = 0x8000_0000
    }
    machine.load([Code.returnToLink4], at: 0x18)
    machine.load([Code.nop], at: 0x1c)
    machine.cpu.run(2)
    #expect(machine.exceptions == ["fiq"] && machine[15] == 0x20)
    machine.cpu.input(1, false)
    machine.jump(to: 0x2000)
    machine.load([Code.returnToLink4], at: 0x2000)
    machine.cpu.run(2)
    #expect(machine.exceptions == ["fiq", "irq"] && machine[15] == 0x18)
    machine.cpu.input(0, false)
    machine.cpu.run(2)
    #expect(machine.exceptions == ["fiq", "irq", "prefetchAbort"])
  }

  @Test func `a data abort is taken before an interrupt that waits, and IRQ is masked then`() throws {
    let machine = try TestMachine()
    let port = TestPort(machine)
    port.onRead = { _ in
      machine.cpu.input(0, true)
      machine.cpu.input(1, true)
      return 1
    }
    // LDM: its first word raises both lines, its second has nothing behind it.
    machine.change {
      $0.cpsr = UInt32(Mode.user.rawValue)
      $0.r[2] = TestPort.base + 0xffc
    }
    machine.load([Code.nop], at: 0x1c)
    machine.run([Code.ldm(2, 3)], 3)
    #expect(machine.exceptions == ["dataAbort", "fiq"])
    #expect(machine.cpu.state.banks[Mode.abort.bank].lr == TestMachine.start + 8)
    #expect(machine[14] == 0x14 && machine.cpu.state.banks[Mode.fiq.bank].spsr & Flag.i != 0)
  }

  @Test func `exceptions nest`() throws {
    let machine = try TestMachine()
    // SWI's handler is interrupted, and its handler's access aborts; each counts.
    // SWI masks IRQ; its handler lets it in.
    machine.load([Code.msr(UInt32(Mode.supervisor.rawValue)), Code.add(4, 4, 1), Code.returnToLink], at: 0x2000)
    machine.load([Code.b((0x2000 - 0x08) / 4)], at: 0x08)
    machine.load([Code.add(6, 6, 1), Code.add(14, 14, 4), Code.returnToLink8], at: 0x2200)
    machine.load([Code.b((0x2200 - 0x10) / 4)], at: 0x10)
    machine.load([Code.add(5, 5, 1), Code.ldr(1, 2), Code.returnToLink4], at: 0x2100)
    machine.load([Code.b((0x2100 - 0x18) / 4)], at: 0x18)
    machine.change {
      $0.cpsr = UInt32(Mode.user.rawValue)
      $0.r[2] = 0x8000_0000
    }
    machine.run([Code.swi(0), Code.mov(7, 7)], 1)
    machine.cpu.input(0, true)
    machine.cpu.run(3)
    machine.cpu.input(0, false)
    machine.cpu.run(100)
    #expect(machine.exceptions == ["softwareInterrupt", "irq", "dataAbort"])
    #expect(machine[4] == 1 && machine[5] == 1 && machine[6] == 1 && machine[7] == 7)
    #expect(machine.cpu.state.cpsr == UInt32(Mode.user.rawValue))
  }

  @Test func `an aborted load leaves its base and its destination as they were`() throws {
    let machine = try TestMachine()
    machine[1] = 0x11
    machine[2] = 0x8000_0000
    // LDR r1, [r2], #4 and LDMIA r2!, {r1, r3}
    for word in [0xe492_1004, 0xe8b2_000a] as [UInt32] {
      machine.enter(.supervisor)
      machine.run([word])
      #expect(machine[15] == 0x10 && machine[1] == 0x11 && machine[2] == 0x8000_0000)
    }
  }
}
