import Engine

/// A row of the encoding table, its pattern taken apart: what a decoder asks of it.
struct EncodingPlan: Sendable {
  let encoding: Encoding
  let isThumb: Bool
  /// The bits that must be as in `value`.
  let mask: UInt32
  let value: UInt32
  /// The bits that should be as in `shouldBe`, and need not.
  let shouldMask: UInt32
  let shouldBe: UInt32
  let fields: [EncodingField]
  private let forbidden: [EncodingField]
  /// A bit for each letter that the pattern has, by its character code.
  private let letters: UInt64

  init(_ encoding: Encoding) {
    self.encoding = encoding
    let pattern = Array(encoding.pattern.utf8)
    precondition(pattern.count == 32 || pattern.count == 16, "\(encoding.pattern) has \(pattern.count) bits")
    isThumb = pattern.count == 16
    var masks: [UInt8: UInt32] = [:]
    for (index, letter) in pattern.enumerated() { masks[letter, default: 0] |= 1 << UInt32(pattern.count - 1 - index) }
    value = masks[UInt8(ascii: "1")] ?? 0
    mask = value | (masks[UInt8(ascii: "0")] ?? 0)
    shouldBe = masks[UInt8(ascii: "o")] ?? 0
    shouldMask = shouldBe | (masks[UInt8(ascii: "z")] ?? 0)
    let literals = Set("01.oz".utf8)
    let fields = masks.filter { !literals.contains($0.key) }.sorted { $0.value > $1.value }
      .map { EncodingField(letter: $0.key, mask: $0.value) }
    self.fields = fields
    let forbids = Set(encoding.forbids.utf8)
    forbidden = fields.filter { forbids.contains($0.letter) }
    letters = fields.reduce(0) { $0 | 1 << UInt64($1.letter & 63) }
  }

  func has(_ letter: Unicode.Scalar) -> Bool { letters >> UInt64(UInt8(ascii: letter) & 63) & 1 != 0 }

  /// The value of `letter`'s field; 0 where there is none.
  func field(_ letter: Unicode.Scalar, _ bits: UInt32) -> UInt32 {
    let letter = UInt8(ascii: letter)
    for field in fields where field.letter == letter { return field.value(bits) }
    return 0
  }

  /// Whether the row describes `bits`.
  func matches(_ bits: UInt32) -> Bool {
    bits & mask == value && (isThumb || bits >> 28 != 15 || mask >> 28 == 15)
  }

  /// Whether a register is r15 that must not be.
  func isForbidden(_ bits: UInt32) -> Bool { forbidden.contains { $0.value(bits) == 15 } }

  /// The instruction that `bits`, which the row describes, encode.
  func instruction(_ bits: UInt32, handler: @escaping Handler) -> Instruction {
    if encoding.operation == .undefined || isForbidden(bits) {
      return .undefined(bits, isThumb: isThumb, handler: handler)
    }
    var op = Instruction(handler: handler)
    describe(&op, bits)
    finishTransfer(&op, bits)
    if encoding.keepsEncoding { op.immediate = bits }
    if readsPC(op) { op.flags.insert(.readsPC) }
    if op.endsBlock { op.flags.insert(.endsBlock) }
    return op
  }

  /// Fills in what the pattern says, before any choice.
  func describe(_ op: inout Instruction, _ bits: UInt32) {
    op.operation = encoding.operation
    op.flags = encoding.flags
    if isThumb { op.flags.insert(.narrow) }
    fill(&op, bits)
    for implied in encoding.implied {
      switch implied {
      case .rnIsRd: op.rn = op.rd
      case .rmIsRd: op.rm = op.rd
      case .rsIsRd: op.rs = op.rd
      case .rnIsSP: op.rn = CPU.sp
      case .rnIsPC: op.rn = CPU.pc
      case .rdIsSP: op.rd = CPU.sp
      }
    }
    finishShift(&op, bits)
  }

  /// What each field says by itself.
  private func fill(_ op: inout Instruction, _ bits: UInt32) {
    for field in fields {
      let value = field.value(bits)
      let place = UInt8(truncatingIfNeeded: value &* 4)
      let number = UInt8(truncatingIfNeeded: value)
      let single = number &<< 1 & 31 | number &>> 4
      switch Unicode.Scalar(field.letter) {
      case "c": op.condition = number
      case "d": op.rd = place
      case "n": op.rn = place
      case "m": op.rm = place
      case "s": op.rs = place
      case "D": op.rd = number
      case "N": op.rn = number
      case "M": op.rm = number
      case "X": op.rd = single
      case "Y": op.rn = number
      case "Z": op.rm = single
      case "i": op.immediate = value &* encoding.scale
      case "k", "l": op.immediate |= value
      case "b":
        let unused = UInt32(32 - field.width)
        op.immediate &+= UInt32(bitPattern: Int32(bitPattern: value &<< unused) &>> Int32(unused)) &* encoding.scale
      case "h": op.immediate &+= value &* 2
      case "S": if value != 0 { op.flags.insert(.updates) }
      case "P": if value != 0 { op.flags.insert(.preIndexed) }
      case "W": if value != 0 { op.flags.insert(.writeback) }
      case "u": if value != 0 { op.flags.insert(.user) }
      case "R": if value != 0 { op.flags.insert(.spsr) }
      case "L": if value != 0 { op.flags.insert(.long) }
      case "x": if value != 0 { op.flags.insert(.topM) }
      case "y": if value != 0 { op.flags.insert(.topS) }
      case "f", "p": op.amount = number
      case "E": op.immediate |= value &<< (encoding.operation == .ldm ? 15 : 14)
      case "j": op.immediate |= value &<< 12
      case "e": op.immediate |= value &<< 8
      case "q": op.immediate |= value &<< 4
      case "g": op.immediate |= value
      default: break
      }
    }
  }

  /// The second operand, the rotation of an immediate, and the sign of an offset.
  private func finishShift(_ op: inout Instruction, _ bits: UInt32) {
    if has("r") {
      let rotation = field("r", bits) &* 2
      op.immediate = op.immediate &>> rotation | op.immediate &<< (32 &- rotation)
      if encoding.operation != .msr { op.amount = UInt8(truncatingIfNeeded: rotation) }
    }
    if has("U"), field("U", bits) == 0 {
      if has("i"), !encoding.keepsEncoding {
        op.immediate = 0 &- op.immediate
      } else {
        op.flags.insert(.subtract)
      }
    }
    let amount = field("a", bits)
    if has("t") {
      let type = field("t", bits)
      if has("s") {
        op.shift = [.lslRegister, .lsrRegister, .asrRegister, .rorRegister][Int(type)]
      } else {
        op.shift = amount == 0 && type == 3 ? .rrx : [.lsl, .lsr, .asr, .ror][Int(type)]
      }
    } else {
      op.shift = encoding.shift ?? (has("m") ? Shift.none : .immediate)
    }
    switch op.shift {
    case .lsl:
      if amount == 0 { op.shift = .none }
      op.amount = UInt8(truncatingIfNeeded: amount)
    case .lsr, .asr: op.amount = amount == 0 ? 32 : UInt8(truncatingIfNeeded: amount)
    case .ror: op.amount = UInt8(truncatingIfNeeded: amount)
    default: break
    }
  }

  /// When the base of a load or store is written.
  private func finishTransfer(_ op: inout Instruction, _ bits: UInt32) {
    guard op.operation.isTransfer else { return }
    if op.operation.isSingleTransfer, !op.flags.contains(.preIndexed) { op.flags.insert(.writeback) }
    let isLoaded =
      switch op.operation {
      case .ldm: op.immediate &>> UInt32(op.rn / 4) & 1 != 0
      case .ldrd: op.rn == op.rd || op.rn == op.rd &+ 4
      case .ldr, .ldrb, .ldrh, .ldrsb, .ldrsh: op.rn == op.rd
      default: false
      }
    if isLoaded || op.rn == CPU.pc { op.flags.remove(.writeback) }
  }

  private func readsPC(_ op: Instruction) -> Bool {
    let pc = CPU.pc
    if has("n") && op.rn == pc || has("m") && op.rm == pc || has("s") && op.rs == pc { return true }
    for implied in encoding.implied {
      switch implied {
      case .rnIsPC: return true
      case .rnIsRd, .rmIsRd, .rsIsRd: if op.rd == pc { return true }
      default: break
      }
    }
    switch op.operation {
    case .str, .strb, .strh, .strd, .mcr: return op.rd == pc
    case .stm: return op.immediate & 0x8000 != 0
    default: return false
    }
  }
}

extension Instruction {
  /// No instruction; a false condition passes it over all the same.
  static func undefined(_ bits: UInt32, isThumb: Bool, handler: @escaping Handler) -> Instruction {
    var op = Instruction(handler: handler)
    op.immediate = bits
    op.flags = isThumb ? [.endsBlock, .narrow] : .endsBlock
    if !isThumb, bits >> 28 != 15 { op.condition = UInt8(truncatingIfNeeded: bits >> 28) }
    return op
  }

  /// Whether what follows may not be decoded with it: it can write the PC, or change how the CPU goes on.
  fileprivate var endsBlock: Bool {
    switch operation {
    case .b, .bl, .blx, .bx, .blxRegister, .bxj, .linkBranch, .linkExchange, .msr, .swi, .bkpt, .undefined: true
    case .and, .eor, .sub, .rsb, .add, .adc, .sbc, .rsc, .orr, .mov, .bic, .mvn, .ldr: rd == CPU.pc
    case .ldm: immediate & 0x8000 != 0
    case .mcr: amount == 15
    default: false
    }
  }
}

extension Operation {
  /// A load or store of registers r0 to r15 at a base.
  fileprivate var isTransfer: Bool { isSingleTransfer || self == .ldm || self == .stm || self == .ldc || self == .stc }

  fileprivate var isSingleTransfer: Bool {
    switch self {
    case .ldr, .ldrb, .ldrh, .ldrsb, .ldrsh, .ldrd, .str, .strb, .strh, .strd: true
    default: false
    }
  }
}
