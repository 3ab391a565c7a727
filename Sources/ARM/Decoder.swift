public import Engine

/// Makes instructions of their encodings.
public struct Decoder: Sendable {
  /// Of the 32-bit instruction set, and of Thumb.
  public static let arm = Decoder(Encoding.arm)
  public static let thumb = Decoder(Encoding.thumb)

  /// The table's rows.
  let plans: [EncodingPlan]
  private let isThumb: Bool
  /// Rows to try, in the table's order; those of key k begin at `starts[k]` and end before `starts[k + 1]`.
  private let candidates: [Candidate]
  private let starts: [Int32]

  private struct Candidate {
    var mask: UInt32
    var value: UInt32
    var row: Int
  }

  /// A decoder for the rows of `sections`.
  init(_ sections: [[Encoding]]) {
    let plans = sections.flatMap { $0 }.map { EncodingPlan($0) }
    let isThumb = plans.first?.isThumb ?? false
    precondition(plans.allSatisfy { $0.isThumb == isThumb })
    var candidates: [Candidate] = []
    var starts: [Int32] = []
    for key in 0..<(isThumb ? 1 << 10 : 1 << 13) as Range<UInt32> {
      starts.append(Int32(candidates.count))
      let known = Self.bits(of: key, isThumb: isThumb)
      for (index, plan) in plans.enumerated() where (plan.value ^ known.value) & plan.mask & known.mask == 0 {
        let isUnconditional = plan.mask >> 28 == 15 && plan.value >> 28 == 15
        guard isThumb || key < 1 << 12 || isUnconditional else { continue }
        candidates.append(Candidate(mask: plan.mask, value: plan.value, row: index))
      }
    }
    starts.append(Int32(candidates.count))
    self.plans = plans
    self.isThumb = isThumb
    self.candidates = candidates
    self.starts = starts
  }

  /// What an index key stands for: bits 27-20 and 7-4, and above them whether bits 31-28 are all set; of Thumb
  /// the top ten bits.
  private static func bits(of key: UInt32, isThumb: Bool) -> (value: UInt32, mask: UInt32) {
    if isThumb { return (key << 6, 0xffc0) }
    let value = (key >> 4 & 0xff) << 20 | (key & 15) << 4
    return key >> 12 == 1 ? (value | 0xf000_0000, 0xfff0_00f0) : (value, 0x0ff0_00f0)
  }

  /// The index of the row that describes `bits`, if one does.
  func row(_ bits: UInt32) -> Int? {
    let key: UInt32
    if isThumb {
      key = bits >> 6 & 0x3ff
    } else {
      key = bits >> 16 & 0xff0 | bits >> 4 & 15 | (bits >> 28 == 15 ? 1 << 12 : 0)
    }
    for position in Int(starts[Int(key)])..<Int(starts[Int(key) + 1]) {
      let candidate = candidates[position]
      if bits & candidate.mask == candidate.value { return candidate.row }
    }
    return nil
  }

  /// The instruction that `bits` encode; `undefined` where there is none.
  public func decode(_ bits: UInt32, handler: @escaping Handler) -> Instruction {
    guard let row = row(bits) else { return .undefined(bits, isThumb: isThumb, handler: handler) }
    return plans[row].instruction(bits, handler: handler)
  }
}
