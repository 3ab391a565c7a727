import Engine
import Testing
import X86

/// Registers, translations and disassembly as a debugger asks for them.
@Suite struct DebugRegisterTests {
  typealias At = ProtectedMachine.At

  private func value(_ machine: ProtectedMachine, _ name: String) -> UInt128? {
    machine.cpu.debugRegisters.first { $0.name == name }?.value
  }

  @Test func `all registers of GDB's are there, in its order, and each has its width`() throws {
    let machine = try ProtectedMachine()
    let names = machine.cpu.debugRegisters.map(\.name)
    let core =
      "eax ecx edx ebx esp ebp esi edi eip eflags cs ss ds es fs gs st0 st1 st2 st3 st4 st5 st6 st7 fctrl fstat"
    let rest = " ftag fiseg fioff foseg fooff fop xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 mxcsr cr0 cr2 cr3 cr4"
    let expected = (core + rest).split(separator: " ").map(String.init)
    #expect(Array(names.prefix(expected.count)) == expected)
    #expect(Set(names).count == names.count)
    for register in machine.cpu.debugRegisters { #expect(register.value >> UInt128(register.bits) == 0) }
  }

  @Test func `what is written is read again, and nothing else changes`() throws {
    let machine = try ProtectedMachine()
    let fixed: Set<String> = [
      "cs", "ss", "ds", "es", "fs", "gs", "cr0", "cr4", "efer", "eflags", "fstat", "ftag", "fctrl",
    ]
    for register in machine.cpu.debugRegisters where !fixed.contains(register.name) {
      let before = machine.cpu.debugRegisters
      var new = register.value ^ 0x55
      if register.name == "dr6" { new = register.value ^ 5 }
      if register.name == "dr7" { new = register.value ^ 0x55 }
      #expect(machine.cpu.setDebugRegister(register.name, new), "\(register.name)")
      for (old, present) in zip(before, machine.cpu.debugRegisters) where !old.name.hasPrefix("ftag") {
        #expect(present.value == (old.name == register.name ? new : old.value), "\(register.name), \(old.name)")
      }
      #expect(machine.cpu.setDebugRegister(register.name, register.value))
    }
  }

  @Test func `a register that does not exist, or a value that it cannot hold, is refused`() throws {
    let machine = try ProtectedMachine()
    let before = machine.cpu.debugRegisters
    for (name, value) in [
      ("rax", 1), ("eax", 1 << 32), ("cs", 0x10), ("cs", 0xf00), ("ss", 0), ("ds", 0x28), ("cr0", 0x8000_0000),
      ("cr4", 0x8000_0000), ("fop", 0x800), ("mxcsr", 0x10000), ("st0", 1 << 80), ("efer", 1),
    ] as [(String, UInt128)] {
      #expect(!machine.cpu.setDebugRegister(name, value), "\(name)")
    }
    #expect(machine.cpu.debugRegisters == before)
  }

  @Test func `a write does what a load of the register does`() throws {
    let machine = try ProtectedMachine()
    machine.load([0x40, 0x41])
    #expect(machine.cpu.setDebugRegister("eip", UInt128(At.program + 1)))
    machine.step(1)
    #expect(machine[0] == 0 && machine[1] == 1)
    // Flags are those that instructions see.
    machine.load([0x0f, 0x94, 0xc0])
    #expect(machine.cpu.setDebugRegister("eflags", 0x46))
    machine.step(1)
    #expect(machine[0] & 0xff == 1)
    // TF traps after the next instruction, IF lets an interrupt in.
    machine.load([0x90, 0x90])
    #expect(machine.cpu.setDebugRegister("eflags", 0x102))
    machine.step(1)
    #expect(machine.taken?.vector == 1)
    machine.controller.vectors = [0x41]
    machine.load([0x90, 0x90])
    machine.cpu.setInterrupt(true)
    #expect(machine.cpu.setDebugRegister("eflags", 0x202))
    machine.step(1)
    #expect(machine.taken?.vector == 0x41)
    machine.cpu.setInterrupt(false)
    // A data segment's descriptor is loaded.
    machine.descriptor(ProtectedMachine.Selector.free, base: 0x30000, limit: 0xfff, access: 0x93, flags: 4)
    #expect(machine.cpu.setDebugRegister("es", UInt128(ProtectedMachine.Selector.free)))
    #expect(value(machine, "es_base") == 0x30000 && value(machine, "es_limit") == 0xfff)
    #expect(machine.access(ProtectedMachine.Selector.free) == 0x93)
    // Paging begins at once.
    let pages = Pages(machine)
    pages.map(0x40_0000, to: 0x50000)
    #expect(machine.cpu.setDebugRegister("cr3", 0x60000))
    #expect(machine.cpu.setDebugRegister("cr0", 0x8000_0011))
    machine.memory.write(99, 0x50000, width: 4)
    // mov eax, [400000h]
    machine.load([0xa1, 0, 0, 0x40, 0])
    machine.step(1)
    #expect(machine[0] == 99)
  }

  @Test func `the x87 stack is numbered from its top`() throws {
    let machine = try ProtectedMachine()
    // fninit; fldpi; fld1
    machine.load([0xdb, 0xe3, 0xd9, 0xeb, 0xd9, 0xe8])
    machine.step(3)
    #expect(value(machine, "st0") == 0x3fff_8000_0000_0000_0000)
    #expect(value(machine, "st1") == 0x4000_c90f_daa2_2168_c235)
    #expect(value(machine, "ftag") == 0x0fff && value(machine, "fctrl") == 0x37f)
  }

  @Test func `translations leave no trace in the tables`() throws {
    let machine = try ProtectedMachine()
    let pages = Pages(machine)
    pages.map(0x40_0000, to: 0x50000, rights: 1)
    pages.enable()
    let before = machine.memory.bytes(0x60000, count: 0x9000)
    #expect(machine.cpu.translate(0x40_0123) == 0x50123)
    #expect(machine.cpu.translate(0x41_0000) == nil)
    #expect(machine.cpu.translate(0xc000_0000) == nil)
    #expect(
      machine.cpu.translations(limit: 10)?.map(\.description) == [
        "00000000-000fffff -> 00000000 urwx", "00400000-00400fff -> 00050000 sr-x",
      ])
    #expect(machine.cpu.translations(limit: 1)?.count == 1)
    #expect(machine.memory.bytes(0x60000, count: 0x9000) == before)
    #expect(machine.cpu.state.cr2 == 0)
  }

  @Test func `large pages and PAE are translated`() throws {
    let machine = try ProtectedMachine()
    machine.memory.write(0xc0_0083, 0x60000 + 4, width: 4)
    machine.update {
      $0.cr3 = 0x60000
      $0.cr4 = 0x10
      $0.cr0 |= 1 << 31
    }
    #expect(machine.cpu.translate(0x51_2345) == 0xd1_2345)
    #expect(machine.cpu.translations(limit: 10)?.map(\.description) == ["00400000-007fffff -> 00c00000 srwx"])
    machine.memory.write(0x1_2340_0083, 0x62000 + 8 * 3, width: 8)
    machine.memory.write(0x63007, 0x62000 + 8 * 4, width: 8)
    machine.memory.write(1 << 63 | 0x7_0000_0005, 0x63000 + 8 * 5, width: 8)
    machine.update {
      $0.pdpte[3] = 0x62001
      $0.cr4 = 0x20
      $0.msr.efer = 0x800
    }
    #expect(machine.cpu.translate(0xc070_1234) == 0x1_2350_1234)
    #expect(machine.cpu.translate(0xc080_5678) == 0x7_0000_0678)
    #expect(machine.cpu.translate(0x51_2345) == nil)
    #expect(
      machine.cpu.translations(limit: 10)?.map(\.description) == [
        "c0600000-c07fffff -> 123400000 srwx", "c0805000-c0805fff -> 700000000 ur--",
      ])
  }

  @Test func `bytes are disassembled for the present size of code`() throws {
    let machine = try ProtectedMachine()
    #expect(machine.cpu.disassemble([0xb8, 1, 2, 3, 4], at: 0).length == 5)
    machine.update { $0.segments[1].attributes &= ~0x4000 }
    #expect(machine.cpu.disassemble([0xb8, 1, 2, 3, 4], at: 0).length == 3)
    #expect(machine.cpu.disassemble([0x0f, 0xff], at: 0).length >= 1)
    #expect(machine.cpu.architecture == "i386" && !machine.cpu.stopsBeforeAccess)
  }
}
