import DeviceAudit
import SavedState

@testable import ARM

/// Makes valid encodings of a row of the table, with every value of its fields.
struct EncodingFuzzer {
  var random: SplitMix64

  /// One encoding that the row's pattern describes. Bits that should be zero or one are, and no field is r15 that
  /// must not be.
  mutating func encode(_ plan: EncodingPlan) -> UInt32 {
    var bits = plan.value | plan.shouldBe
    // Bits that may be either.
    let known = plan.fields.reduce(plan.mask | plan.shouldMask) { $0 | $1.mask }
    bits |= random.word() & ~known & (plan.isThumb ? 0xffff : ~0)
    for field in plan.fields {
      var value = random.word() & (field.width < 32 ? 1 << UInt32(field.width) - 1 : ~0)
      let isRegister = plan.encoding.forbids.utf8.contains(field.letter)
      if value == 15, field.letter == UInt8(ascii: "c") || isRegister { value = random.word() % 15 }
      bits |= field.bits(value)
    }
    return bits
  }
}

extension SplitMix64 {
  mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: next()) }
}
