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
  private var hasMemory: Bool { memory != .none }
  private var ordinary: TranslationWay { hasMemory ? .memory : .plain }
  /// Whether a register operand is AH, CH, DH or BH.
  var hasHighByte: Bool {
    guard size == 1 else { return false }
    if memory != .first, a & 1 != 0 { return true }
    return memory != .second && !flags.contains(.immediate) && !flags.contains(.implicit) && b & 1 != 0
  }

  /// For code and stack of 32 bits.
  var translationWay: TranslationWay {
    if operation.rawValue >= Operation.fadd.rawValue, isHostX87 || vectorForm != nil { return ordinary }
    if HostFlags.differs[Int(operation.rawValue)] { return .call }
    guard size <= 4 || operation == .nop || operation == .prefetch else { return .call }
    switch operation {
    case .mov, .add, .or, .and, .sub, .xor, .cmp, .test, .movzx, .movsx, .set, .cmov: return ordinary
    case .lea: return .plain
    case .adc, .sbb, .inc, .dec, .neg, .not: return hasHighByte ? .call : ordinary
    case .shl, .shr, .sar:
      if hasHighByte { return .call }
      return hasMemory && !flags.contains(.implicit) && shiftCount == 0 ? .call : ordinary
    case .rol, .ror: return size == 4 && !hasMemory ? .plain : .call
    case .rcl, .rcr: return size == 4 && !hasMemory && !flags.contains(.implicit) && shiftCount != 0 ? .plain : .call
    case .shld, .shrd: return size == 4 && !hasMemory ? .plain : .call
    case .mul, .imul: return size == 4 ? ordinary : .call
    case .imul3: return ordinary
    // Faults and overflows are the interpreter's.
    case .div, .idiv: return size == 4 ? .memory : .call
    case .bt, .bts, .btr, .btc:
      // A bit that a register counts may lie anywhere.
      if hasMemory, !flags.contains(.immediate), addressSize == 2 || size == 2 { return .call }
      return ordinary
    case .bsf, .bsr: return size == 4 ? ordinary : .call
    case .xchg, .xadd, .cmpxchg: return hasHighByte || !hasMemory && size != 4 ? .call : ordinary
    case .cbw, .cwd: return .plain
    case .bswap: return size == 4 ? .plain : .call
    case .nop, .prefetch, .pause, .lfence, .mfence, .sfence: return .plain
    case .clc, .stc, .cmc, .cld, .std, .lahf, .sahf: return .plain
    case .push: return .memory
    case .pop: return hasMemory ? .call : .memory
    case .leave: return size == 4 ? .memory : .call
    case .jmp, .jcc: return .jump
    case .jcxz, .loop: return addressSize == 4 ? .jump : .call
    case .call, .ret: return size == 4 ? .jump : .call
    default: return .call
    }
  }

  /// Whether it can be left before it has done anything, or by way of the interpreter: all flags must be where the
  /// interpreter finds them.
  var mayLeave: Bool {
    switch translationWay {
    case .plain: false
    case .jump: hasMemory || operation == .call || operation == .ret
    case .memory, .call: true
    }
  }
}
