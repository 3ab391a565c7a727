import X86

/// Which arithmetic flags the manual (SDM volume 2) leaves undefined after an instruction: processors differ.
enum UndefinedFlags {
  private static let carry: UInt64 = 1
  private static let parity: UInt64 = 4
  private static let adjust: UInt64 = 0x10
  private static let zero: UInt64 = 0x40
  private static let sign: UInt64 = 0x80
  private static let overflow: UInt64 = 0x800
  private static let all: UInt64 = 0x8d5

  /// - Parameters:
  ///   - count: of a shift, as it stands in CL or the immediate.
  static func mask(_ op: Instruction, count: UInt8) -> UInt64 {
    let bits = UInt8(op.size) * 8
    let shift = count & 31
    switch op.operation {
    case .and, .or, .xor, .test: return adjust
    case .shl, .shr, .sar:
      if shift == 0 { return 0 }
      let lost = op.operation != .sar && shift >= bits ? carry : 0
      return adjust | (shift == 1 ? 0 : overflow) | lost
    case .rol, .ror, .rcl, .rcr: return shift <= 1 ? 0 : overflow
    case .shld, .shrd: return shift == 0 ? 0 : shift == 1 ? adjust : adjust | overflow
    case .mul, .imul, .imul3: return sign | zero | adjust | parity
    case .div, .idiv: return all
    case .bsf, .bsr: return all & ~zero
    case .bt, .bts, .btr, .btc: return overflow | sign | adjust | parity
    case .lzcnt, .tzcnt: return overflow | sign | adjust | parity
    case .bextr: return adjust | sign | parity
    case .andn, .blsi, .blsr, .blsmsk, .bzhi: return adjust | parity
    case .daa, .das: return overflow
    case .aaa, .aas: return overflow | sign | zero | parity
    case .aam, .aad: return overflow | adjust | carry
    default: return 0
    }
  }
}
