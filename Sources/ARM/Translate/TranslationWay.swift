/// How an instruction is translated.
enum TranslationWay {
  /// Into host code that can neither fail nor leave.
  case plain
  /// Into host code for what is usual, and a call of the interpreter for the rest.
  case memory
  /// The same, of the coprocessor.
  case floating
  /// A jump, the last of its block, in host code.
  case jump
  /// Into a call of the interpreter for this instruction.
  case call
}

extension Instruction {
  var translationWay: TranslationWay {
    switch operation {
    case .and, .eor, .sub, .rsb, .add, .adc, .sbc, .rsc, .tst, .teq, .cmp, .cmn, .orr, .mov, .bic, .mvn:
      return dataWay
    case .mul, .mla, .umull, .umlal, .smull, .smlal, .clz: return .plain
    case .smul, .smulw, .smlalHalf: return .plain
    case .smla, .smlaw: return namesPC || rs == CPU.pc ? .call : .plain
    case .qadd, .qsub, .qdadd, .qdsub: return namesPC ? .call : .plain
    case .swp, .swpb: return namesPC ? .call : .memory
    case .pld, .linkPrefix: return .plain
    case .ldr: return rd == CPU.pc ? (flags.contains(.user) ? .call : .jump) : .memory
    case .ldrb, .ldrh, .ldrsb, .ldrsh, .str, .strb, .strh: return .memory
    case .ldrd, .strd: return rd & 4 == 0 && rd < CPU.lr ? .memory : .call
    case .ldm:
      if flags.contains(.user) { return .call }
      return immediate & 0x8000 != 0 ? .jump : .memory
    case .stm: return flags.contains(.user) ? .call : .memory
    case .b, .bl, .blx, .bx, .bxj, .blxRegister, .linkBranch, .linkExchange: return .jump
    case .fmac, .fnmac, .fmsc, .fnmsc, .fmul, .fnmul, .fadd, .fsub, .fdiv, .fsqrt: return .floating
    case .fcpy, .fabs, .fneg, .fcmp, .fcmpe, .fcmpz, .fcmpez: return .floating
    case .fcvt, .fuito, .fsito, .ftoui, .ftouiz, .ftosi, .ftosiz: return .floating
    case .fmsr, .fmrs, .fmdlr, .fmdhr, .fmrdl, .fmrdh, .fmdrr, .fmrrd, .fmsrr, .fmrrs, .fmstat: return .plain
    case .flds, .fldd, .fsts, .fstd: return .memory
    case .fldms, .fldmd, .fstms, .fstmd:
      let isSimple = floatingWords > 0 && floatingWords <= 16 && firstFloatingWord + floatingWords <= 32
      return isSimple && rn != CPU.pc ? .memory : .call
    default: return .call
    }
  }

  private var dataWay: TranslationWay {
    if isShiftedByRegister, rs == CPU.pc { return .call }
    guard !isTest, rd == CPU.pc else { return .plain }
    // With S the return from an exception.
    return flags.contains(.updates) ? .call : .jump
  }

  private var namesPC: Bool { rd == CPU.pc || rn == CPU.pc || rm == CPU.pc }

  /// Whether it can be left before it has done anything, or by way of the interpreter: all flags must be in the core.
  var mayLeave: Bool {
    switch translationWay {
    case .plain: false
    case .jump: operation == .ldr || operation == .ldm
    case .memory, .floating, .call: true
    }
  }

  /// Whether it needs the coprocessor, but for its system registers.
  var isFloating: Bool {
    (Operation.fmac.rawValue...Operation.fstmd.rawValue).contains(operation.rawValue) && operation != .fmxr
      && operation != .fmrx
  }

  /// FCMP and its kind.
  var isFloatingComparison: Bool {
    (Operation.fcmp.rawValue...Operation.fcmpez.rawValue).contains(operation.rawValue)
  }

  private var areDoubles: Bool { operation == .fldmd || operation == .fstmd }
  /// Of FLDM and FSTM, the first word of the registers, and how many there are.
  var firstFloatingWord: Int { areDoubles ? Int(rd) * 2 : Int(rd) }
  var floatingWords: Int { areDoubles ? Int(immediate & 0xff) * 2 : Int(immediate & 0xff) }
}
