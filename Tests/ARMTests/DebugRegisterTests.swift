import DeviceAudit
import Engine
import SavedState
import Testing

@testable import ARM

/// Registers, translations and disassembly as a debugger asks for them.
@Suite struct `an ARM CPU for debuggers` {
  private func value(_ machine: TestMachine, _ name: String) -> UInt128? {
    machine.cpu.debugRegisters.first { $0.name == name }?.value
  }

  @Test func `lists its registers by GDB's names first`() throws {
    let machine = try TestMachine()
    let names = machine.cpu.debugRegisters.map(\.name)
    let core = (0..<13).map { "r\($0)" } + ["sp", "lr", "pc", "cpsr"]
    #expect(Array(names.prefix(51 - 16)) == core + (0..<16).map { "d\($0)" } + ["fpscr", "fpexc"])
    #expect(Set(names).count == names.count)
    #expect(machine.cpu.architecture == "arm" && machine.cpu.stopsBeforeAccess)
  }

  @Test(arguments: Mode.allCases) func `reads what was written in every mode, and changes nothing else`(_ mode: Mode)
    throws
  {
    let machine = try TestMachine()
    machine.enter(mode)
    let own: [String: [String]] = [
      "sp": ["sp"], "lr": ["lr"], "r8": ["r8"], "r9": ["r9"], "r10": ["r10"], "r11": ["r11"], "r12": ["r12"],
    ]
    for register in machine.cpu.debugRegisters {
      if ["cpsr", "pc", "midr", "sctlr", "ttbr0", "fpscr", "fpexc", "fcseidr"].contains(register.name) { continue }
      let before = machine.cpu.debugRegisters
      let new = register.value ^ 0x13
      #expect(machine.cpu.setDebugRegister(register.name, new), "\(register.name)")
      // A register of the present mode has two names.
      let root = String(register.name.split(separator: "_")[0])
      for (old, present) in zip(before, machine.cpu.debugRegisters) {
        let isSame = old.name == register.name
        let isOther = own[root] != nil && String(old.name.split(separator: "_")[0]) == root
        #expect(present.value == (isSame ? new : old.value) || isOther, "\(register.name), \(old.name)")
      }
      #expect(machine.cpu.setDebugRegister(register.name, register.value))
    }
  }

  @Test func `banked registers are those that the mode sees`() throws {
    let machine = try TestMachine()
    #expect(machine.cpu.setDebugRegister("sp_irq", 0x1234))
    #expect(machine.cpu.setDebugRegister("r8_fiq", 0x5678))
    #expect(machine.cpu.setDebugRegister("sp_svc", 0x9abc))
    #expect(value(machine, "sp") == 0x9abc)
    #expect(machine.cpu.setDebugRegister("cpsr", 0xd2))
    #expect(value(machine, "sp") == 0x1234 && value(machine, "sp_svc") == 0x9abc)
    #expect(machine.cpu.setDebugRegister("cpsr", 0xd1))
    #expect(value(machine, "r8") == 0x5678)
  }

  @Test func `refuses what a register cannot hold`() throws {
    let machine = try TestMachine()
    let before = machine.cpu.debugRegisters
    for (name, value) in [
      ("r15", 0), ("r0", 1 << 32), ("pc", 0x1002), ("cpsr", 0x14), ("cpsr", 0x0100_00d3), ("sctlr", 0xffff_ffff),
      ("ttbr0", 1), ("midr", 1), ("fpscr", 0xffff_ffff), ("spsr_usr", 0), ("fcseidr", 1),
    ] as [(String, UInt128)] {
      #expect(!machine.cpu.setDebugRegister(name, value), "\(name)")
    }
    #expect(machine.cpu.debugRegisters == before)
  }

  @Test func `takes what is written at once`() throws {
    let machine = try TestMachine()
    machine.load([Code.add(0, 0, 1), 0x0281_1001, Code.nop])
    machine.jump(to: TestMachine.start)
    #expect(machine.cpu.setDebugRegister("pc", 0x1004))
    #expect(machine.cpu.setDebugRegister("cpsr", 0x4000_00d3))
    machine.cpu.run(1)
    #expect(machine[0] == 0 && machine[1] == 1)
    // Unmasking lets an interrupt in.
    machine.cpu.input(0, true)
    #expect(machine.cpu.setDebugRegister("cpsr", 0x13))
    machine.cpu.run(1)
    #expect(machine.exceptions == ["irq"])
    machine.cpu.input(0, false)
    // The MMU translates from now on.
    let tables = TranslationTables(machine)
    tables.map(.smallCoarse, 0x40_0000, to: 0x10000)
    machine.load([77], at: 0x10000)
    #expect(machine.cpu.setDebugRegister("ttbr0", UInt128(TranslationTables.base)))
    #expect(machine.cpu.setDebugRegister("dacr", 3))
    #expect(machine.cpu.setDebugRegister("sctlr", UInt128(Control.fixed | Control.mmu)))
    #expect(machine.cpu.setDebugRegister("r0", 0x40_0000))
    machine.run([Code.ldr(2, 0)])
    #expect(machine[2] == 77)
    // Thumb state, with the program counter as it is there.
    #expect(machine.cpu.setDebugRegister("cpsr", 0xf3))
    #expect(machine.cpu.setDebugRegister("pc", 0x1002))
    #expect(machine.cpu.disassemble([0x01, 0x30, 0, 0], at: 0x1002).length == 2)
    #expect(machine.cpu.setDebugRegister("cpsr", 0xd3))
    #expect(machine.cpu.programCounter == 0x1000)
    #expect(machine.cpu.disassemble([0, 0, 0xa0, 0xe1], at: 0x1000).length == 4)
  }

  @Test func `translates without a trace`() throws {
    let machine = try TestMachine()
    #expect(machine.cpu.translate(0x1234_5678) == 0x1234_5678)
    #expect(machine.cpu.translate(1 << 32) == nil)
    let tables = TranslationTables(machine)
    tables.map(.section, 0x10_0000, to: 0x30_0000, access: 1)
    tables.map(.largeCoarse, 0x20_0000, to: 0x40_0000)
    tables.map(.smallCoarse, 0x21_0000, to: 0x50_0000, access: 2)
    tables.map(.smallFine, 0x30_0000, to: 0x60_0000)
    tables.map(.tiny, 0x30_1400, to: 0x70_0400, access: 0, domain: 0)
    tables.enable(domainAccess: 1)
    let memory = machine.memory.bytes(0, count: 0x20000)
    let state = ARMState.table.save(machine.cpu.state)
    for (address, physical) in [
      (0x10_0123, 0x30_0123), (0x20_4567, 0x40_4567), (0x21_0004, 0x50_0004), (0x30_0ffc, 0x60_0ffc),
      (0x30_1432, 0x70_0432),
    ] as [(UInt64, UInt64)] {
      #expect(machine.cpu.translate(address) == physical)
    }
    #expect(machine.cpu.translate(0x30_1800) == nil && machine.cpu.translate(0x40_0000) == nil)
    #expect(
      machine.cpu.translations(limit: 20)?.map(\.description) == [
        "00000000-000fffff -> 00000000 p:rw u:rw domain 0", "00100000-001fffff -> 00300000 p:rw u:-- domain 0",
        "00200000-0020ffff -> 00400000 p:rw u:rw domain 0", "00210000-00210fff -> 00500000 p:rw u:r- domain 0",
        "00300000-00300fff -> 00600000 p:rw u:rw domain 0", "00301400-003017ff -> 00700400 p:-- u:-- domain 0",
      ])
    #expect(machine.cpu.translations(limit: 2)?.count == 2)
    // The process identifier of FCSE moves small addresses.
    machine.change { $0.cp15.processID = 0x0200_0000 }
    #expect(machine.cpu.translate(0x1000) == nil)
    machine.change { $0.cp15.processID = 0 }
    #expect(machine.memory.bytes(0, count: 0x20000) == memory)
    #expect(ARMState.table.save(machine.cpu.state) == state)
  }
}
