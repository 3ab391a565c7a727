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
    guard flags.contains(.updates) else { return [] }
    if isData { return isLogical ? (hasShifterCarry ? [.n, .z, .c] : [.n, .z]) : .all }
    return [.n, .z]
  }

  /// Of those, the ones that are made whatever its operands are: a shift by a register may leave the carry alone.
  var surelyMadeFlags: FlagUse {
    switch shift {
    case .lslRegister, .lsrRegister, .asrRegister, .rorRegister:
      return isData && isLogical ? madeFlags.subtracting(.c) : madeFlags
    default: return madeFlags
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
