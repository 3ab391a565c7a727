import Emit
import Engine

/// Flags that the manual calls undefined behind an instruction: where host code takes them from the host, they have to
/// be what the interpreter has, and processors differ.
///
/// So the host is asked, once: the same instruction on registers, there and in the interpreter. What differs has no
/// host code.
struct HostFlags {
  /// One instruction on EBX, with ECX and EDX: it has the same bytes on the host.
  struct Form {
    let operation: Operation
    let bytes: [UInt8]
    /// What host code takes from the host.
    let mask: UInt64
  }

  /// Registers and flags, before and behind.
  private struct Case: BitwiseCopyable {
    var ebx: UInt32
    var ecx: UInt32
    var edx: UInt32
    var flags: UInt32
  }

  /// By operation, whether the host leaves other flags.
  static let differs: [Bool] = {
    var list = [Bool](repeating: false, count: Operation.allCases.count)
    for operation in find() { list[Int(operation.rawValue)] = true }
    return list
  }()

  static let forms: [Form] = {
    let all = CPU.Flag.arithmetic
    // AF is made clear behind shifts, and OF of SHLD made anew.
    let shift = all & ~CPU.Flag.adjust
    var forms: [Form] = []
    for (reg, operation) in [(4, .shl), (5, .shr), (7, .sar)] as [(UInt8, Operation)] {
      let modRM = 0xc3 | reg << 3
      forms += [[0xd2, modRM], [0x66, 0xd3, modRM], [0xd3, modRM]].map {
        Form(operation: operation, bytes: $0, mask: shift)
      }
    }
    forms += [
      Form(operation: .rol, bytes: [0xd3, 0xc3], mask: all), Form(operation: .ror, bytes: [0xd3, 0xcb], mask: all),
      Form(operation: .shld, bytes: [0x0f, 0xa5, 0xd3], mask: shift & ~CPU.Flag.overflow),
      Form(operation: .shrd, bytes: [0x0f, 0xad, 0xd3], mask: shift),
      Form(operation: .bt, bytes: [0x0f, 0xa3, 0xd3], mask: all),
      Form(operation: .bts, bytes: [0x0f, 0xab, 0xd3], mask: all),
      Form(operation: .btr, bytes: [0x0f, 0xb3, 0xd3], mask: all),
      Form(operation: .btc, bytes: [0x0f, 0xbb, 0xd3], mask: all),
      Form(operation: .or, bytes: [0x09, 0xd3], mask: all), Form(operation: .and, bytes: [0x21, 0xd3], mask: all),
      Form(operation: .xor, bytes: [0x31, 0xd3], mask: all), Form(operation: .test, bytes: [0x85, 0xd3], mask: all),
    ]
    for count in [1, 2, 13, 31] as [UInt8] {
      forms += [
        Form(operation: .rcl, bytes: [0xc1, 0xd3, count], mask: all),
        Form(operation: .rcr, bytes: [0xc1, 0xdb, count], mask: all),
      ]
    }
    return forms
  }()

  /// Operations whose flags are not the interpreter's; `disturb` may change what the host says before that is
  /// looked at.
  static func find(_ disturb: (Form, inout UInt32) -> Void = { _, _ in }) -> Set<Operation> {
    var cases: [Case] = []
    for count in 0..<32 as Range<UInt32> {
      for (index, value) in ([0x8000_0001, 0x4a5b_96c3, 0x7fff_fffe, 0xc0c0_c0c0, 0] as [UInt32]).enumerated() {
        let flags = UInt32(truncatingIfNeeded: CPU.Flag.arithmetic) & (index & 1 == 0 ? .max : 0x451)
        cases.append(Case(ebx: value, ecx: count, edx: value &* 0x9e37_79b1 &+ count, flags: flags))
      }
    }
    let storage = CoreStorage()
    defer { storage.deallocate() }
    var found: Set<Operation> = []
    for form in forms where !found.contains(form.operation) {
      guard let answers = ask(form, cases) else { continue }
      for (before, answer) in zip(cases, answers) {
        var flags = answer.flags
        disturb(form, &flags)
        let (ebx, expected) = interpret(form, before, storage.core)
        let isSame = (UInt64(flags) ^ expected) & form.mask == 0 && ebx == answer.ebx
        if !isSame { found.insert(form.operation) }
      }
    }
    return found
  }

  /// What the host makes of it; nil where it cannot be asked.
  private static func ask(_ form: Form, _ cases: [Case]) -> [Case]? {
    var cases = cases
    let count = UInt32(cases.count)
    let isDone = cases.withUnsafeMutableBytes { words in
      HostProcessor.run(words) { a in
        a.push(.rbx)
        a.move(.rsi, count)
        let top = a.position
        a.load(.rbx, .memory(.rdi))
        a.load(.rcx, .memory(.rdi, 4))
        a.load(.rdx, .memory(.rdi, 8))
        a.load(.r8, .memory(.rdi, 12))
        a.push(.r8)
        a.plain(.popFlags)
        a.raw(form.bytes)
        a.plain(.pushFlags)
        a.pop(.r8)
        a.store(.memory(.rdi), .rbx)
        a.store(.memory(.rdi, 12), .r8)
        a.arithmetic(.add, .rdi, 16, width: .double)
        a.arithmetic(.sub, .rsi, 1)
        a.jump(if: .notEqual, to: top)
        a.pop(.rbx)
        a.plain(.ret)
      }
    }
    return isDone ? cases : nil
  }

  private static func interpret(
    _ form: Form, _ start: Case, _ core: UnsafeMutablePointer<Core>
  ) -> (ebx: UInt32, flags: UInt64) {
    var instructions = InlineArray<2, Instruction>(repeating: Instruction(handler: X86CPU.endOfBlock))
    let decoder = Decoder(size: .bits32, instructionSet: .all)
    form.bytes.withUnsafeBufferPointer { bytes in
      if let first = bytes.baseAddress {
        _ = decoder.decode(first, available: bytes.count, into: &instructions[0])
      }
    }
    instructions[0].handler = CPU.bind(instructions[0])
    let cpu = CPU(core)
    core.pointee.state.gpr[3] = UInt64(start.ebx)
    core.pointee.state.gpr[1] = UInt64(start.ecx)
    core.pointee.state.gpr[2] = UInt64(start.edx)
    cpu.setArithmeticFlags(UInt64(start.flags))
    withUnsafePointer(to: &instructions) { place in
      let raw = UnsafeRawPointer(place)
      _ = raw.assumingMemoryBound(to: Instruction.self).pointee.handler(UnsafeMutableRawPointer(core), raw)
    }
    return (UInt32(truncatingIfNeeded: core.pointee.state.gpr[3]), cpu.rflags & CPU.Flag.arithmetic)
  }
}
