import Testing
import X86

/// Call gates, far transfers and far returns between levels (SDM 3A 5.8).
@Suite struct GateTests {
  typealias At = ProtectedMachine.At
  typealias Selector = ProtectedMachine.Selector
  private static let target: UInt64 = 0x40000

  @Test func `a call gate to level 0 copies parameters to the inner stack, and RETF n releases both`() throws {
    let machine = try ProtectedMachine()
    machine.callGate(Selector.free, selector: 0x08, offset: Self.target, count: 2)
    // retf 8
    machine.memory.store([0xca, 0x08, 0x00], at: Self.target)
    machine.enter(ring: 3)
    // push dword 0x1111; push dword 0x2222; call 0x63:0
    #expect(
      machine.execute(
        [0x68, 0x11, 0x11, 0x00, 0x00, 0x68, 0x22, 0x22, 0x00, 0x00, 0x9a, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00], steps: 3
      ) == nil)
    #expect(machine.cpu.state.rip == Self.target)
    #expect(machine.cpl == 0)
    #expect(machine.selector(1) == 0x08)
    #expect(machine.selector(2) == 0x10)
    #expect(machine[4] == 0x9000 - 24)
    #expect((0..<6).map { machine.stack($0) } == [0x10011, 0x1b, 0x2222, 0x1111, 0xbff8, 0x23])
    machine.step(1)
    #expect(machine.cpl == 3)
    #expect(machine.cpu.state.rip == 0x10011)
    #expect(machine[4] == 0xc000)
    #expect(machine.selector(1) == 0x1b)
    #expect(machine.selector(2) == 0x23)
  }

  @Test func `a 16-bit call gate pushes and copies words`() throws {
    let machine = try ProtectedMachine()
    machine.callGate(Selector.free, selector: 0x08, offset: 0x1234, type: 4, count: 1)
    machine.enter(ring: 3)
    // push dword 0x98765; call 0x63:0
    #expect(machine.execute([0x68, 0x65, 0x87, 0x09, 0x00, 0x9a, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00], steps: 2) == nil)
    #expect(machine.cpu.state.rip == 0x1234)
    #expect(machine[4] == 0x9000 - 10)
    let words = (0..<5).map { machine.memory.read(machine[4] + UInt64($0 * 2), width: 2) }
    #expect(words == [0x000c, 0x1b, 0x8765, 0xbffc, 0x23])
  }

  @Test(arguments: 0..<4)
  func `a call gate to the same level pushes only the return address`(ring: Int) throws {
    let machine = try ProtectedMachine()
    machine.callGate(Selector.free, selector: Selector.code[ring], offset: Self.target, count: 5)
    machine.enter(ring: ring)
    let esp = machine[4]
    // call 0x63:0
    #expect(machine.execute([0x9a, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00]) == nil)
    #expect(machine.cpu.state.rip == Self.target)
    #expect(machine.cpl == ring)
    #expect(machine[4] == esp - 8)
    #expect(machine.stack(0) == 0x10007)
    #expect(machine.stack(1) == UInt64(Selector.code[ring]))
  }

  @Test(arguments: [(3, 0), (3, 1), (3, 2), (2, 0), (2, 1), (1, 0)])
  func `a call gate leads inward from any level, on the stack of the new one`(from: Int, to: Int) throws {
    let machine = try ProtectedMachine()
    machine.callGate(Selector.free, selector: Selector.code[to] & ~3, offset: Self.target)
    machine.enter(ring: from)
    // call 0x63:0
    #expect(machine.execute([0x9a, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00]) == nil)
    #expect(machine.cpl == to)
    #expect(machine.selector(1) == Selector.code[to])
    #expect(machine.selector(2) == Selector.data[to])
    #expect(machine[4] == At.inner[to] - 16)
  }

  @Test func `conforming code runs at the caller's level`() throws {
    let machine = try ProtectedMachine()
    machine.enter(ring: 3)
    // call 0x58:0x40000
    #expect(machine.execute([0x9a, 0x00, 0x00, 0x04, 0x00, 0x58, 0x00]) == nil)
    #expect(machine.cpl == 3)
    #expect(machine.selector(1) == 0x5b)
    machine.callGate(Selector.free, selector: 0x58, offset: Self.target)
    machine.enter(ring: 3)
    // jmp 0x63:0
    #expect(machine.execute([0xea, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00]) == nil)
    #expect(machine.cpl == 3)
    #expect(machine.selector(1) == 0x5b)
  }

  /// What is wrong with a gate that level 3 calls, and the exception.
  struct Broken: Sendable {
    let name: String
    let vector: Int
    let code: UInt32
    let jumps: Bool
    let prepare: @Sendable (ProtectedMachine) -> Void
    init(
      _ name: String, _ vector: Int, _ code: UInt32, jumps: Bool = false,
      _ prepare: @escaping @Sendable (ProtectedMachine) -> Void
    ) {
      self.name = name
      self.vector = vector
      self.code = code
      self.jumps = jumps
      self.prepare = prepare
    }
  }

  /// Gates to level 1, so that the exception finds level 0's stack in order.
  static let broken: [Broken] = [
    Broken("DPL of the gate", 13, 0x60) { $0.callGate(0x60, selector: 0x38, dpl: 2) },
    Broken("gate not present", 11, 0x60) { $0.callGate(0x60, selector: 0x38, present: false) },
    Broken("null target", 13, 0) { $0.callGate(0x60, selector: 3) },
    Broken("target beyond the GDT", 13, 0x200) { $0.callGate(0x60, selector: 0x200) },
    Broken("target is data", 13, 0x40) { $0.callGate(0x60, selector: 0x40) },
    Broken("target not present", 11, 0x68) {
      $0.callGate(0x60, selector: 0x68)
      $0.descriptor(0x68, base: 0, limit: 0xfffff, access: 0x3a, flags: 0xc)
    },
    Broken("a jump inward", 13, 0x38, jumps: true) { $0.callGate(0x60, selector: 0x38) },
    Broken("offset beyond the target", 13, 0) {
      $0.callGate(0x60, selector: 0x68, offset: 0x1000)
      $0.descriptor(0x68, base: 0, limit: 0xfff, access: 0xba, flags: 4)
    },
    Broken("TSS too short for the stack", 10, 0x28) {
      $0.callGate(0x60, selector: 0x38)
      $0.update { $0.segments[7].limit = 0x10 }
    },
    Broken("null stack", 10, 0) {
      $0.callGate(0x60, selector: 0x38)
      $0.memory.write(1, At.tss + 16, width: 4)
    },
    Broken("stack of another level", 10, 0x10) {
      $0.callGate(0x60, selector: 0x38)
      $0.memory.write(0x10, At.tss + 16, width: 4)
    },
    Broken("stack RPL", 10, 0x40) {
      $0.callGate(0x60, selector: 0x38)
      $0.memory.write(0x42, At.tss + 16, width: 4)
    },
    Broken("stack not writable", 10, 0x68) {
      $0.callGate(0x60, selector: 0x38)
      $0.descriptor(0x68, base: 0, limit: 0xfffff, access: 0xb0, flags: 0xc)
      $0.memory.write(0x69, At.tss + 16, width: 4)
    },
    Broken("stack not present", 12, 0x68) {
      $0.callGate(0x60, selector: 0x38)
      $0.descriptor(0x68, base: 0, limit: 0xfffff, access: 0x32, flags: 0xc)
      $0.memory.write(0x69, At.tss + 16, width: 4)
    },
    Broken("stack too small", 12, 0x68) {
      $0.callGate(0x60, selector: 0x38, count: 4)
      $0.descriptor(0x68, base: 0, limit: 0xffff, access: 0xb2, flags: 4)
      $0.memory.write(28, At.tss + 12, width: 4)
      $0.memory.write(0x69, At.tss + 16, width: 4)
    },
  ]

  @Test(arguments: broken)
  func `a broken gate, target or stack is named in the error code and changes nothing`(_ what: Broken) throws {
    let machine = try ProtectedMachine()
    machine.enter(ring: 3)
    what.prepare(machine)
    #expect(
      // jmp 0x63:0 / call 0x63:0
      machine.execute(
        what.jumps ? [0xea, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00] : [0x9a, 0x00, 0x00, 0x00, 0x00, 0x63, 0x00])
        == Taken(vector: what.vector, code: what.code, eip: 0x10000))
    #expect(machine.stack(2) == 0x1b)
    #expect(machine.stack(4) == At.outerStack)
    #expect(machine.stack(5) == 0x23)
  }

  @Test func `a return to level 3 nulls the segments it may not keep`() throws {
    let machine = try ProtectedMachine()
    // push dword 0x23; push dword 0xb000; push dword 0x1b; push dword 0x40000; mov ax, 0x23; mov fs, ax; mov ax, 0x58; mov gs, ax; retf
    let program: [UInt8] = [
      0x6a, 0x23, 0x68, 0x00, 0xb0, 0x00, 0x00, 0x6a, 0x1b, 0x68, 0x00, 0x00, 0x04, 0x00, 0x66, 0xb8, 0x23, 0x00, 0x66,
      0x8e, 0xe0, 0x66, 0xb8, 0x58, 0x00, 0x66, 0x8e, 0xe8, 0xcb,
    ]
    #expect(machine.execute(program, steps: 9) == nil)
    #expect(machine.cpl == 3)
    #expect(machine.cpu.state.rip == Self.target)
    #expect(machine[4] == 0xb000)
    // ES and DS were of level 0; FS is of level 3, GS conforming code.
    #expect([0, 3, 4, 5].map { machine.selector($0) } == [0, 0, 0x23, 0x58])
    // mov eax, [0]
    #expect(machine.execute([0xa1, 0x00, 0x00, 0x00, 0x00]) == Taken(vector: 13, code: 0, eip: 0x10000))
  }

  @Test(arguments: [(0x08, 13, 0x08), (0x00, 13, 0x00), (0x23, 13, 0x20), (0x100b, 13, 0x1008), (0x6b, 11, 0x68)])
  func `a far return checks the code segment that it finds`(selector: Int, vector: Int, code: Int) throws {
    let machine = try ProtectedMachine()
    machine.descriptor(0x68, base: 0, limit: 0xfffff, access: 0x7a, flags: 0xc)
    machine.enter(ring: 3)
    machine.update { $0.gpr[0] = UInt64(selector) }
    // push eax; push dword 0x40000; retf
    machine.load([0x50, 0x68, 0x00, 0x00, 0x04, 0x00, 0xcb])
    machine.step(3)
    #expect(machine.taken == Taken(vector: vector, code: UInt32(code), eip: 0x10006))
    #expect(machine.stack(4) == 0xbff8)
  }

  @Test(arguments: [(0x00, 13, 0x00), (0x20, 13, 0x20), (0x13, 13, 0x10), (0x6b, 12, 0x68)])
  func `a return outward checks the stack segment that it finds`(selector: Int, vector: Int, code: Int) throws {
    let machine = try ProtectedMachine()
    machine.descriptor(0x68, base: 0, limit: 0xfffff, access: 0x72, flags: 0xc)
    machine.update { $0.gpr[0] = UInt64(selector) }
    // push eax; push dword 0xb000; push dword 0x1b; push dword 0x40000; retf
    machine.load([0x50, 0x68, 0x00, 0xb0, 0x00, 0x00, 0x6a, 0x1b, 0x68, 0x00, 0x00, 0x04, 0x00, 0xcb])
    machine.step(5)
    // Four words are on level 0's own stack below the frame.
    #expect(machine.cpu.state.rip == machine.handler(vector))
    #expect(machine[4] == At.stack - 32)
    #expect(machine.stack(0) == UInt64(code))
    #expect(machine.stack(1) == 0x1000d)
    #expect(machine.cpl == 0)
  }

  @Test func `far pointers load segment and register together or not at all`() throws {
    let machine = try ProtectedMachine()
    machine.memory.write(0x23_0000_1234, At.data, width: 8)
    // lfs eax, [0x30000]
    #expect(machine.execute([0x0f, 0xb4, 0x05, 0x00, 0x00, 0x03, 0x00]) == nil)
    #expect(machine[0] == 0x1234)
    #expect(machine.selector(4) == 0x23)
    machine.memory.write(0x1000_0000_5678, At.data, width: 8)
    // lgs eax, [0x30000]
    #expect(
      machine.execute([0x0f, 0xb5, 0x05, 0x00, 0x00, 0x03, 0x00]) == Taken(vector: 13, code: 0x1000, eip: 0x10000))
    #expect(machine[0] == 0x1234)
  }

  @Test func `segment selectors are pushed and popped by operand size`() throws {
    let machine = try ProtectedMachine()
    // push ds; o16 push ds
    machine.execute([0x1e, 0x66, 0x1e], steps: 2)
    #expect(machine[4] == At.stack - 6)
    // o16 pop es; pop fs
    machine.load([0x66, 0x07, 0x0f, 0xa1])
    machine.step(2)
    #expect(machine[4] == At.stack)
    #expect(machine.selector(4) == 0x10)
  }
}
