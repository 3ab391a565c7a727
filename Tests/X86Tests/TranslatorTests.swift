import DeviceAudit
import Engine
import SavedState
import Testing

@testable import X86

/// The translator against the interpreter: the same states after the same numbers of instructions.
@Suite(.enabled(if: X86CPU.canTranslate, "there is no translator for this host"))
struct `translated x86 code` {
  @Test(arguments: 0..<24 as Range<UInt64>)
  func `does what interpreted code does, interrupts, faults and written code included`(_ seed: UInt64) throws {
    let plain = try SliceProgram(seed: seed, translates: false)
    let fast = try SliceProgram(seed: seed, translates: true)
    var random = SplitMix64(seed: seed &+ 1000)
    for moment in stride(from: 250 as UInt64, through: 10_000, by: 250) {
      plain.run(to: moment) { 1_000_000 }
      fast.run(to: moment) { seed % 2 == 0 ? 1_000_000 : 1 + Int(random.below(200)) }
      let (a, b) = (plain.state, fast.state)
      let isSame = a.tree == b.tree && a.memory == b.memory
      #expect(isSame, "seed \(seed), before instruction \(moment)")
      guard isSame else { return }
    }
    #expect(try #require(fast.machine.cpu.translator).code.count > 20)
  }

  /// What instructions are taken from.
  private static let common: [[Encoding]] = [
    Encoding.arithmetic, Encoding.unary, Encoding.shifts, Encoding.moves, Encoding.stack, Encoding.strings,
    Encoding.control, Encoding.bits,
  ]

  /// Pages of what the random instructions write to, mostly.
  private static let touched: [UInt64] = [0x2000, 0x3000, 0x4000, 0x8000, 0x9000, 0x10000, 0x30000]

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `does it for instructions of every row of the table in any order`(_ seed: UInt64) throws {
    try compareAnything(seed)
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `does it for loops and for branches among other instructions`(_ seed: UInt64) throws {
    try compareBranches(seed)
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `does it for floating point and vectors, whatever their registers and control words hold`(
    _ seed: UInt64
  ) throws {
    try compareFloating(seed)
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `does it where what is written lies beside code, and where it is code`(_ seed: UInt64) throws {
    try compareNeighbours(seed)
  }

  @Test(.enabled(if: RandomStreams.seconds > 0, "FERRY_FUZZ=SECONDS has it go on with other seeds"))
  func `does it for streams that nobody has seen`() throws {
    try RandomStreams.run { seed throws in
      try compareAnything(seed)
      try compareBranches(seed)
      try compareFloating(seed)
      try compareNeighbours(seed)
    }
  }

  private func compareAnything(_ seed: UInt64) throws {
    let sections = Self.common + [Encoding.sections.flatMap { $0 }]
    try compare(seed, sections, rounds: 2500) { random, template in start(&random, template) }
  }

  private func compareBranches(_ seed: UInt64) throws {
    let sections = [
      Encoding.arithmetic, Encoding.arithmetic, Encoding.unary, Encoding.shifts, Encoding.moves, Encoding.stack,
      Encoding.bits, Encoding.x87Register, Encoding.sseArithmetic,
    ]
    try compare(seed, sections, rounds: 2500, branches: 6) { random, template in
      var state = start(&random, template)
      state.cr4 = 0x600
      state.fpu.control = 0x37f
      return state
    }
  }

  private func compareFloating(_ seed: UInt64) throws {
    let sections = [
      Encoding.x87Memory, Encoding.x87Register, Encoding.x87Register, Encoding.mmxAndSSE2, Encoding.mmxMoves,
      Encoding.sseMoves, Encoding.sseArithmetic, Encoding.sseConversions, Encoding.mmxShifts, Encoding.moves,
      Encoding.arithmetic, Encoding.sse4, Encoding.ssse3,
    ]
    try compare(seed, sections, rounds: 2500) { random, template in
      var state = start(&random, template)
      state.cr0 = random.below(40) == 0 ? 0x19 : 0x31
      state.cr4 = random.below(40) == 0 ? 0 : 0x600
      state.fpu.control = UInt16(random.next() & 0xf00) | (random.below(20) == 0 ? 0x5b : 0x7f)
      state.fpu.status = UInt16(random.next() & 0x7f7f)
      if state.fpu.status & ~state.fpu.control & 0x3f != 0 { state.fpu.status |= 0x8080 }
      state.fpu.empty = random.below(2) == 0 ? 0xff : UInt8(truncatingIfNeeded: random.next())
      for register in 0..<8 {
        state.fpu.significand[register] = Self.significand(&random)
        state.fpu.exponent[register] = Self.exponent(&random)
        state.sse.xmm[2 * register] = Self.double(&random)
        state.sse.xmm[2 * register + 1] =
          random.below(2) == 0 ? Self.double(&random) : Self.single(&random) | Self.single(&random) << 32
      }
      state.sse.mxcsr = UInt32(random.next() & 0x603f) | 0x1f80
      if random.below(8) == 0 { state.sse.mxcsr |= UInt32(random.next() & 0x8040) }
      if random.below(20) == 0 { state.sse.mxcsr &= ~0x80 }
      return state
    }
  }

  private func compareNeighbours(_ seed: UInt64) throws {
    let sections = Self.common + [Encoding.moves, Encoding.stack, Encoding.sseMoves, Encoding.x87Memory]
    try compare(seed, sections, rounds: 2500, branches: 4) { random, template in
      var state = start(&random, template)
      state.cr4 = 0x600
      state.fpu.control = 0x37f
      for register in 0..<8 where random.below(3) != 0 {
        state.gpr[register] = ProtectedMachine.At.program + random.below(random.below(4) == 0 ? 0x60 : 0x240)
      }
      return state
    }
  }

  private static func significand(_ random: inout SplitMix64) -> UInt64 {
    let bits = random.next()
    return switch random.below(8) {
    case 0: bits
    case 1: 1 << 63
    case 2: 0
    case 3: bits | 3 << 62
    case 4: .max
    default: bits & 0xffff_f800_0000_0000 | 1 << 63
    }
  }

  private static func exponent(_ random: inout SplitMix64) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: random.next() & 0x8000)
    return switch random.below(10) {
    case 0: sign | 0x7fff
    case 1: sign
    case 2: UInt16(truncatingIfNeeded: random.next())
    default: sign | UInt16(0x3fff - 40 + random.below(80))
    }
  }

  private static func double(_ random: inout SplitMix64) -> UInt64 {
    let sign = random.next() & 1 << 63
    let fraction = random.below(3) == 0 ? random.next() >> 12 : (random.next() >> 52) << 40
    return switch random.below(12) {
    case 0: sign
    case 1: sign | 0x7ff << 52
    case 2: sign | 0x7ff << 52 | fraction
    case 3: sign | fraction
    case 4: random.next()
    default: sign | (1023 - 30 + random.below(60)) << 52 | fraction
    }
  }

  private static func single(_ random: inout SplitMix64) -> UInt64 {
    let sign = random.next() & 1 << 31
    let fraction = random.below(3) == 0 ? random.next() >> 41 : (random.next() >> 52) << 11
    return switch random.below(12) {
    case 0: sign
    case 1: sign | 0xff << 23
    case 2: sign | 0xff << 23 | fraction
    case 3: sign | fraction
    case 4: random.next() >> 32
    default: sign | (127 - 30 + random.below(60)) << 23 | fraction
    }
  }

  /// Inserts conditional branches, and now and then a jump or LOOP, to wherever an instruction begins.
  private func branch(among pieces: inout [[UInt8]], _ count: UInt64, _ random: inout SplitMix64) {
    var marks: [Int] = []
    for _ in 0..<count {
      let place = Int(random.below(UInt64(pieces.count)))
      marks = marks.map { $0 >= place ? $0 + 1 : $0 }
      marks.append(place)
      let kind = random.below(10)
      // Displacements come later.
      pieces.insert(
        kind == 0
          ? [0xe9, 0, 0, 0, 0] : kind == 1 ? [0xe2, 0] : [0x0f, 0x80 | UInt8(random.below(16)), 0, 0, 0, 0], at: place)
    }
    var starts = [0]
    for piece in pieces { starts.append((starts.last ?? 0) + piece.count) }
    for mark in marks {
      let target = starts[Int(random.below(UInt64(starts.count)))]
      let distance = Int32(target - starts[mark + 1])
      if pieces[mark].count == 2 {
        pieces[mark][1] = UInt8(truncatingIfNeeded: max(-128, min(127, distance)))
      } else {
        let size = pieces[mark].count
        withUnsafeBytes(of: distance.littleEndian) { pieces[mark].replaceSubrange((size - 4)..., with: $0) }
      }
    }
  }

  /// Executes programs of random instructions with both engines and compares what is left.
  private func compare(
    _ seed: UInt64, _ sections: [[Encoding]], rounds: Int, branches: UInt64 = 0,
    _ begin: (inout SplitMix64, X86State) -> X86State
  ) throws {
    let plain = try ProtectedMachine(size: 1 << 20, translates: false)
    let fast = try ProtectedMachine(size: 1 << 20, translates: true)
    var random = SplitMix64(seed: seed)
    var fuzzer = EncodingFuzzer(random: SplitMix64(seed: seed &+ 7), size: .bits32)
    let rows = sections.map { rows in
      rows.filter { !$0.attributes.contains(.o64) && $0.operation != .invalid }
    }
    let tables = plain.memory.bytes(0, count: 0x6000)
    var translated = 0
    for round in 0..<rounds {
      var pieces: [[UInt8]] = []
      for _ in 0..<(4 + random.below(12)) {
        let section = rows[Int(random.below(UInt64(rows.count)))]
        pieces.append(fuzzer.encode(section[Int(random.below(UInt64(section.count)))]))
      }
      if branches > 0 { branch(among: &pieces, 1 + random.below(branches), &random) }
      var code = pieces.flatMap { $0 }
      // What follows is a loop of two.
      code += [0x40, 0xeb, 0xfd]
      let state = begin(&random, plain.cpu.state)
      let memory = random.bytes(0x200)
      // Looked at in between, too: that is behind one block, or a few.
      let counts = (0...random.below(3)).map { _ in 1 + Int(random.below(branches > 0 ? 150 : 30)) }
      for machine in [plain, fast] {
        machine.memory.store(tables, at: 0)
        machine.memory.store(code, at: ProtectedMachine.At.program)
        machine.memory.store(memory, at: ProtectedMachine.At.data)
        machine.cpu.state = state
        machine.cpu.settle()
      }
      for (piece, count) in counts.enumerated() {
        for machine in [plain, fast] { _ = machine.cpu.run(count) }
        translated = max(translated, try #require(fast.cpu.translator).code.count)
        let (a, b) = (plain.cpu.state, fast.cpu.state)
        let (saved, other) = (X86State.table.save(a), X86State.table.save(b))
        let isSame = saved.der() == other.der()
        let isSameMemory = Self.touched.allSatisfy {
          plain.memory.bytes($0, count: 0x1000) == fast.memory.bytes($0, count: 0x1000)
        }
        let text = code.map { String($0, radix: 16) }.joined(separator: " ")
        let values =
          isSame
          ? ""
          : zip("\(saved)".split(separator: " "), "\(other)".split(separator: " ")).filter { $0 != $1 }
            .map { "\($0) is \($1)" }.prefix(8).joined(separator: ", ")
        #expect(
          isSame && isSameMemory,
          "seed \(seed), round \(round), \(counts[...piece]) of \(text) (\(listing(code))) from \(show(state)): \(show(a)), not \(show(b)) \(values)"
        )
        guard isSame, isSameMemory else { return }
      }
    }
    #expect(translated > 2000)
  }

  private func start(_ random: inout SplitMix64, _ template: X86State) -> X86State {
    var state = template
    let clean = X86State()
    state.activity = .running
    state.rip = ProtectedMachine.At.program
    state.rflags = random.next() & 0x8d5 | 2 | (random.below(4) == 0 ? 0x400 : 0)
    for register in 0..<8 {
      let isFar = random.below(4) == 0
      state.gpr[register] = isFar ? random.next() & 0xffff_ffff : ProtectedMachine.At.data + random.below(0x180)
    }
    if random.below(4) != 0 { state.gpr[4] = ProtectedMachine.At.stack &- random.below(64) * 4 }
    state.cr0 = 0x11
    state.cr3 = 0
    state.cr4 = random.below(2) == 0 ? 0 : 0x600
    state.dr7 = 0x400
    state.pendingDebug = 0
    state.interruptShadow = false
    state.nmiBlocked = false
    state.msr = clean.msr
    state.fpu = clean.fpu
    state.sse = clean.sse
    state.gdtr.base = ProtectedMachine.At.gdt
    state.gdtr.limit = 0xff
    state.idtr.base = ProtectedMachine.At.idt
    state.idtr.limit = 0x7ff
    let ring = random.below(3) == 0 ? 3 : 0
    for index in 0..<6 {
      let attributes: UInt32 = (index == 1 ? 0xc09b : 0xc093) | UInt32(ring) << 5
      let selector = (index == 1 ? ProtectedMachine.Selector.code : ProtectedMachine.Selector.data)[ring]
      state.segments[index] = SegmentRegister(
        selector: selector, attributes: attributes, base: 0, limit: 0xffff_ffff)
    }
    // Some have a base or a limit.
    let other = [0, 4, 5][Int(random.below(3))]
    state.segments[other].base = random.below(2) == 0 ? 0x40 : 0
    state.segments[other].limit = random.below(2) == 0 ? 0x300ff : 0xffff_ffff
    state.segments[6] = SegmentRegister(
      selector: ProtectedMachine.Selector.ldt, attributes: 0x82, base: ProtectedMachine.At.ldt, limit: 0xff)
    state.segments[7] = SegmentRegister(
      selector: ProtectedMachine.Selector.tss, attributes: 0x8b, base: ProtectedMachine.At.tss, limit: 0x67)
    return state
  }

  private func listing(_ code: [UInt8]) -> String {
    let disassembler = Disassembler(size: .bits32)
    var rest = code[...]
    var texts: [String] = []
    while !rest.isEmpty {
      let next = disassembler.disassemble(Array(rest), at: ProtectedMachine.At.program + UInt64(rest.startIndex))
      texts.append(next.text)
      rest = rest.dropFirst(max(1, next.length))
    }
    return texts.joined(separator: "; ")
  }

  private func show(_ state: X86State) -> String {
    let registers = (0..<8).map { String(state.gpr[$0], radix: 16) }.joined(separator: " ")
    return "[\(registers) eip \(String(state.rip, radix: 16)) flags \(String(state.rflags, radix: 16))]"
  }

  @Test func `stays in its bounds under a guest that writes and runs new code for ever`() throws {
    let machine = try TestMachine(translates: false)
    try machine.cpu.translateCode(after: 0, size: 128 << 10)
    let translator = try #require(machine.cpu.translator)
    // A subroutine at edi: mov eax, n; ret. n goes up, and the place does in a circle.
    let code: [UInt8] = [
      0xbf, 0x00, 0x40, 0, 0,  // mov edi, 0x4000
      0xc6, 0x07, 0xb8,  // mov byte [edi], 0xb8
      0x89, 0x5f, 0x01,  // mov [edi+1], ebx
      0xc6, 0x47, 0x05, 0xc3,  // mov byte [edi+5], 0xc3
      0xff, 0xd7,  // call edi
      0x01, 0xc1,  // add ecx, eax
      0x43,  // inc ebx
      0x81, 0xe3, 0xff, 0, 0, 0,  // and ebx, 0xff
      0x83, 0xc7, 0x08,  // add edi, 8
      0x81, 0xe7, 0xff, 0x1f, 0, 0,  // and edi, 0x1fff
      0x81, 0xcf, 0x00, 0x40, 0, 0,  // or edi, 0x4000
      0xeb, 0xda,  // jmp to the first store
    ]
    machine.run(code, 900_000)
    #expect(machine[1] > 1_000_000)
    #expect(translator.code.generation > 1)
    #expect(translator.code.codeSize <= 128 << 10)
  }

  @Test func `keeps flags over a shift by nothing, behind an access that lost them`() throws {
    let machine = try TestMachine(translates: false)
    try machine.cpu.translateCode(after: 0)
    machine.run(
      [
        0x39, 0xd8,  // cmp eax, ebx
        0x8b, 0x0e,  // mov ecx, [esi]
        0xc1, 0xe5, 0x20,  // shl ebp, 32
        0x74, 0x01,  // jz over the next
        0x47,  // inc edi
        0x42,  // inc edx
        0xeb, 0xf3,  // jmp to the first
      ], 60_000)
    #expect(machine[2] > 9000 && machine[7] == 0)
  }

  @Test func `goes on behind a context switch without a new translation`() throws {
    let machine = try TestMachine(translates: false)
    try machine.cpu.translateCode(after: 0)
    // Calls of another page, between which CR3 is loaded.
    machine.load([0x40, 0xc3], at: 0x3000)  // inc eax; ret
    machine.run(
      [
        0xe8, 0xfb, 0x1f, 0, 0,  // call 0x3000
        0xe8, 0xf6, 0x1f, 0, 0,  // call 0x3000
        0x0f, 0x22, 0xda,  // mov cr3, edx
        0xeb, 0xf1,  // jmp to the first call
      ], 80_000)
    #expect(machine[0] == 20_000)
    let translator = try #require(machine.cpu.translator)
    // What the run loop is asked is one jump a round, and each round is one entry.
    #expect(translator.statistics.entries < 21_000)
    #expect(translator.code.count < 12)
  }

  @Test func `needs one look into the TLB for what a function saves`() throws {
    // push ebp; mov ebp, esp; push edi; push esi; mov eax, [ebp+8]; mov [ebp-12], eax
    let code: [UInt8] = [0x55, 0x89, 0xe5, 0x57, 0x56, 0x8b, 0x45, 0x08, 0x89, 0x45, 0xf4]
    let instructions = Instruction.decoded(code)
    let windows = instructions.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { MemoryWindows($0, count: buffer.count, labels: InlineArray(repeating: false)) }
    }
    let uses = try #require(windows).uses
    guard case .first(offset: 12, size: 24, writes: true) = uses[0] else {
      Issue.record("the first push: \(uses[0])")
      return
    }
    for (index, offset) in [(2, 8), (3, 4), (4, 20), (5, 0)] {
      guard case .next(let found) = uses[index], found == offset else {
        Issue.record("instruction \(index): \(uses[index])")
        continue
      }
    }
  }
}
