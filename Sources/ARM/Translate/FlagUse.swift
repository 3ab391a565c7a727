/// Which of the condition flags an instruction needs and makes, for saving only those that are asked for.
struct FlagUse: OptionSet, BitwiseCopyable {
  let rawValue: UInt8

  static let n = FlagUse(rawValue: 1)
  static let z = FlagUse(rawValue: 2)
  static let c = FlagUse(rawValue: 4)
  static let v = FlagUse(rawValue: 8)
  static let all: FlagUse = [.n, .z, .c, .v]

  /// Flags that a condition asks for.
  static func read(by condition: UInt8) -> FlagUse {
    switch condition {
    case 0, 1: .z
    case 2, 3: .c
    case 4, 5: .n
    case 6, 7: .v
    case 8, 9: [.c, .z]
    case 10, 11: [.n, .v]
    case 12, 13: [.n, .z, .v]
    default: []
    }
  }
}

extension Instruction {
  /// AND to MVN.
  var isData: Bool { operation.rawValue <= Operation.mvn.rawValue }

  /// TST, TEQ, CMP and CMN: nothing is written.
  var isTest: Bool { (Operation.tst.rawValue...Operation.cmn.rawValue).contains(operation.rawValue) }

  /// Data processing whose carry is the shifter's.
  var isLogical: Bool {
    switch operation {
    case .and, .eor, .tst, .teq, .orr, .mov, .bic, .mvn: true
    default: false
    }
  }

  /// Whether the shifter has a carry of its own.
  private var hasShifterCarry: Bool {
    switch shift {
    case .immediate: amount != 0
    case .none: false
    default: true
    }
  }

  /// The flags that are made anew, when it has host code of its own.
  var madeFlags: FlagUse {
    if operation == .fmstat { return .all }
    guard flags.contains(.updates) else { return [] }
    if isData { return isLogical ? (hasShifterCarry ? [.n, .z, .c] : [.n, .z]) : .all }
    return [.n, .z]
  }

  /// Whether its second operand is shifted by a register.
  var isShiftedByRegister: Bool {
    switch shift {
    case .lslRegister, .lsrRegister, .asrRegister, .rorRegister: true
    default: false
    }
  }

  /// Of those, the ones that are made whatever its operands are: a shift by a register may leave the carry alone.
  var surelyMadeFlags: FlagUse {
    isShiftedByRegister && isData && isLogical ? madeFlags.subtracting(.c) : madeFlags
  }

  /// Whether it computes with the carry.
  var readsCarry: Bool {
    switch operation {
    case .adc, .sbc, .rsc: true
    default: shift == .rrx
    }
  }

  /// How the flags that it makes can be made again after it.
  var laziness: FlagSource.Kind? {
    guard isData else { return operation == .mul || operation == .mla ? .result : nil }
    if isLogical, !isTest { return .result }
    switch shift {
    case .immediate, .none, .lsl, .lsr, .asr, .ror: break
    default: return nil
    }
    let isSecondKept = shift == .immediate || rd != rm
    switch operation {
    case .tst, .teq, .cmp, .cmn: return .operands
    case .add, .sub, .rsb:
      guard isSecondKept else { return nil }
      return rd != rn ? .operands : operation == .rsb ? nil : .undone
    default: return nil
    }
  }

  /// The registers that it may write, a bit each; nothing is said of the interpreter's.
  var writtenRegisters: UInt16 {
    func bit(_ place: UInt8) -> UInt16 { 1 << UInt16(place >> 2 & 15) }
    let base = flags.contains(.writeback) ? bit(rn) : 0
    switch operation {
    case .tst, .teq, .cmp, .cmn, .b, .bx, .bxj, .pld: return 0
    case .ldr, .ldrb, .ldrh, .ldrsb, .ldrsh: return bit(rd) | base
    case .ldrd: return bit(rd) | bit(rd &+ 4) | base
    case .str, .strb, .strh, .strd: return base
    case .ldm: return UInt16(truncatingIfNeeded: immediate & 0x7fff) | (rs != 0 ? bit(rn) : 0)
    case .stm: return rs != 0 ? bit(rn) : 0
    case .umull, .umlal, .smull, .smlal, .smlalHalf: return bit(rd) | bit(rn)
    case .bl, .blx, .blxRegister, .linkPrefix, .linkBranch, .linkExchange: return bit(CPU.lr)
    case .fmrs, .fmrdl, .fmrdh: return bit(rd)
    case .fmrrd, .fmrrs: return bit(rd) | bit(rn)
    case .fldms, .fldmd, .fstms, .fstmd: return base
    default: return operation.rawValue < Operation.fmac.rawValue ? bit(rd) : 0
    }
  }

  /// The flags that it reads, its condition's among them.
  var readFlags: FlagUse {
    var flags = FlagUse.read(by: condition)
    switch operation {
    case .adc, .sbc, .rsc: flags.insert(.c)
    default: break
    }
    if shift == .rrx { flags.insert(.c) }
    return flags
  }
}
