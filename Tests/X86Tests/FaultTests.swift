import Engine
import Testing
import X86

/// Which exception, with which error code and return address (SDM 3A 6.15).
@Suite struct FaultTests {
  typealias At = ProtectedMachine.At
  typealias Selector = ProtectedMachine.Selector

  /// A program, and the exception its first instruction raises.
  struct Case: Sendable {
    let name: String
    let bytes: [UInt8]
    let vector: Int
    var code: UInt32?
    /// How far beyond the start the return address is.
    var advance: UInt32 = 0
    init(_ name: String, _ bytes: [UInt8], _ vector: Int, _ code: UInt32? = nil, advance: UInt32 = 0) {
      self.name = name
      self.bytes = bytes
      self.vector = vector
      self.code = code
      self.advance = advance
    }
  }

  static let plain: [Case] = [
    // div ecx
    Case("DIV by zero", [0xf7, 0xf1], 0),
    // idiv ecx
    Case("IDIV by zero", [0xf7, 0xf9], 0),
    // int3
    Case("INT3", [0xcc], 3, advance: 1),
    // bound eax, [0x30000]
    Case("BOUND", [0x62, 0x05, 0x00, 0x00, 0x03, 0x00], 5),
    // ud2
    Case("UD2", [0x0f, 0x0b], 6),
    Case("LOCK on a register", [0xf0, 0x01, 0xc8], 6),
    Case("MOV to CS", [0x8e, 0xc8], 6),
    Case("MOV to CR1", [0x0f, 0x22, 0xc8], 6),
    Case("SYSCALL outside long mode", [0x0f, 0x05], 6),
    Case("RSM outside SMM", [0x0f, 0xaa], 6),
    // mov byte [cs:0x30000], 1
    Case("a code segment written through", [0x2e, 0xc6, 0x05, 0x00, 0x00, 0x03, 0x00, 0x01], 13, 0),
    // ltr cx
    Case("LTR of a null selector", [0x0f, 0x00, 0xd9], 13, 0),
    // mov ax, 0x28; ltr ax
    Case("LTR of a busy TSS", [0x66, 0xb8, 0x28, 0x00, 0x0f, 0x00, 0xd8], 13, 0x28, advance: 4),
    // mov ax, 0x28; lldt ax
    Case("LLDT of a TSS", [0x66, 0xb8, 0x28, 0x00, 0x0f, 0x00, 0xd0], 13, 0x28, advance: 4),
    // mov eax, 0x80000000; mov cr0, eax
    Case("paging without protection", [0xb8, 0x00, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0], 13, 0, advance: 5),
    // mov eax, 0x20000011; mov cr0, eax
    Case("NW without CD", [0xb8, 0x11, 0x00, 0x00, 0x20, 0x0f, 0x22, 0xc0], 13, 0, advance: 5),
    // mov eax, 0x800000; mov cr4, eax
    Case("a reserved bit of CR4", [0xb8, 0x00, 0x00, 0x80, 0x00, 0x0f, 0x22, 0xe0], 13, 0, advance: 5),
    // mov ecx, 0x12345678; rdmsr
    Case("an unknown MSR", [0xb9, 0x78, 0x56, 0x34, 0x12, 0x0f, 0x32], 13, 0, advance: 5),
    // mov ecx, 0x277; mov eax, 2; wrmsr
    Case(
      "a bad PAT entry", [0xb9, 0x77, 0x02, 0x00, 0x00, 0xb8, 0x02, 0x00, 0x00, 0x00, 0x0f, 0x30], 13, 0, advance: 10),
    // jmp 0:0
    Case("a far jump to a null selector", [0xea, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00], 13, 0),
    // jmp 0x10:0
    Case("a far jump to data", [0xea, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00], 13, 0x10),
    // jmp 0x1000:0
    Case("a far jump beyond the GDT", [0xea, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10], 13, 0x1000),
    // jmp 0x1b:0
    Case("a far jump to an outer level", [0xea, 0x00, 0x00, 0x00, 0x00, 0x1b, 0x00], 13, 0x18),
    // jmp 0x28:0
    Case("a far jump to a busy TSS", [0xea, 0x00, 0x00, 0x00, 0x00, 0x28, 0x00], 13, 0x28),
    // call 0x30:0
    Case("a far call to an LDT", [0x9a, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00], 13, 0x30),
  ]

  @Test(arguments: plain)
  func `each mistake raises its exception at level 0`(_ what: Case) throws {
    let machine = try ProtectedMachine()
    machine.memory.write(1, At.data, width: 8)
    let taken = machine.execute(what.bytes, steps: what.advance > 1 ? 2 : 1) ?? machine.continueToFault()
    #expect(taken == Taken(vector: what.vector, code: what.code, eip: UInt32(At.program) + what.advance))
  }

  @Test func `INTO traps only after an overflow`() throws {
    let machine = try ProtectedMachine()
    // into
    #expect(machine.execute([0xce]) == nil)
    #expect(machine.cpu.state.rip == At.program + 1)
    #expect(
      // mov al, 0x7f; inc al; into
      machine.execute([0xb0, 0x7f, 0xfe, 0xc0, 0xce], steps: 3)
        == Taken(vector: 4, code: nil, eip: UInt32(At.program) + 5))
  }

  static let privileged: [Case] = [
    // hlt / clts / invd
    Case("HLT", [0xf4], 13, 0), Case("CLTS", [0x0f, 0x06], 13, 0), Case("INVD", [0x0f, 0x08], 13, 0),
    // wbinvd / invlpg [eax] / rdmsr
    Case("WBINVD", [0x0f, 0x09], 13, 0), Case("INVLPG", [0x0f, 0x01, 0x38], 13, 0), Case("RDMSR", [0x0f, 0x32], 13, 0),
    // wrmsr / lgdt [0x30000] / lidt [0x30000]
    Case("WRMSR", [0x0f, 0x30], 13, 0), Case("LGDT", [0x0f, 0x01, 0x15, 0x00, 0x00, 0x03, 0x00], 13, 0),
    Case("LIDT", [0x0f, 0x01, 0x1d, 0x00, 0x00, 0x03, 0x00], 13, 0),
    // lldt ax / ltr ax / lmsw ax
    Case("LLDT", [0x0f, 0x00, 0xd0], 13, 0), Case("LTR", [0x0f, 0x00, 0xd8], 13, 0),
    Case("LMSW", [0x0f, 0x01, 0xf0], 13, 0),
    // mov eax, cr0 / mov cr3, eax
    Case("MOV from CR0", [0x0f, 0x20, 0xc0], 13, 0), Case("MOV to CR3", [0x0f, 0x22, 0xd8], 13, 0),
    // mov eax, dr7 / mov dr0, eax
    Case("MOV from DR7", [0x0f, 0x21, 0xf8], 13, 0), Case("MOV to DR0", [0x0f, 0x23, 0xc0], 13, 0),
    // cli / sti / in al, 0x60
    Case("CLI", [0xfa], 13, 0), Case("STI", [0xfb], 13, 0), Case("IN", [0xe4, 0x60], 13, 0),
    // out dx, al / insb / sysexit
    Case("OUT", [0xee], 13, 0), Case("INSB", [0x6c], 13, 0), Case("SYSEXIT", [0x0f, 0x35], 13, 0),
    // int 0x80 / mov ax, 0x10; mov ss, ax
    Case("a gate of level 0", [0xcd, 0x80], 13, 0x80 * 8 + 2),
    Case("SS of level 0", [0x66, 0xb8, 0x10, 0x00, 0x66, 0x8e, 0xd0], 13, 0x10, advance: 4),
  ]

  @Test(arguments: privileged)
  func `level 3 may not use what belongs to the system`(_ what: Case) throws {
    let machine = try ProtectedMachine()
    machine.enter(ring: 3)
    let taken = machine.execute(what.bytes) ?? machine.continueToFault()
    #expect(taken == Taken(vector: what.vector, code: what.code, eip: UInt32(At.program) + what.advance))
    #expect(machine.cpl == 0)
    // EFLAGS, ESP and SS of the program are in the frame.
    #expect(machine.stack(4) == At.outerStack)
    #expect(machine.stack(5) == 0x23)
  }

  /// Loads of a segment register: descriptor, selector, and what happens.
  struct Load: Sendable {
    let name: String
    let ring: Int
    let register: Int
    let access: Int
    let rpl: UInt16
    let vector: Int?
    init(_ name: String, ring: Int, _ register: Int, access: Int, rpl: UInt16, _ vector: Int?) {
      self.name = name
      self.ring = ring
      self.register = register
      self.access = access
      self.rpl = rpl
      self.vector = vector
    }
  }

  static let loads: [Load] = [
    Load("data of the own level", ring: 0, 3, access: 0x92, rpl: 0, nil),
    Load("read-only data", ring: 0, 0, access: 0x90, rpl: 0, nil),
    Load("readable code", ring: 0, 3, access: 0x9a, rpl: 0, nil),
    Load("execute-only code", ring: 0, 3, access: 0x98, rpl: 0, 13),
    Load("a system segment", ring: 0, 3, access: 0x82, rpl: 0, 13),
    Load("data not present", ring: 0, 4, access: 0x12, rpl: 0, 11),
    Load("level 0 data with RPL 3", ring: 0, 3, access: 0x92, rpl: 3, 13),
    Load("level 3 data with RPL 3", ring: 0, 3, access: 0xf2, rpl: 3, nil),
    Load("inner data", ring: 3, 5, access: 0x92, rpl: 3, 13),
    Load("conforming code from outside", ring: 3, 3, access: 0x9e, rpl: 3, nil),
    Load("the stack, writable", ring: 0, 2, access: 0x92, rpl: 0, nil),
    Load("the stack, read-only", ring: 0, 2, access: 0x90, rpl: 0, 13),
    Load("the stack, code", ring: 0, 2, access: 0x9a, rpl: 0, 13),
    Load("the stack, wrong RPL", ring: 0, 2, access: 0x92, rpl: 3, 13),
    Load("the stack, wrong DPL", ring: 0, 2, access: 0xf2, rpl: 0, 13),
    Load("the stack, not present", ring: 0, 2, access: 0x12, rpl: 0, 12),
    Load("the stack, expand-down", ring: 0, 2, access: 0x96, rpl: 0, nil),
  ]

  @Test(arguments: loads)
  func `a segment register takes what its use permits`(_ load: Load) throws {
    let machine = try ProtectedMachine()
    let selector = Selector.free | load.rpl
    machine.descriptor(selector, base: 0x1000, limit: 0xfff, access: load.access, flags: 4)
    machine.enter(ring: load.ring)
    machine.update { $0.gpr[0] = UInt64(selector) }
    let old = machine.selector(load.register)
    // mov sreg, ax
    let taken = machine.execute([0x8e, UInt8(0xc0 | load.register << 3)])
    if let vector = load.vector {
      #expect(taken == Taken(vector: vector, code: UInt32(Selector.free), eip: UInt32(At.program)))
      #expect(load.register == 2 || machine.selector(load.register) == old)
      #expect(machine.access(selector) & 1 == 0)
    } else {
      #expect(taken == nil)
      #expect(machine.selector(load.register) == selector)
      #expect(machine.cpu.state.segments[load.register].base == 0x1000)
      #expect(machine.access(selector) == UInt64(load.access | 1))
    }
  }

  @Test func `a null selector loads and then faults when used`() throws {
    let machine = try ProtectedMachine()
    // mov es, cx; mov eax, [es:0]
    #expect(machine.execute([0x66, 0x8e, 0xc1, 0x26, 0xa1, 0x00, 0x00, 0x00, 0x00], steps: 1) == nil)
    machine.step(1)
    #expect(machine.taken == Taken(vector: 13, code: 0, eip: UInt32(At.program) + 3))
    // mov ss, cx
    #expect(machine.execute([0x66, 0x8e, 0xd1]) == Taken(vector: 13, code: 0, eip: UInt32(At.program)))
  }

  @Test func `a selector beyond its table names itself, the LDT's with TI`() throws {
    let machine = try ProtectedMachine()
    #expect(
      // mov ax, 0x103; mov ds, ax
      machine.execute([0x66, 0xb8, 0x03, 0x01, 0x66, 0x8e, 0xd8], steps: 2)
        == Taken(vector: 13, code: 0x100, eip: 0x10004))
    #expect(
      // mov ax, 0x107; mov ds, ax
      machine.execute([0x66, 0xb8, 0x07, 0x01, 0x66, 0x8e, 0xd8], steps: 2)
        == Taken(vector: 13, code: 0x104, eip: 0x10004))
    machine.update { $0.segments[6].attributes = SegmentRegister.unusable }
    // mov ax, 4; mov ds, ax
    #expect(
      machine.execute([0x66, 0xb8, 0x04, 0x00, 0x66, 0x8e, 0xd8], steps: 2) == Taken(vector: 13, code: 4, eip: 0x10004))
  }

  @Test func `limits hold to the byte, upward and downward`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.segments[3].limit = 0xfff }
    // mov eax, [0xffc]
    #expect(machine.execute([0xa1, 0xfc, 0x0f, 0x00, 0x00]) == nil)
    // mov eax, [0xffd]
    #expect(machine.execute([0xa1, 0xfd, 0x0f, 0x00, 0x00]) == Taken(vector: 13, code: 0, eip: 0x10000))
    machine.update { $0.segments[3].attributes |= 4 }
    // mov eax, [0xfff]
    #expect(machine.execute([0xa1, 0xff, 0x0f, 0x00, 0x00]) == Taken(vector: 13, code: 0, eip: 0x10000))
    // mov eax, [0x1000]
    #expect(machine.execute([0xa1, 0x00, 0x10, 0x00, 0x00]) == nil)
  }

  @Test func `a stack beyond its limit is #SS(0), and ESP stays`() throws {
    let machine = try ProtectedMachine()
    // Level 3, so that the handler's stack is another.
    machine.enter(ring: 3)
    machine.update {
      $0.segments[2].limit = 0xbffd
      $0.gpr[4] = 0xc000
    }
    // push eax
    #expect(machine.execute([0x50]) == Taken(vector: 12, code: 0, eip: 0x10000))
    #expect(machine.stack(4) == 0xc000)
  }

  @Test func `execution beyond the limit of CS is #GP(0) at the transfer or at the fetch`() throws {
    let machine = try ProtectedMachine()
    machine.descriptor(Selector.free, base: 0, limit: 0x10007, access: 0x9a, flags: 4)
    // jmp 0x60:0x10007
    machine.execute([0xea, 0x07, 0x00, 0x01, 0x00, 0x60, 0x00], steps: 1)
    #expect(machine.cpu.state.rip == 0x10007)
    machine.update { $0.gpr[4] = At.stack }
    // jmp 0x60:0x10008
    #expect(machine.execute([0xea, 0x08, 0x00, 0x01, 0x00, 0x60, 0x00]) == Taken(vector: 13, code: 0, eip: 0x10000))
    // A five-byte instruction of which four are inside.
    machine.descriptor(Selector.free, base: 0, limit: 0x1000a, access: 0x9a, flags: 4)
    machine.enter(ring: 0)
    #expect(
      // jmp 0x60:0x10007; mov eax, 1
      machine.execute([0xea, 0x07, 0x00, 0x01, 0x00, 0x60, 0x00, 0xb8, 0x01, 0x00, 0x00, 0x00], steps: 2)
        == Taken(vector: 13, code: 0, eip: 0x10007))
  }

  // MARK: The IDT

  @Test func `a vector beyond the IDT, or no gate, is #GP with the vector`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.idtr.limit = 0x1ff }
    // int 0x40
    #expect(machine.execute([0xcd, 0x40]) == Taken(vector: 13, code: 0x202, eip: 0x10000))
    machine.gate(0x21, offset: 0, type: 0xc)
    machine.enter(ring: 0)
    // int 0x21
    #expect(machine.execute([0xcd, 0x21]) == Taken(vector: 13, code: 0x10a, eip: 0x10000))
    machine.gate(0x21, offset: 0, type: 0xe, present: false)
    machine.enter(ring: 0)
    // int 0x21
    #expect(machine.execute([0xcd, 0x21]) == Taken(vector: 11, code: 0x10a, eip: 0x10000))
  }

  @Test func `a fault while an exception is delivered carries EXT`() throws {
    let machine = try ProtectedMachine()
    machine.gate(6, offset: machine.handler(6), type: 0xe, present: false)
    // ud2
    #expect(machine.execute([0x0f, 0x0b]) == Taken(vector: 11, code: 6 * 8 + 3, eip: 0x10000))
    machine.gate(6, selector: 0x10, offset: machine.handler(6), type: 0xe)
    machine.enter(ring: 0)
    // ud2
    #expect(machine.execute([0x0f, 0x0b]) == Taken(vector: 13, code: 0x11, eip: 0x10000))
    machine.gate(6, selector: 0, offset: machine.handler(6), type: 0xe)
    machine.enter(ring: 0)
    // ud2
    #expect(machine.execute([0x0f, 0x0b]) == Taken(vector: 13, code: 1, eip: 0x10000))
  }

  @Test func `two contributory faults make a double fault, a benign first one does not`() throws {
    let machine = try ProtectedMachine()
    machine.gate(13, offset: 0, type: 0xe, present: false)
    // mov ds, [0x30000]; ud2
    #expect(machine.execute([0x8e, 0x1d, 0x00, 0x00, 0x03, 0x00, 0x0f, 0x0b]) == nil)
    machine.memory.write(0x10, At.data, width: 2)
    machine.enter(ring: 0)
    machine.memory.write(0xfff8, At.data, width: 2)
    // mov ds, [0x30000]
    #expect(machine.execute([0x8e, 0x1d, 0x00, 0x00, 0x03, 0x00]) == Taken(vector: 8, code: 0, eip: 0x10000))
    machine.enter(ring: 0)
    machine.gate(6, offset: 0, type: 0xe, present: false)
    // ud2
    #expect(machine.execute([0x0f, 0x0b]) == Taken(vector: 11, code: 6 * 8 + 3, eip: 0x10000))
  }

  @Test func `a fault in a double fault shuts the CPU down`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.idtr.limit = 0 }
    // ud2
    machine.load([0x0f, 0x0b])
    #expect(machine.cpu.run(10) == .shutdown(wantsReset: true))
    #expect(machine.cpu.state.rip == 0x10000)
    #expect(machine.cpu.run(10) == .shutdown(wantsReset: true))
  }

  @Test func `RF is set in the frame of a fault and clear in that of a trap`() throws {
    let machine = try ProtectedMachine()
    // ud2
    machine.execute([0x0f, 0x0b])
    #expect(machine.stack(2) & 0x10000 != 0)
    #expect(machine.cpu.state.rflags & 0x10000 == 0)
    machine.enter(ring: 0)
    // int3
    machine.execute([0xcc])
    #expect(machine.stack(2) & 0x10000 == 0)
  }

  @Test func `alignment is checked at level 3 with AM and AC, for the program's own accesses`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.cr0 |= 0x40000 }
    // mov eax, [0x30001]
    #expect(machine.execute([0xa1, 0x01, 0x00, 0x03, 0x00]) == nil)
    machine.enter(ring: 3)
    // mov eax, [0x30001]
    #expect(machine.execute([0xa1, 0x01, 0x00, 0x03, 0x00]) == nil)
    // push dword 0x40002; popfd
    #expect(machine.execute([0x68, 0x02, 0x00, 0x04, 0x00, 0x9d], steps: 2) == nil)
    // mov eax, [0x30004]
    #expect(machine.execute([0xa1, 0x04, 0x00, 0x03, 0x00]) == nil)
    // mov al, [0x30001]
    #expect(machine.execute([0xa0, 0x01, 0x00, 0x03, 0x00]) == nil)
    // mov [0x30003], ax
    #expect(machine.execute([0x66, 0xa3, 0x03, 0x00, 0x03, 0x00]) == Taken(vector: 17, code: 0, eip: 0x10000))
    // The handler's frame, on a misaligned stack of level 0, is none of the program's.
    machine.memory.write(0x9001, At.tss + 4, width: 4)
    machine.enter(ring: 3)
    // add dword [0x30002], 1
    machine.execute([0x83, 0x05, 0x02, 0x00, 0x03, 0x00, 0x01])
    #expect(machine.cpu.state.rip == machine.handler(17))
    #expect(machine[4] == 0x9001 - 24)
  }

  @Test func `a store of two halves that fails in the second leaves the first`() throws {
    let machine = try ProtectedMachine()
    machine.update { $0.segments[3].limit = 0x30003 }
    machine.memory.write(0, At.data, width: 8)
    // The base of SGDT's six bytes crosses the limit.
    // sgdt [0x30000]
    #expect(machine.execute([0x0f, 0x01, 0x05, 0x00, 0x00, 0x03, 0x00]) == Taken(vector: 13, code: 0, eip: 0x10000))
    #expect(machine.memory.read(At.data, width: 8) == 0)
  }

  @Test func `PUSHA, ENTER and far CALL that do not fit change nothing`() throws {
    // pusha / call 0x1b:0x10000 / enter 8, 3
    let programs: [[UInt8]] = [[0x60], [0x9a, 0x00, 0x00, 0x01, 0x00, 0x1b, 0x00], [0xc8, 0x08, 0x00, 0x03]]
    for program in programs {
      let machine = try ProtectedMachine()
      machine.enter(ring: 3)
      // Room for one word only, the next is beyond the expand-down limit.
      machine.update {
        $0.segments[2].attributes |= 4
        $0.segments[2].limit = 0xbffb
        $0.gpr[5] = 0xbeef
      }
      let before = machine.cpu.state.gpr[5]
      #expect(machine.execute(program) == Taken(vector: 12, code: 0, eip: 0x10000))
      #expect(machine.stack(4) == At.outerStack)
      #expect(machine[5] == before)
    }
  }
}

extension ProtectedMachine {
  /// Goes on to the handler, at most four instructions away.
  func continueToFault() -> Taken? {
    for _ in 0..<4 where taken == nil { step(1) }
    return taken
  }
}
