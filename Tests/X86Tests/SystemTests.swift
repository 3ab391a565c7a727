import GuestMemory
import Testing
import X86

/// CPUID, MSRs, descriptor queries, fast calls and ports.
@Suite struct SystemTests {
  typealias At = ProtectedMachine.At
  typealias Selector = ProtectedMachine.Selector

  private func cpuid(_ machine: ProtectedMachine, _ leaf: UInt32, _ subleaf: UInt32 = 0) -> [UInt32] {
    machine.update {
      $0.gpr[0] = UInt64(leaf)
      $0.gpr[1] = UInt64(subleaf)
    }
    // cpuid
    machine.execute([0x0f, 0xa2])
    return [0, 3, 1, 2].map { UInt32(machine[$0]) }
  }

  @Test func `CPUID tells vendor, signature and features of the model`() throws {
    let machine = try ProtectedMachine(model: "pentium3")
    #expect(cpuid(machine, 0) == [2, 0x756e_6547, 0x6c65_746e, 0x4965_6e69])
    let leaf = cpuid(machine, 1)
    #expect(leaf[0] == 0x686)
    #expect(leaf[2] == 0)
    #expect(leaf[3] == 0x0383_fbff)
    // Beyond the last leaf: what the last one says.
    #expect(cpuid(machine, 0x8000_0000) == cpuid(machine, 2))
  }

  @Test func `the default model has everything, and the time stamp's frequency`() throws {
    let machine = try ProtectedMachine()
    let leaf = cpuid(machine, 1)
    #expect(leaf[3] & 0x0787_fbff == 0x078b_fbff & 0x0787_fbff)
    #expect(leaf[2] >> 24 & 1 == 1)
    #expect(leaf[2] >> 31 == 1)
    #expect(cpuid(machine, 0x15) == [1, 1, 1_000_000_000, 0])
    #expect(cpuid(machine, 0x8000_0001)[3] >> 20 & 1 == 1)
    let name = (2...4).flatMap { cpuid(machine, 0x8000_0000 + $0) }
      .flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } }
    #expect(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) == "Ferry x86 CPU")
    #expect(cpuid(machine, 4, 3) == [0, 0, 0, 0])
  }

  @Test func `a disabled APIC and XD disable take their features away`() throws {
    let machine = try ProtectedMachine()
    machine.controller.base &= ~0x800
    #expect(cpuid(machine, 1)[3] & 0x200 == 0)
    machine.update { $0.msr.miscEnable |= 1 << 34 }
    #expect(cpuid(machine, 0x8000_0001)[3] >> 20 & 1 == 0)
  }

  @Test(arguments: CPUModel.all.map(\.name))
  func `a model decodes what its CPUID promises and nothing else`(name: String) throws {
    let machine = try ProtectedMachine(model: name)
    let edx = cpuid(machine, 1)[3]
    let isUndefined = Taken(vector: 6, code: nil, eip: 0x10000)
    // clflush [0x30000]
    #expect((machine.execute([0x0f, 0xae, 0x3d, 0x00, 0x00, 0x03, 0x00]) == isUndefined) == (edx >> 19 & 1 == 0))
    machine.enter(ring: 0)
    // popcnt eax, eax
    #expect((machine.execute([0xf3, 0x0f, 0xb8, 0xc0]) == isUndefined) == (name != "max"))
    machine.enter(ring: 0)
    // rdtscp
    #expect((machine.execute([0x0f, 0x01, 0xf9]) == isUndefined) == (name != "max"))
  }

  // MARK: MSRs

  private func write(_ machine: ProtectedMachine, _ number: UInt32, _ value: UInt64) -> Bool {
    machine.enter(ring: 0)
    machine.update {
      $0.gpr[1] = UInt64(number)
      $0.gpr[0] = value & 0xffff_ffff
      $0.gpr[2] = value >> 32
    }
    // wrmsr
    return machine.execute([0x0f, 0x30]) == nil
  }

  private func read(_ machine: ProtectedMachine, _ number: UInt32) -> UInt64? {
    machine.enter(ring: 0)
    machine.update { $0.gpr[1] = UInt64(number) }
    // rdmsr
    return machine.execute([0x0f, 0x32]) == nil ? machine[0] | machine[2] << 32 : nil
  }

  @Test func `MSRs keep what is written, within their bits`() throws {
    let machine = try ProtectedMachine()
    let kept: [(UInt32, UInt64)] = [
      (0x174, 0x10), (0x175, 0x8000), (0x176, 0x4000), (0x277, 0x0001_0406_0705_0406), (0x2ff, 0xc06),
      (0x200, 0x8000_0006), (0x201, 0xff_8000_0800), (0x250, 0x0606_0606_0606_0606), (0xc000_0080, 0x800),
      (0xc000_0103, 7), (0x48, 1), (0x1b, 0xfee0_0900), (0x1a0, 1),
    ]
    for (number, value) in kept {
      #expect(write(machine, number, value))
      #expect(read(machine, number) == value)
    }
    let refused: [(UInt32, UInt64)] = [
      (0x277, 2), (0x2ff, 2), (0x200, 0x102), (0x201, 1 << 50), (0x250, 0x0202), (0xc000_0080, 1),
      (0xc000_0103, 1 << 32),
      (0x179, 0), (0xfe, 0), (0x10a, 0), (0x1d9, 1), (0xdead, 0),
    ]
    for (number, value) in refused {
      let before = read(machine, number)
      #expect(!write(machine, number, value))
      #expect(read(machine, number) == before)
    }
  }

  @Test func `the time stamp follows the clock, and TSC_ADJUST what was written to it`() throws {
    let machine = try ProtectedMachine()
    machine.advance(5000)
    // rdtsc
    machine.execute([0x0f, 0x31])
    #expect(machine[0] == 5000)
    #expect(machine[2] == 0)
    #expect(write(machine, 0x10, 0x1_0000_0000))
    #expect(read(machine, 0x3b) == 0x1_0000_0000 - 5000)
    machine.advance(7)
    // rdtsc
    machine.execute([0x0f, 0x31])
    #expect(machine[0] == 7)
    #expect(machine[2] == 1)
    #expect(write(machine, 0x3b, 0))
    #expect(read(machine, 0x10) == 5007)
    #expect(machine.controller.timeStampChanges == 2)
    #expect(write(machine, 0x6e0, 9000))
    #expect(machine.controller.deadline == 9000)
    #expect(read(machine, 0x6e0) == 9000)
  }

  @Test func `CR4.TSD keeps RDTSC from level 3`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.cr4 |= 4 }
    // rdtsc
    #expect(machine.execute([0x0f, 0x31]) == nil)
    machine.enter(ring: 3)
    // rdtsc
    #expect(machine.execute([0x0f, 0x31]) == Taken(vector: 13, code: 0, eip: 0x10000))
  }

  // MARK: MONITOR

  @Test func `MWAIT waits until the monitored line changes, or an interrupt comes`() throws {
    let machine = try ProtectedMachine(model: "core2")
    // mov eax, 0x30010; xor ecx, ecx; xor edx, edx; monitor; sti; mwait; nop
    let program: [UInt8] = [
      0xb8, 0x10, 0x00, 0x03, 0x00, 0x31, 0xc9, 0x31, 0xd2, 0x0f, 0x01, 0xc8, 0xfb, 0x0f, 0x01, 0xc9, 0x90,
    ]
    machine.load(program)
    #expect(machine.cpu.run(10) == .halted)
    #expect(machine.cpu.run(10) == .halted)
    machine.memory.write(1, 0x30040, width: 4)
    #expect(machine.cpu.run(10) == .halted)
    machine.memory.write(1, 0x3003c, width: 4)
    #expect(machine.cpu.run(1) == .budget)
    #expect(machine.cpu.state.rip == At.program + UInt64(program.count))
    // A change between MONITOR and MWAIT is not missed.
    machine.load(program)
    machine.step(4)
    machine.memory.write(2, 0x30000, width: 4)
    #expect(machine.cpu.run(3) == .budget)
    machine.update { $0.rflags &= ~0x200 }
    machine.load(program)
    #expect(machine.cpu.run(10) == .halted)
    machine.controller.vectors = [0x30]
    machine.cpu.setInterrupt(true)
    machine.step(1)
    #expect(machine.cpu.state.rip == machine.handler(0x30))
  }

  @Test func `a change of the monitored line does not end HLT`() throws {
    let machine = try ProtectedMachine(model: "core2")
    // mov eax, 0x30000; xor ecx, ecx; monitor; hlt
    machine.load([0xb8, 0x00, 0x00, 0x03, 0x00, 0x31, 0xc9, 0x0f, 0x01, 0xc8, 0xf4])
    #expect(machine.cpu.run(10) == .halted)
    machine.memory.write(1, 0x30000, width: 4)
    #expect(machine.cpu.run(10) == .halted)
  }

  @Test func `MONITOR and MWAIT take no extensions and belong to level 0`() throws {
    let machine = try ProtectedMachine(model: "core2")
    // mov ecx, 1; monitor
    #expect(
      machine.execute([0xb9, 0x01, 0x00, 0x00, 0x00, 0x0f, 0x01, 0xc8], steps: 2)
        == Taken(vector: 13, code: 0, eip: 0x10005))
    // mov ecx, 1; mwait
    #expect(
      machine.execute([0xb9, 0x01, 0x00, 0x00, 0x00, 0x0f, 0x01, 0xc9], steps: 2)
        == Taken(vector: 13, code: 0, eip: 0x10005))
    machine.enter(ring: 3)
    // mwait
    #expect(machine.execute([0x0f, 0x01, 0xc9]) == Taken(vector: 6, code: nil, eip: 0x10000))
  }

  // MARK: SYSENTER

  @Test func `SYSENTER and SYSEXIT change level without tables`() throws {
    let machine = try ProtectedMachine()
    machine.update {
      $0.msr.sysenterCS = 0x60
      $0.msr.sysenterESP = 0x7000
      $0.msr.sysenterEIP = 0x40000
      $0.gdtr.limit = 0
    }
    machine.enter(ring: 3)
    machine.update { $0.rflags |= 0x200 }
    // mov edx, 0x12345; mov ecx, 0xb000; sysexit
    machine.memory.store([0xba, 0x45, 0x23, 0x01, 0x00, 0xb9, 0x00, 0xb0, 0x00, 0x00, 0x0f, 0x35], at: 0x40000)
    // sysenter
    #expect(machine.execute([0x0f, 0x34]) == nil)
    #expect(machine.cpl == 0)
    #expect(machine.selector(1) == 0x60)
    #expect(machine.selector(2) == 0x68)
    #expect(machine[4] == 0x7000)
    #expect(machine.cpu.state.rip == 0x40000)
    #expect(machine.cpu.state.rflags & 0x200 == 0)
    machine.step(3)
    #expect(machine.cpl == 3)
    #expect(machine.selector(1) == 0x73)
    #expect(machine.selector(2) == 0x7b)
    #expect(machine[4] == 0xb000)
    #expect(machine.cpu.state.rip == 0x12345)
  }

  @Test func `SYSENTER without a code segment is #GP(0)`() throws {
    let machine = try ProtectedMachine()
    machine.enter(ring: 3)
    // sysenter
    #expect(machine.execute([0x0f, 0x34]) == Taken(vector: 13, code: 0, eip: 0x10000))
  }

  // MARK: Descriptor queries

  @Test(
    arguments: [
      (0x92, 0, 0x0000_9200, 0xfff, true, true), (0x90, 0, 0x9000, 0xfff, true, false),
      (0x9a, 0, 0x9a00, 0xfff, true, false), (0x98, 0, 0x9800, 0xfff, false, false),
      (0x92, 3, nil, nil, false, false), (0x9e, 3, 0x9e00, 0xfff, true, false),
      (0x82, 0, 0x8200, 0xfff, false, false), (0x8c, 0, 0x8c00, nil, false, false), (0x8e, 0, nil, nil, false, false),
    ] as [(Int, UInt16, UInt64?, UInt64?, Bool, Bool)])
  func `LAR, LSL, VERR and VERW say what may be done without doing it`(
    access: Int, rpl: UInt16, rights: UInt64?, limit: UInt64?, reads: Bool, writes: Bool
  ) throws {
    let machine = try ProtectedMachine()
    let selector = Selector.free | rpl
    machine.descriptor(selector, base: 0, limit: 0xfff, access: access)
    machine.update {
      $0.gpr[3] = UInt64(selector)
      $0.gpr[0] = 0xdead
    }
    func isZero() -> Bool { machine.cpu.state.rflags & 0x40 != 0 }
    // lar eax, ebx
    machine.execute([0x0f, 0x02, 0xc3])
    #expect(isZero() == (rights != nil))
    #expect(machine[0] == rights ?? 0xdead)
    machine.update { $0.gpr[0] = 0xdead }
    // lsl eax, ebx
    machine.execute([0x0f, 0x03, 0xc3])
    #expect(isZero() == (limit != nil))
    #expect(machine[0] == limit ?? 0xdead)
    // verr bx
    machine.execute([0x0f, 0x00, 0xe3])
    #expect(isZero() == reads)
    // verw bx
    machine.execute([0x0f, 0x00, 0xeb])
    #expect(isZero() == writes)
    #expect(machine.access(selector) == UInt64(access))
  }

  @Test func `ARPL raises an RPL and tells by ZF`() throws {
    let machine = try ProtectedMachine()
    machine.update {
      $0.gpr[0] = 0x11
      $0.gpr[3] = 0x23
    }
    // arpl ax, bx
    machine.execute([0x63, 0xd8])
    #expect(machine[0] == 0x13)
    #expect(machine.cpu.state.rflags & 0x40 != 0)
    // arpl ax, bx
    machine.execute([0x63, 0xd8])
    #expect(machine.cpu.state.rflags & 0x40 == 0)
  }

  @Test func `stores of system registers have their widths`() throws {
    let machine = try ProtectedMachine()
    machine.memory.write(.max, At.data, width: 8)
    // sgdt [0x30000]
    machine.execute([0x0f, 0x01, 0x05, 0x00, 0x00, 0x03, 0x00])
    #expect(machine.memory.read(At.data, width: 8) == 0xffff_0000_2000_00ff)
    machine.update { $0.gpr[0] = 0xffff_ffff }
    // str eax
    machine.execute([0x0f, 0x00, 0xc8])
    #expect(machine[0] == 0x28)
    machine.update { $0.gpr[0] = 0xffff_ffff }
    // sldt ax
    machine.execute([0x66, 0x0f, 0x00, 0xc0])
    #expect(machine[0] == 0xffff_0030)
    machine.memory.write(.max, At.data, width: 8)
    // smsw [0x30000]
    machine.execute([0x0f, 0x01, 0x25, 0x00, 0x00, 0x03, 0x00])
    #expect(machine.memory.read(At.data, width: 8) == 0xffff_ffff_ffff_0011)
    // LMSW sets PE and TS but does not clear PE.
    machine.update { $0.gpr[0] = 8 }
    // lmsw ax
    machine.execute([0x0f, 0x01, 0xf0])
    #expect(machine.cpu.state.cr0 == 0x19)
    // clts
    machine.execute([0x0f, 0x06])
    #expect(machine.cpu.state.cr0 == 0x11)
  }

  @Test func `LTR marks its TSS busy, LLDT takes null`() throws {
    let machine = try ProtectedMachine()
    machine.descriptor(Selector.free, base: 0x6000, limit: 0x67, access: 0x89)
    // mov ax, 0x60; ltr ax; xor ax, ax; lldt ax; sldt bx
    #expect(
      machine.execute(
        [0x66, 0xb8, 0x60, 0x00, 0x0f, 0x00, 0xd8, 0x66, 0x31, 0xc0, 0x0f, 0x00, 0xd0, 0x66, 0x0f, 0x00, 0xc3], steps: 5
      ) == nil)
    #expect(machine.access(Selector.free) == 0x8b)
    #expect(machine.cpu.state.segments[7].base == 0x6000)
    #expect(machine[3] & 0xffff == 0)
    // mov ax, 4; mov ds, ax
    #expect(
      machine.execute([0x66, 0xb8, 0x04, 0x00, 0x66, 0x8e, 0xd8], steps: 2) == Taken(vector: 13, code: 4, eip: 0x10004))
  }

  // MARK: Ports

  /// A port that remembers what was written and reads as the complement of its number.
  private final class Port: BusTarget {
    var written: [(UInt64, UInt64, Int)] = []
    func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 { ~offset }
    func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) { written.append((offset, value, width)) }
  }

  @Test func `IN and OUT move the accumulator's part`() throws {
    let machine = try ProtectedMachine()
    let port = Port()
    machine.ports.map(Region("ports", base: 0, size: 0x10000, content: .device(port, region: 0, widths: 1...4)))
    machine.update {
      $0.gpr[0] = 0x8765_4321
      $0.gpr[2] = 0x3f8
    }
    // out 0x80, al; out dx, ax; out dx, eax; in al, 0x60; in ax, dx
    machine.execute([0xe6, 0x80, 0x66, 0xef, 0xef, 0xe4, 0x60, 0x66, 0xed], steps: 5)
    #expect(port.written.map(\.0) == [0x80, 0x3f8, 0x3f8])
    #expect(port.written.map(\.1) == [0x21, 0x4321, 0x8765_4321])
    #expect(port.written.map(\.2) == [1, 2, 4])
    #expect(machine[0] == 0x8765_fc07)
    // in eax, dx
    machine.execute([0xed])
    #expect(machine[0] == 0xffff_fc07)
  }

  @Test func `the I/O map opens single ports to level 3`() throws {
    let machine = try ProtectedMachine()
    machine.memory.write(0x68, At.tss + 0x66, width: 2)
    for at in 0x68...0x78 as ClosedRange<UInt64> { machine.memory.write(0xff, At.tss + at, width: 1) }
    // Ports 40H to 42H.
    machine.memory.write(0xf8, At.tss + 0x68 + 8, width: 1)
    machine.update { $0.segments[7].limit = 0x78 }
    machine.enter(ring: 3)
    // in al, 0x42
    #expect(machine.execute([0xe4, 0x42]) == nil)
    // in ax, 0x41
    #expect(machine.execute([0x66, 0xe5, 0x41]) == nil)
    // in ax, 0x42
    #expect(machine.execute([0x66, 0xe5, 0x42]) == Taken(vector: 13, code: 0, eip: 0x10000))
    machine.enter(ring: 3)
    // in al, 0x43
    #expect(machine.execute([0xe4, 0x43]) == Taken(vector: 13, code: 0, eip: 0x10000))
    // Beyond the TSS nothing is open; IOPL 3 opens everything.
    machine.enter(ring: 3)
    // in al, 0x80
    #expect(machine.execute([0xe4, 0x80]) == Taken(vector: 13, code: 0, eip: 0x10000))
    machine.enter(ring: 3)
    machine.update { $0.rflags |= 0x3000 }
    // in al, 0x80
    #expect(machine.execute([0xe4, 0x80]) == nil)
  }
}
