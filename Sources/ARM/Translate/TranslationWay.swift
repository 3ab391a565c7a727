/// How an instruction is translated.
enum TranslationWay {
  /// Into host code that can neither fail nor leave.
  case plain
  /// Into host code for what is usual, and a call of the interpreter for the rest.
  case memory
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
    case .pld, .linkPrefix: return .plain
    case .ldr: return rd == CPU.pc ? (flags.contains(.user) ? .call : .jump) : .memory
    case .ldrb, .ldrh, .ldrsb, .ldrsh, .str, .strb, .strh: return .memory
    case .ldrd, .strd: return rd & 4 == 0 && rd < CPU.lr ? .memory : .call
    case .ldm:
      if flags.contains(.user) { return .call }
      return immediate & 0x8000 != 0 ? .jump : .memory
    case .stm: return flags.contains(.user) ? .call : .memory
    case .b, .bl, .bx, .bxj, .blxRegister, .linkBranch: return .jump
    default: return .call
    }
  }

  private var dataWay: TranslationWay {
    switch shift {
    case .lslRegister, .lsrRegister, .asrRegister, .rorRegister:
      // The shifter's carry depends on the amount.
      if flags.contains(.updates), isLogical { return .call }
      if rs == CPU.pc { return .call }
    default: break
    }
    guard !isTest, rd == CPU.pc else { return .plain }
    // With S the return from an exception.
    return flags.contains(.updates) ? .call : .jump
  }

  /// Whether it can be left before it has done anything, or by way of the interpreter: all flags must be in the core.
  var mayLeave: Bool {
    switch translationWay {
    case .plain: false
    case .jump: operation == .ldr || operation == .ldm
    case .memory, .call: true
    }
  }
}
