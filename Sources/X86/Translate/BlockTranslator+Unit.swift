import Emit

/// What is translated as one: instructions that follow each other in a page, entered at the top, with conditional
/// branches among them that lead out, on, or back to labels inside.
///
/// The budget is charged for all instructions at the top. Who leaves early gives back what it has not executed, who skips
/// some gives back those, and a loop pays for its next round on the way back, where the budget is looked at too.
extension BlockTranslator {
  /// The number of the instruction inside that a branch leads to.
  func label(_ op: Op) -> Int? {
    guard block.pointee.secondHost == nil, op.pointee.isRelativeBranch else { return nil }
    let target = target(op)
    guard target &- pc < UInt32(block.pointee.length) else { return nil }
    return (0..<count).first { pc &+ UInt32(self.op($0).pointee.offset) == target }
  }

  /// Which instructions are labels, what is known of host registers at each, and which flags are asked for.
  mutating func analyze() {
    for index in 0..<count {
      targets[index] = label(op(index)) ?? -1
      if targets[index] >= 0 { isLabel[targets[index]] = true }
    }
    findKnownRegisters()
    findLiveFlags()
  }

  private mutating func findKnownRegisters() {
    var incoming = InlineArray<48, FloatingUse>(repeating: .all)
    var isStable = false
    while !isStable {
      isStable = true
      known = []
      for index in 0..<count {
        if isLabel[index] { known.formIntersection(incoming[index]) }
        knownAt[index] = known
        follow(op(index))
        let target = targets[index]
        if target >= 0, !incoming[target].isSubset(of: known) {
          incoming[target].formIntersection(known)
          isStable = false
        }
      }
    }
    known = []
  }

  private mutating func findLiveFlags() {
    var isStable = false
    while !isStable {
      isStable = true
      for index in stride(from: count - 1, through: 0, by: -1) {
        let op = op(index).pointee
        // Whoever leaves the unit, and the run loop when the budget is spent, may ask for all.
        let isBranch = op.translationWay == .jump
        let goesOn = index + 1 < count && (!isBranch || op.isConditionalBranch)
        var flags: FlagUse = isBranch || !goesOn ? .all : liveAt[index + 1]
        live[index] = flags
        known = knownAt[index]
        if op.mayLeave || checksFloating(self.op(index)) {
          flags = .all
        } else {
          flags.subtract(op.madeFlags)
          flags.formUnion(op.readFlags)
        }
        if liveAt[index] != flags {
          liveAt[index] = flags
          isStable = false
        }
      }
    }
    known = []
  }

  // MARK: Flags that are made again

  /// The host's flags = the guest's, by doing what made them once more. No other register changes.
  mutating func remake() {
    guard let maker else { preconditionFailure("flags that nothing has made") }
    let i = op(maker).pointee
    let width = width(i.size)
    let target = register(i.a)
    let value = Int32(truncatingIfNeeded: i.immediate)
    let isImmediate = i.flags.contains(.immediate)
    func apply(_ operation: HostArithmetic) {
      if isImmediate {
        a.arithmetic(operation, target, value, width: width)
      } else {
        a.arithmetic(operation, target, register(i.b), width: width)
      }
    }
    switch i.operation {
    case .cmp: apply(.cmp)
    case .test:
      if isImmediate {
        a.test(.register(target), value, width: width)
      } else {
        a.test(.register(target), register(i.b), width: width)
      }
    case .add:
      apply(.sub)
      apply(.add)
    case .sub:
      apply(.add)
      apply(.sub)
    case .neg:
      a.unary(.neg, .register(target), width: width)
      a.unary(.neg, .register(target), width: width)
    default: a.test(.register(target), target, width: width)
    }
    place = .host
  }

  /// The host's flags become others, and the guest's can be made again where they are not in eax.
  mutating func loseFlags() { place = isKept ? .remade : .saved }

  /// Whether the flags need not be in eax where an instruction may leave.
  var isKept: Bool { maker != nil && (place == .host || place == .remade) }

  /// Flags for code that leaves: `maker` made them, if they are not in eax.
  mutating func saveRemade(_ maker: Int?) {
    self.maker = maker
    place = maker == nil ? .saved : .remade
    saveFlags()
  }
}

/// Host registers that are known to be the guest's.
struct FloatingUse: OptionSet, BitwiseCopyable {
  let rawValue: UInt8
  static let sse = FloatingUse(rawValue: 1)
  static let x87 = FloatingUse(rawValue: 2)
  static let all: FloatingUse = [.sse, .x87]
}

extension Instruction {
  /// A branch behind which execution may go on.
  var isConditionalBranch: Bool {
    switch operation {
    case .jcc: true
    case .jcxz, .loop: addressSize == 4
    default: false
    }
  }

  /// A jump whose target is known.
  var isRelativeBranch: Bool { isConditionalBranch || operation == .jmp && flags.contains(.immediate) }

  /// Whether the flags that it makes can be made again while its registers have not changed.
  var isMaker: Bool {
    guard memory == .none, !hasHighByte, size <= 4 else { return false }
    switch operation {
    case .cmp, .test, .and, .or, .xor, .neg: return true
    case .add, .sub: return flags.contains(.immediate) || a >> 3 != b >> 3
    default: return false
    }
  }

  /// Of a maker the registers that must stay for that, a bit each.
  var makerRegisters: UInt8 {
    let first = UInt8(1) << (a >> 3 & 7)
    switch operation {
    case .cmp, .test, .add, .sub: return flags.contains(.immediate) ? first : first | UInt8(1) << (b >> 3 & 7)
    default: return first
    }
  }

  /// General registers that it may change, a bit each.
  var changedRegisters: UInt8 {
    let first: UInt8 = memory == .first ? 0 : UInt8(1) << (a >> 3 & 7)
    let stack: UInt8 = 0x10
    switch operation {
    case .cmp, .test, .bt, .nop, .prefetch, .pause, .lfence, .mfence, .sfence, .clc, .stc, .cmc, .cld, .std, .sahf,
      .jcc, .jcxz:
      return 0
    case .loop: return 2
    case .push: return stack
    case .pop: return first | stack
    case .leave: return stack | 0x20
    case .jmp: return 0
    case .call, .ret: return stack
    case .mov, .movzx, .movsx, .lea, .cmov, .set, .imul3, .bsf, .bsr, .bswap, .add, .or, .and, .sub, .xor, .adc, .sbb,
      .inc, .dec, .neg, .not, .shl, .shr, .sar, .rol, .ror, .rcl, .rcr, .shld, .shrd, .bts, .btr, .btc:
      return first
    case .lahf, .cbw: return 1
    case .fnstsw: return memory == .none ? 1 : 0
    case .cwd: return 4
    case .mul, .imul, .div, .idiv: return operation == .imul && memory == .second ? 0xff : 5
    case _ where isHostX87: return 0
    case _ where vectorForm != nil:
      return vectorForm?.isRegGeneral == true || operation == .movd ? first : 0
    default: return 0xff
    }
  }

  /// Whether it changes any of the arithmetic flags, where it has host code.
  var changesFlags: Bool {
    if !madeFlags.isEmpty { return true }
    switch operation {
    case .rol, .ror, .rcl, .rcr, .shl, .shr, .sar, .shld, .shrd: return flags.contains(.implicit) || shiftCount != 0
    case .cmc, .bsf, .bsr, .sahf: return true
    default: return translationWay == .call
    }
  }
}
