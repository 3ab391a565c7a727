import DeviceAudit
import SavedState
import Testing

@testable import ARM

struct DecoderTests {
  private static let decoders = [Decoder.arm, Decoder.thumb]

  private func arm(_ bits: UInt32) -> Instruction { Decoder.arm.decode(bits, handler: CPU.endOfBlock) }
  private func thumb(_ bits: UInt32) -> Instruction { Decoder.thumb.decode(bits, handler: CPU.endOfBlock) }
  private func place(_ register: UInt8) -> UInt8 { register * 4 }

  @Test func `every encoding of every row decodes to that row, or to one before it that is meant`() throws {
    for decoder in Self.decoders {
      var fuzzer = EncodingFuzzer(random: SplitMix64(seed: 21))
      for (index, plan) in decoder.plans.enumerated() {
        var hits = 0
        for _ in 0..<300 {
          let bits = fuzzer.encode(plan)
          let found = try #require(decoder.row(bits), "\(plan.encoding.pattern) \(hex(bits))")
          #expect(found <= index, "\(plan.encoding.pattern) \(hex(bits))")
          guard found == index else { continue }
          hits += 1
          let op = decoder.decode(bits, handler: CPU.endOfBlock)
          #expect(op.operation == plan.encoding.operation, "\(plan.encoding.pattern) \(hex(bits))")
          #expect(op.flags.contains(.narrow) == plan.isThumb)
        }
        #expect(hits > 0, "\(plan.encoding.pattern) is never chosen")
      }
    }
  }

  @Test func `rows overlap only where the first is a part of the second, or no instruction`() {
    for decoder in Self.decoders {
      for (index, row) in decoder.plans.enumerated() {
        for other in decoder.plans[..<index]
        where other.encoding.operation != .undefined && (row.value ^ other.value) & row.mask & other.mask == 0 {
          let conditions = [row, other].map { $0.isThumb ? 0 : $0.mask >> 28 }
          if conditions.contains(15), conditions.contains(0), (row.value | other.value) >> 28 == 15 { continue }
          #expect(
            other.mask & row.mask == row.mask, "\(other.encoding.pattern) hides a part of \(row.encoding.pattern)")
        }
      }
    }
  }

  @Test func `the index finds the row that a walk through the table finds, for any bits`() {
    var random = SplitMix64(seed: 22)
    for _ in 0..<200_000 {
      // The unconditional space is a sixteenth of all; take it more often.
      let bits = random.below(4) == 0 ? random.word() | 0xf000_0000 : random.word()
      let found = Decoder.arm.row(bits)
      let walked = Decoder.arm.plans.firstIndex { $0.matches(bits) }
      if found != walked { Issue.record("\(hex(bits))") }
    }
    for bits in 0...0xffff as ClosedRange<UInt32> {
      let walked = Decoder.thumb.plans.firstIndex { $0.matches(bits) }
      if Decoder.thumb.row(bits) != walked { Issue.record("\(hex(bits))") }
    }
  }

  @Test func `what no row describes is undefined, keeps its encoding and ends its block`() {
    for bits: UInt32 in [0xe7f0_00f0, 0xf600_0000, 0xe100_00f0 | 0x1000, 0xe300_0001, 0xec01_0000] {
      let op = arm(bits)
      #expect(op.operation == .undefined, "\(hex(bits))")
      #expect(op.immediate == bits)
      #expect(op.flags == .endsBlock)
    }
    #expect(arm(0x17f0_00f0).condition == 1)
    let op = thumb(0xde00)
    #expect(op.operation == .undefined)
    #expect(op.flags == [.endsBlock, .narrow])
    #expect(op.immediate == 0xde00)
  }

  @Test func `any bits decode to something that executes`() {
    var random = SplitMix64(seed: 23)
    var bad: [UInt32] = []
    func check(_ op: Instruction, _ bits: UInt32) {
      let places = op.rd | op.rn | op.rm | op.rs
      let isFloating = (Operation.fmac.rawValue..<Operation.undefined.rawValue).contains(op.operation.rawValue)
      var isGood = op.condition <= 14 && (isFloating || places & 3 == 0 && places <= 60)
      switch op.shift {
      case .lsl, .ror: isGood = isGood && (1...31).contains(op.amount)
      case .lsr, .asr: isGood = isGood && (1...32).contains(op.amount)
      default: break
      }
      if op.operation == .undefined { isGood = isGood && op.immediate == bits && op.flags.contains(.endsBlock) }
      if op.operation == .ldm || op.operation == .stm { isGood = isGood && 1...0xffff ~= op.immediate }
      if !isGood { bad.append(bits) }
    }
    for _ in 0..<3_000_000 {
      let bits = random.word()
      check(arm(bits), bits)
    }
    for bits in 0...0xffff as ClosedRange<UInt32> { check(thumb(bits), bits) }
    #expect(bad.isEmpty, "\(bad.prefix(10).map { hex($0) })")
  }

  private func hex(_ bits: UInt32) -> String { String(bits, radix: 16) }
}
