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
    default: []
    }
  }

  /// The flags that it reads, also those that it leaves as they were where it makes some of them.
  var readFlags: FlagUse {
    switch operation {
    case .adc, .sbb, .rcl, .rcr, .cmc: .carry
    case .set, .cmov, .jcc: .read(by: condition)
    default: []
    }
  }
}
