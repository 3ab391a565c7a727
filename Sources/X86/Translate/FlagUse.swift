/// Which of the arithmetic flags an instruction needs and makes, for saving only those that are asked for.
struct FlagUse: OptionSet, BitwiseCopyable {
  let rawValue: UInt8

  static let carry = FlagUse(rawValue: 1)
  /// OF, SF, ZF, AF and PF.
  static let others = FlagUse(rawValue: 2)
  static let all: FlagUse = [.carry, .others]

  /// Flags that a condition code asks for.
  static func read(by condition: UInt8) -> FlagUse {
    switch condition &>> 1 {
    case 1: .carry
    case 3: .all
    default: .others
    }
  }
}

extension Instruction {
  /// The count of a shift by an immediate, modulo 32.
  var shiftCount: UInt8 { UInt8(truncatingIfNeeded: immediate) & 31 }

  /// The flags that it surely makes anew, when it has host code of its own.
  var madeFlags: FlagUse {
    switch operation {
    case .add, .or, .adc, .sbb, .and, .sub, .xor, .cmp, .test, .neg, .mul, .imul, .imul3, .xadd, .cmpxchg: .all
    case .inc, .dec: .others
    case .shl, .shr, .sar, .shld, .shrd: !flags.contains(.implicit) && shiftCount != 0 ? .all : []
    case .bt, .bts, .btr, .btc, .clc, .stc: .carry
    case .comiss, .comisd, .ucomiss, .ucomisd, .fcomi, .fcomip, .fucomi, .fucomip, .ptest: .all
    default: []
    }
  }

  /// The flags that it reads, also those that it leaves as they were where it makes some of them.
  var readFlags: FlagUse {
    switch operation {
    case .adc, .sbb, .rcl, .rcr, .cmc: .carry
    case .set, .cmov, .jcc: .read(by: condition)
    case .lahf, .sahf, .fcmovb, .fcmovbe, .fcmovnb, .fcmovnbe: .all
    case .fcmove, .fcmovne, .fcmovu, .fcmovnu: .others
    default: []
    }
  }
}

extension Operation {
  /// Whether its handler asks for the arithmetic flags or changes them; what is not known to leave them alone does.
  var needsFlags: Bool {
    switch self {
    case .mov, .movzx, .movsx, .push, .pop, .leave, .jmp, .call, .ret, .div, .idiv, .not, .xchg, .lea: false
    case .movs, .stos, .lods, .cli, .cld, .std, .nop, .pause, .rdtsc, .movFromSegment, .movToSegment: false
    case .fld, .fild, .fst, .fstp, .fist, .fistp, .fxch: false
    case .fadd, .faddp, .fmul, .fmulp, .fsub, .fsubp, .fdiv, .fdivp: false
    case .movups, .movaps, .movdqa, .movdqu, .movd, .movq, .movss, .movsd: false
    case .pxor, .por, .pand, .pmovmskb, .pcmpeqb: false
    case .addss, .addsd, .mulss, .mulsd, .subss, .subsd, .divss, .divsd, .cvtsi2sd, .cvtsi2ss: false
    default: true
    }
  }
}
