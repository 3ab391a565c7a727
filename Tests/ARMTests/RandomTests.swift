import DeviceAudit
import SavedState
import Testing

@testable import ARM

/// Any bits at all, in any state: nothing traps, and nothing that is not saved shows.
@Suite struct `random instructions` {
  @Test(arguments: [false, true]) func `leave the same state whatever a CPU did before`(thumb: Bool) throws {
    let machine = try TestMachine()
    var random = SplitMix64(seed: thumb ? 5 : 4)
    let plans = (thumb ? Decoder.thumb : .arm).plans
    var fuzzer = EncodingFuzzer(random: SplitMix64(seed: 6))
    var states = 0
    for round in 0..<20_000 {
      // All bits random, or a row's with random fields.
      var bits = round % 2 == 0 ? random.word() : fuzzer.encode(plans[Int(random.below(UInt64(plans.count)))])
      if thumb { bits &= 0xffff } else if round % 4 != 0, bits >> 28 != 15 { bits |= 14 << 28 }
      let mode = Mode.allCases[Int(random.below(UInt64(Mode.allCases.count)))]
      machine.memory.store(random.bytes(64), at: 0x2000)
      machine.change { state in
        for register in 0..<15 {
          state.r[register] = random.below(4) == 0 ? random.word() : 0x2000 + UInt32(random.below(48))
        }
        state.cpsr = UInt32(mode.rawValue) | random.word() & 0xf800_00c0 | (thumb ? Flag.t : 0)
        state.banks[mode.bank].spsr = random.word() & Flag.all & ~0x1f | 0x10
        state.cp15 = CP15State()
        state.activity = .running
        if random.below(4) == 0 { state.cp15.control |= Control.alignment }
      }
      if thumb { machine.load(thumb: [UInt16(bits)]) } else { machine.load([bits]) }
      machine.change { $0.pc = TestMachine.start }
      let start = machine.cpu.state
      let memory = machine.memory.bytes(0x2000, count: 128)
      var ends: [(ARMState, [UInt8])] = []
      for garbage: UInt32 in [0, 0x2468_ace1] {
        machine.memory.store(memory, at: 0x2000)
        machine.cpu.state = start
        machine.cpu.settle()
        machine.cpu.storage.core.pointee.state.readPC = garbage
        machine.cpu.run(1)
        var end = machine.cpu.state
        end.readPC = 0
        ends.append((end, machine.memory.bytes(0x2000, count: 128)))
      }
      let (a, b) = (ends[0], ends[1])
      let isEqual = (0..<15).allSatisfy { a.0.r[$0] == b.0.r[$0] } && a.0.pc == b.0.pc && a.0.cpsr == b.0.cpsr
      #expect(isEqual && a.1 == b.1, "\(String(bits, radix: 16)) in \(mode)")
      #expect(a.0.retired == start.retired + 1, "\(String(bits, radix: 16)) in \(mode)")
      #expect(a.0.pc & (a.0.cpsr & Flag.t != 0 ? 1 : 3) == 0, "\(String(bits, radix: 16)) in \(mode)")
      #expect(
        Mode(rawValue: UInt8(a.0.cpsr & Flag.mode)) != nil && a.0.cpsr & ~Flag.all == 0,
        "\(String(bits, radix: 16)) in \(mode)")
      states += 1
    }
    #expect(states == 20_000)
  }
}
