import DeviceAudit
import Engine
import SavedState
import Testing

@testable import ARM

/// The translator against the interpreter: the same states after the same numbers of instructions.
@Suite(.enabled(if: ARMCPU.canTranslate, "there is no translator for this host"))
struct `translated ARM code` {
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

  @Test(arguments: [false, true], [1, 2, 3, 4] as [UInt64])
  func `does it for instructions of every row of the tables in any order`(thumb: Bool, seed: UInt64) throws {
    try compareAnything(thumb: thumb, seed: seed) { start(&$0, thumb: thumb) }
  }

  @Test(arguments: [false, true], [1, 2, 3, 4] as [UInt64])
  func `does it where what is written lies beside code, and where it is code`(thumb: Bool, seed: UInt64) throws {
    try compareAnything(thumb: thumb, seed: seed) { near(&$0, thumb: thumb) }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `does it for programs of floating point, whatever their operands and FPSCR are`(_ seed: UInt64) throws {
    try compareFloating(seed)
  }

  @Test(.enabled(if: RandomStreams.seconds > 0, "FERRY_FUZZ=SECONDS has it go on with other seeds"))
  func `does it for streams that nobody has seen`() throws {
    try RandomStreams.run { seed throws in
      for thumb in [false, true] {
        try compareAnything(thumb: thumb, seed: seed) { start(&$0, thumb: thumb) }
        try compareAnything(thumb: thumb, seed: seed) { near(&$0, thumb: thumb) }
      }
      try compareFloating(seed)
    }
  }

  /// A state whose registers point mostly into the code's page.
  private func near(_ random: inout SplitMix64, thumb: Bool) -> ARMState {
    var state = start(&random, thumb: thumb)
    for register in 0..<15 where random.below(3) != 0 {
      state.r[register] = TestMachine.start + UInt32(random.below(random.below(4) == 0 ? 20 : 96)) * 4
    }
    return state
  }

  private func compareAnything(thumb: Bool, seed: UInt64, _ begin: (inout SplitMix64) -> ARMState) throws {
    let plain = try TestMachine(translates: false)
    let fast = try TestMachine(translates: true)
    var random = SplitMix64(seed: seed)
    let plans = (thumb ? Decoder.thumb : .arm).plans
    var fuzzer = EncodingFuzzer(random: SplitMix64(seed: seed &+ 7))
    // Exceptions end in a loop at their vector.
    for machine in [plain, fast] { machine.load([UInt32](repeating: Code.b(-2), count: 8), at: 0) }
    var translated = 0
    for round in 0..<2500 {
      let state = begin(&random)
      let memory = random.bytes(128)
      var words: [UInt32] = []
      for _ in 0..<(4 + random.below(12)) {
        var bits = fuzzer.encode(plans[Int(random.below(UInt64(plans.count)))])
        // Most are executed.
        if !thumb, bits >> 28 != 15, random.below(3) != 0 { bits |= 14 << 28 }
        words.append(bits)
      }
      // Looked at in between, too: that is behind one block, or a few.
      let counts = (0...random.below(3)).map { _ in 1 + Int(random.below(30)) }
      for machine in [plain, fast] {
        machine.memory.store(memory, at: 0x2000)
        // What follows is a loop of two.
        if thumb {
          machine.load(thumb: words.map { UInt16(truncatingIfNeeded: $0) } + [0x3001, 0xe7fd, 0xe7fd])
        } else {
          machine.load(words + [0xe290_0001, Code.b(-3), Code.b(-2)])
        }
        machine.change { $0 = state }
      }
      for (piece, count) in counts.enumerated() {
        for machine in [plain, fast] { machine.cpu.run(count) }
        translated = max(translated, try #require(fast.cpu.translator).code.count)
        let isSame = isSame(plain, fast, words, state, "seed \(seed), round \(round), \(counts[...piece])")
        guard isSame else { return }
      }
    }
    #expect(translated > 2000)
  }

  /// Expects both machines to hold the same after what `moment` says of a program that began with `state`.
  private func isSame(
    _ plain: TestMachine, _ fast: TestMachine, _ words: [UInt32], _ state: ARMState, _ moment: String
  ) -> Bool {
    let (a, b) = (plain.cpu.state, fast.cpu.state)
    let isSame =
      ARMState.table.save(a).der() == ARMState.table.save(b).der()
      && plain.memory.bytes(0, count: 0x3000) == fast.memory.bytes(0, count: 0x3000)
    let texts = words.map { String($0, radix: 16) }.joined(separator: " ")
    #expect(isSame, "\(moment) of \(texts) from \(show(state)): \(show(a)), \(show(b))")
    return isSame
  }

  private func compareFloating(_ seed: UInt64) throws {
    let plain = try TestMachine(translates: false)
    let fast = try TestMachine(translates: true)
    var random = SplitMix64(seed: seed)
    var fuzzer = EncodingFuzzer(random: SplitMix64(seed: seed &+ 7))
    let (processing, transfers) = (DecoderRows.processing, DecoderRows.others)
    for machine in [plain, fast] { machine.load([UInt32](repeating: Code.b(-2), count: 8), at: 0) }
    for round in 0..<3000 {
      let state = start(&random, thumb: false)
      let memory = random.bytes(128)
      var words: [UInt32] = []
      for _ in 0..<(4 + random.below(12)) {
        let rows = random.below(4) == 0 ? transfers : processing
        var bits = fuzzer.encode(rows[Int(random.below(UInt64(rows.count)))])
        if random.below(5) != 0 { bits |= 14 << 28 }
        words.append(bits)
        // The flags, and what asks for them: an instruction, or a jump over the next.
        if random.below(4) == 0 { words.append(0xeef1_fa10) }
        if random.below(4) == 0 { words.append(UInt32(random.below(14)) << 28 | 0x0280_0001) }
        if random.below(6) == 0 { words.append(UInt32(random.below(14)) << 28 | 0x0a00_0000) }
      }
      // Looked at in between, too: that is behind one block, or a few.
      let counts = (0...random.below(3)).map { _ in 1 + Int(random.below(40)) }
      for machine in [plain, fast] {
        machine.memory.store(memory, at: 0x2000)
        machine.load(words + [0xe290_0001, Code.b(-3), Code.b(-Int32(words.count) - 4)])
        machine.change { $0 = state }
      }
      for (piece, count) in counts.enumerated() {
        for machine in [plain, fast] { machine.cpu.run(count) }
        let isSame = isSame(plain, fast, words, state, "seed \(seed), round \(round), \(counts[...piece])")
        guard isSame else { return }
      }
    }
  }

  /// Rows of the table for the coprocessor.
  private enum DecoderRows {
    static let processing = Decoder.arm.plans.filter { isIn($0, .fmac, .ftosiz) }
    static let others = Decoder.arm.plans.filter { isIn($0, .fmsr, .fstmd) }

    private static func isIn(_ plan: EncodingPlan, _ first: Operation, _ last: Operation) -> Bool {
      (first.rawValue...last.rawValue).contains(plan.encoding.operation.rawValue)
    }
  }

  private func start(_ random: inout SplitMix64, thumb: Bool) -> ARMState {
    var state = ARMState()
    let mode = Mode.allCases[Int(random.below(UInt64(Mode.allCases.count)))]
    for register in 0..<15 {
      state.r[register] = random.below(3) == 0 ? random.word() : 0x2000 + UInt32(random.below(24)) * 4
    }
    if random.below(4) == 0 { state.r[14] = TestMachine.start + UInt32(random.below(32)) }
    state.cpsr = UInt32(mode.rawValue) | random.word() & 0xf800_00c0 | (thumb ? Flag.t : 0)
    state.banks[mode.bank].spsr = random.word() & Flag.all & ~0x1f | 0x10
    if random.below(4) == 0 { state.cp15.control |= Control.alignment }
    if random.below(4) == 0 { state.cp15.control |= Control.noInterworkingLoads }
    if random.below(4) != 0 { state.vfp.fpexc = FPEXC.enable }
    // Inexactness is mostly noted already, and the rest of FPSCR as a kernel leaves it.
    state.vfp.fpscr = random.below(8) == 0 ? random.word() & FPSCR.all : random.word() & 0xf000_000f
    if random.below(4) != 0 { state.vfp.fpscr |= FPSCR.inexact }
    for word in 0..<32 { state.vfp.s[word] = number(&random) }
    state.pc = TestMachine.start
    return state
  }

  /// A single, or half of a double, that is like others of its kind, or special.
  private func number(_ random: inout SplitMix64) -> UInt32 {
    let bits = random.word()
    return switch random.below(12) {
    case 0: bits
    case 1: bits & 0x8000_0000
    case 2: bits & 0x8000_0000 | 0x7f80_0000
    case 3: bits & 0x8000_000f | 0x7fc0_0000
    case 4: bits & 0x807f_ffff
    case 5: bits & 0x80ff_ffff
    case 6: bits & 0x801f_ffff
    case 7: bits | 0x7f00_0000
    default: bits & 0x80ff_ffff | 0x3f00_0000
    }
  }

  private func show(_ state: ARMState) -> String {
    let registers = (0..<15).map { String(state.r[$0], radix: 16) }.joined(separator: " ")
    return "[\(registers) pc \(String(state.pc, radix: 16)) cpsr \(String(state.cpsr, radix: 16))]"
  }

  /// Runs a program both ways, so far and then one instruction more each time, and compares.
  private func compare(_ words: [UInt32], _ counts: [Int], _ prepare: (TestMachine) -> Void) throws -> TestMachine {
    let plain = try TestMachine(translates: false)
    let fast = try TestMachine(translates: true)
    for machine in [plain, fast] {
      machine.load(words)
      machine.jump(to: TestMachine.start)
      prepare(machine)
    }
    for count in counts {
      for machine in [plain, fast] { machine.cpu.run(count) }
      let (a, b) = (plain.cpu.state, fast.cpu.state)
      #expect(ARMState.table.save(a).der() == ARMState.table.save(b).der(), "\(show(a)), \(show(b))")
      #expect(plain.memory.bytes(0x1000, count: 0x1000) == fast.memory.bytes(0x1000, count: 0x1000))
    }
    return fast
  }

  @Test func `takes words of the code's page for constants only until they are written`() throws {
    let machine = try compare(
      [
        0xe59f_0038,  // ldr r0, [pc, #56]: 0x1040
        0xe081_1000,  // add r1, r1, r0
        0xe284_4001,  // add r4, r4, #1
        0xe314_000f,  // tst r4, #15
        0x0582_4000,  // streq r4, [r2]
        Code.b(-7),
      ], [5, 1, 300, 7, 1001]
    ) {
      $0[2] = 0x1040
      $0.load([1], at: 0x1040)
    }
    #expect(machine[1] > 1000)
  }

  @Test func `does not go on in code of its own unit that it has just overwritten`() throws {
    let machine = try compare(
      [
        0xe310_0001,  // tst r0, #1
        0x0a00_0001,  // beq 0x1010
        0xe281_1001,  // add r1, r1, #1
        0xea00_0000,  // b 0x1014
        0xe282_2001,  // add r2, r2, #1: this one changes
        0xe280_0001,  // add r0, r0, #1
        0xe310_001f,  // tst r0, #31
        0x0587_3000,  // streq r3, [r7]
        0x0283_3001,  // addeq r3, r3, #1
        Code.b(-11),
      ], [100, 333, 1, 2, 5000, 3]
    ) {
      $0[3] = 0xe282_2002  // add r2, r2, #2
      $0[7] = 0x1010
    }
    #expect(machine[2] > 1000)
  }

  @Test func `keeps nothing of what it has forgotten, however often the machine is reset`() throws {
    let machine = try TestMachine(translates: true)
    let translator = try #require(machine.cpu.translator)
    machine.load([Code.add(0, 0, 1), 0xe350_0032, 0x1aff_fffc, Code.b(-2)])
    var sizes: Set<Int> = []
    for round in 0..<1000 {
      machine.cpu.reset()
      machine.jump(to: TestMachine.start)
      machine.cpu.run(200)
      #expect(machine[0] == 0x32)
      if round > 0 { sizes.insert(translator.code.codeSize) }
    }
    #expect(sizes.count == 1)
  }

  @Test func `stays in its bounds under a guest that writes and runs new code for ever`() throws {
    let machine = try TestMachine(translates: false)
    try machine.cpu.translateCode(after: 0, size: 64 << 10)
    let translator = try #require(machine.cpu.translator)
    // A subroutine at r0: mov r2, #n; mov pc, lr. n goes up, and the place does in a circle.
    machine[0] = 0x4000
    machine[3] = 0xe3a0_2000  // mov r2, #0
    machine[4] = 0xe1a0_f00e  // mov pc, lr
    machine.run(
      [
        0xe880_0018,  // stmia r0, {r3, r4}
        0xe1a0_e00f,  // mov lr, pc
        0xe1a0_f000,  // mov pc, r0
        0xe085_5002,  // add r5, r5, r2
        0xe280_0018,  // add r0, r0, #24
        0xe3c0_0902,  // bic r0, r0, #0x8000
        0xe380_0901,  // orr r0, r0, #0x4000
        0xe283_3001,  // add r3, r3, #1
        0xe3c3_3c01,  // bic r3, r3, #0x100
        Code.b(-9),
      ], 900_000)
    #expect(machine[5] > 1_000_000)
    #expect(translator.code.generation > 1)
    #expect(translator.code.codeSize <= 64 << 10)
  }
}
