import Emit

extension InstructionSet {
  /// The extensions with vectors that the host has too.
  static let ofHost: InstructionSet = {
    let ecx = HostProcessor.features.ecx
    var set: InstructionSet = [.mmx, .sse, .sse2]
    let bits: [(UInt32, InstructionSet)] = [
      (0, .sse3), (1, .pclmul), (9, .ssse3), (19, .sse41), (20, .sse42), (25, .aes),
    ]
    for (bit, one) in bits where ecx >> bit & 1 != 0 { set.insert(one) }
    return set
  }()
}
