import DeviceModel
import Engine
import GuestMemory
import Testing

@testable import X86

/// What an exception or interrupt left on its handler's stack.
struct Taken: Equatable {
  var vector: Int
  /// The error code, when the frame has room for one.
  var code: UInt32?
  /// The return address.
  var eip: UInt32
}

/// One CPU in protected mode with tables as an operating system makes them: a GDT with code and data of all
/// four levels, an IDT of 32-bit interrupt gates, a TSS with a stack for each level.
final class ProtectedMachine {
  enum At {
    static let gdt: UInt64 = 0x2000
    static let idt: UInt64 = 0x3000
    static let tss: UInt64 = 0x4000
    static let ldt: UInt64 = 0x5000
    /// Where a program of level 0 has its ESP at first.
    static let stack: UInt64 = 0x8800
    /// Tops of the inner stacks in the TSS, of levels 0, 1 and 2.
    static let inner: [UInt64] = [0x9000, 0xa000, 0xb000]
    static let outerStack: UInt64 = 0xc000
    static let program: UInt64 = 0x10000
    /// Handler n is 16 bytes, of which the first is HLT.
    static let handlers: UInt64 = 0x20000
    static let data: UInt64 = 0x30000
  }

  enum Selector {
    static let code: [UInt16] = [0x08, 0x39, 0x4a, 0x1b]
    static let data: [UInt16] = [0x10, 0x41, 0x52, 0x23]
    static let tss: UInt16 = 0x28
    static let ldt: UInt16 = 0x30
    static let conforming: UInt16 = 0x58
    /// Entries for a test's own descriptors: 60H, 68H and so on to F8H.
    static let free: UInt16 = 0x60
  }

  let memory = AddressSpace(name: "memory")
  let ports = AddressSpace(name: "ports")
  let controller = TestController()
  let ram: RAMBlock
  let cpu: X86CPU
  private(set) var now: Int64 = 0
  /// What the clock reads, where that is not `now`.
  var time: (() -> Int64)?

  init(model: String = "max", size: Int = 8 << 20, translates: Bool = TestMachine.translates) throws {
    ram = try RAMBlock(name: "ram", size: size)
    memory.map(Region("ram", base: 0, size: UInt64(size), content: .memory(ram, offset: 0)))
    let clock = VirtualClock()
    let site = Site(name: "cpu0", clock: clock, memory: memory)
    let record = try #require(CPUModel.named(model))
    cpu = X86CPU(model: record, index: 0, memory: memory, ports: ports, code: CodeCache(), site: site)
    cpu.interrupts = controller
    clock.source = { [unowned self] in time?() ?? now }
    makeTables()
    enter(ring: 0)
    if translates { try cpu.translateCode(after: 0) }
  }

  func advance(_ nanoseconds: Int64) { now += nanoseconds }

  private func makeTables() {
    for level in 0..<4 {
      descriptor(Selector.code[level], base: 0, limit: 0xfffff, access: 0x9b | level << 5, flags: 0xc)
      descriptor(Selector.data[level], base: 0, limit: 0xfffff, access: 0x93 | level << 5, flags: 0xc)
    }
    descriptor(Selector.conforming, base: 0, limit: 0xfffff, access: 0x9f, flags: 0xc)
    descriptor(Selector.tss, base: At.tss, limit: 0x67, access: 0x8b, flags: 0)
    descriptor(Selector.ldt, base: At.ldt, limit: 0xff, access: 0x82, flags: 0)
    for vector in 0..<256 { gate(vector, offset: handler(vector), type: 0xe) }
    for vector in 0..<256 { memory.write(0xf4, handler(vector), width: 1) }
    for level in 0..<3 {
      memory.write(At.inner[level], At.tss + 4 + UInt64(level) * 8, width: 4)
      memory.write(UInt64(Selector.data[level]), At.tss + 8 + UInt64(level) * 8, width: 4)
    }
    memory.write(0x68, At.tss + 0x66, width: 2)
    update { state in
      state.cr0 = 0x11
      state.gdtr.base = At.gdt
      state.gdtr.limit = 0xff
      state.idtr.base = At.idt
      state.idtr.limit = 0x7ff
      state.segments[6] = SegmentRegister(selector: Selector.ldt, attributes: 0x82, base: At.ldt, limit: 0xff)
      state.segments[7] = SegmentRegister(selector: Selector.tss, attributes: 0x8b, base: At.tss, limit: 0x67)
    }
  }

  func handler(_ vector: Int) -> UInt64 { At.handlers + UInt64(vector) * 16 }

  /// Writes a descriptor; bit 2 of the selector chooses the LDT. `flags` is G, D/B, L, AVL.
  func descriptor(_ selector: UInt16, base: UInt64, limit: UInt32, access: Int, flags: Int = 0) {
    let table = selector & 4 == 0 ? At.gdt : At.ldt
    var raw = UInt64(limit & 0xffff) | (base & 0xff_ffff) << 16 | UInt64(access) << 40
    raw |= UInt64(limit >> 16 & 15) << 48 | UInt64(flags) << 52 | (base >> 24 & 0xff) << 56
    memory.write(raw, table + UInt64(selector & 0xfff8), width: 8)
  }

  /// The access byte of a descriptor.
  func access(_ selector: UInt16) -> UInt64 {
    memory.read((selector & 4 == 0 ? At.gdt : At.ldt) + UInt64(selector & 0xfff8) + 5, width: 1)
  }

  private func gateBits(_ selector: UInt16, _ offset: UInt64, _ type: Int, _ dpl: Int, _ count: Int, _ present: Bool)
    -> UInt64
  {
    var raw = offset & 0xffff | UInt64(selector) << 16 | UInt64(count) << 32 | UInt64(type | dpl << 5) << 40
    if present { raw |= 1 << 47 }
    return raw | (offset >> 16 & 0xffff) << 48
  }

  /// Writes an IDT gate.
  func gate(
    _ vector: Int, selector: UInt16 = Selector.code[0], offset: UInt64, type: Int, dpl: Int = 0, present: Bool = true
  ) {
    memory.write(gateBits(selector, offset, type, dpl, 0, present), At.idt + UInt64(vector) * 8, width: 8)
  }

  /// Writes a call or task gate into the GDT.
  func callGate(
    _ at: UInt16, selector: UInt16, offset: UInt64 = 0, type: Int = 0xc, dpl: Int = 3, count: Int = 0,
    present: Bool = true
  ) {
    memory.write(gateBits(selector, offset, type, dpl, count, present), At.gdt + UInt64(at & 0xfff8), width: 8)
  }

  /// Changes the CPU's state.
  func update(_ change: (inout X86State) -> Void) {
    var state = cpu.state
    change(&state)
    cpu.state = state
    cpu.settle()
  }

  /// Puts the CPU at privilege level `ring` with flat segments of that level.
  func enter(ring: Int) {
    update { state in
      for index in 0..<6 {
        let isCode = index == 1
        state.segments[index] = SegmentRegister(
          selector: isCode ? Selector.code[ring] : Selector.data[ring],
          attributes: UInt32((isCode ? 0xc09b : 0xc093) | ring << 5), base: 0, limit: 0xffff_ffff)
      }
      state.gpr[4] = ring == 0 ? At.stack : At.outerStack
      state.rip = At.program
    }
  }

  /// Puts `bytes` at the program's place and the CPU at their start.
  func load(_ bytes: [UInt8], at address: UInt64 = At.program) {
    memory.store(bytes, at: address)
    let wasTaken = taken != nil
    update {
      $0.rip = address
      // A handler's frame is dropped, so that the next one is where `taken` looks.
      if wasTaken { $0.gpr[4] = At.stack }
    }
  }

  /// Executes `count` instructions.
  func step(_ count: Int) { _ = cpu.run(count) }

  /// Executes `steps` instructions of a program; what it was taken to, if it was.
  @discardableResult
  func execute(_ bytes: [UInt8], steps: Int = 1) -> Taken? {
    load(bytes)
    step(steps)
    return taken
  }

  /// The frame of the handler that the CPU is about to enter.
  var taken: Taken? {
    let state = cpu.state
    guard state.rip >= At.handlers, state.rip < handler(256), state.rip & 15 == 0 else { return nil }
    let esp = state.gpr[4]
    // The depth of the frame tells whether an error code is there.
    let top = esp > At.stack ? At.inner[0] : At.stack
    let depth = top &- esp
    let hasCode = depth == 16 || depth == 24 || depth == 40
    return Taken(
      vector: Int((state.rip - At.handlers) / 16), code: hasCode ? UInt32(stack(0)) : nil,
      eip: UInt32(stack(hasCode ? 1 : 0)))
  }

  /// The `index`th 32-bit word from the top of the present stack.
  func stack(_ index: Int) -> UInt64 {
    let state = cpu.state
    return memory.read(state.segments[2].base + state.gpr[4] + UInt64(index * 4), width: 4)
  }

  subscript(register: Int) -> UInt64 { cpu.state.gpr[register] }

  var cpl: Int { Int(cpu.state.segments[2].attributes >> 5 & 3) }
  func selector(_ index: Int) -> UInt16 { cpu.state.segments[index].selector }
}
