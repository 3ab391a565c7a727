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
    let plain = try TestMachine(translates: false)
    let fast = try TestMachine(translates: true)
    var random = SplitMix64(seed: seed)
    let plans = (thumb ? Decoder.thumb : .arm).plans
    var fuzzer = EncodingFuzzer(random: SplitMix64(seed: seed &+ 7))
    // Exceptions end in a loop at their vector.
    for machine in [plain, fast] { machine.load([UInt32](repeating: Code.b(-2), count: 8), at: 0) }
    var translated = 0
    for round in 0..<2500 {
      let state = start(&random, thumb: thumb)
      let memory = random.bytes(128)
      var words: [UInt32] = []
      for _ in 0..<(4 + random.below(12)) {
        var bits = fuzzer.encode(plans[Int(random.below(UInt64(plans.count)))])
        // Most are executed.
        if !thumb, bits >> 28 != 15, random.below(3) != 0 { bits |= 14 << 28 }
        words.append(bits)
      }
      let count = 1 + Int(random.below(60))
      for machine in [plain, fast] {
        machine.memory.store(memory, at: 0x2000)
        // What follows is a loop of two.
        if thumb {
          machine.load(thumb: words.map { UInt16(truncatingIfNeeded: $0) } + [0x3001, 0xe7fd, 0xe7fd])
        } else {
          machine.load(words + [0xe290_0001, Code.b(-3), Code.b(-2)])
        }
        machine.change { $0 = state }
        machine.cpu.run(count)
      }
      translated = max(translated, try #require(fast.cpu.translator).code.count)
      let (a, b) = (plain.cpu.state, fast.cpu.state)
      let isSame = ARMState.table.save(a).der() == ARMState.table.save(b).der()
      let isSameMemory = plain.memory.bytes(0, count: 0x3000) == fast.memory.bytes(0, count: 0x3000)
      let texts = words.map { String($0, radix: 16) }.joined(separator: " ")
      #expect(
        isSame && isSameMemory, "round \(round), \(count) of \(texts) from \(show(state)): \(show(a)), \(show(b))")
      guard isSame, isSameMemory else { return }
    }
    #expect(translated > 2000)
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
    if random.below(2) == 0 { state.vfp.fpexc = FPEXC.enable }
    state.pc = TestMachine.start
    return state
  }

  private func show(_ state: ARMState) -> String {
    let registers = (0..<15).map { String(state.r[$0], radix: 16) }.joined(separator: " ")
    return "[\(registers) pc \(String(state.pc, radix: 16)) cpsr \(String(state.cpsr, radix: 16))]"
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
