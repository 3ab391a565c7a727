extension DisassemblyPrinter {
  private static let words = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
  private static let segments = ["es", "cs", "ss", "ds", "fs", "gs", "?", "?"]

  private var reg: UInt8 { modRM >> 3 & 7 | (rex & 4) << 1 }
  private var rm: UInt8 { modRM & 7 | (rex & 1) << 3 }

  private mutating func bytes(_ width: EncodingOperand.Width) -> Int {
    let all = width.bytes
    if all.0 != all.1, size != .bits64 || all.1 == all.2 || sizeIndex != 2 { show(operandPrefix) }
    return Int(sizeIndex == 0 ? all.0 : sizeIndex == 1 ? all.1 : all.2)
  }

  private func register(_ number: UInt8, bytes: Int) -> String {
    let low = Int(number & 7)
    if number > 7 {
      return "r\(number)" + (bytes == 8 ? "" : bytes == 4 ? "d" : bytes == 2 ? "w" : "b")
    }
    switch bytes {
    case 1:
      if rex == 0 { return ["al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"][low] }
      return ["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"][low]
    case 2: return Self.words[low]
    case 4: return "e" + Self.words[low]
    default: return "r" + Self.words[low]
    }
  }

  private func hex<W: FixedWidthInteger>(_ value: W) -> String { "0x" + String(value, radix: 16) }

  /// `value` as an operand of that many bytes.
  private func immediate(_ value: UInt64, bytes: Int) -> String {
    hex(bytes >= 8 ? value : value & ((1 << UInt64(bytes * 8)) - 1))
  }

  /// The operand's text, or nil where it is not written.
  mutating func text(of operand: EncodingOperand) -> String? {
    let isRegister = modRM >= 0xc0
    switch operand.kind {
    case .none, .hiddenST0: return nil
    case .rm:
      guard isRegister else { return memory(operand) }
      return register(rm, bytes: bytes(operand.width))
    case .memory: return memory(operand)
    case .rmRegister, .rmAlwaysRegister: return register(rm, bytes: bytes(operand.width))
    case .reg: return register(reg, bytes: bytes(operand.width))
    case .opcode: return register(opcode & 7 | (rex & 1) << 3, bytes: bytes(operand.width))
    case .vvvv: return register(op.a == op.c || row.operands.0 == operand ? op.a >> 3 : op.c >> 3, bytes: 4)
    case .immediate: return immediateText(operand)
    case .signedImmediate: return immediate(op.immediate, bytes: bytes(Int(op.size) == 1 ? .b : .v))
    case .one: return "1"
    case .relative: return relative()
    case .farPointer:
      show(operandPrefix)
      return hex(op.displacement) + ":" + hex(op.immediate)
    case .offset:
      _ = bytes(operand.width)
      let offset = op.addressSize == 8 ? op.immediate : UInt64(UInt32(bitPattern: op.displacement))
      return segment(or: "ds:") + hex(offset)
    case .source, .destination: return string(operand)
    case .segment: return Self.segments[Int(reg & 7)]
    case .control: return "cr\(reg)"
    case .debug: return "dr\(reg)"
    case .fixed: return register(operand.value, bytes: bytes(operand.width))
    case .cl: return "cl"
    case .dx: return "dx"
    case .fixedSegment: return Self.segments[Int(operand.value)]
    case .mmx: return "mm\(reg & 7)"
    case .mmxRM: return isRegister ? "mm\(rm & 7)" : memory(operand)
    case .mmxRegister: return "mm\(rm & 7)"
    case .xmm: return "xmm\(reg)"
    case .xmmRM: return isRegister ? "xmm\(rm)" : memory(operand)
    case .xmmRegister: return "xmm\(rm)"
    case .st0: return "st"
    case .sti: return "st(\(modRM & 7))"
    case .xmm0: return "xmm0"
    }
  }

  private mutating func immediateText(_ operand: EncodingOperand) -> String {
    if row.operation == .enter, operand == .ib { return hex(code[code.count - 1]) }
    return immediate(op.immediate, bytes: bytes(operand.width))
  }

  private mutating func relative() -> String {
    // A short branch shows its operand size only in where it goes.
    let target = address &+ UInt64(op.length) &+ op.immediate
    if size != .bits64, sizeIndex == 0 {
      if row.operands.0.width == .z { show(operandPrefix) }
      // Code at linear addresses keeps its segment's part.
      return hex(target & 0xffff | (size == .bits16 ? address & ~0xffff : 0))
    }
    if row.operands.0.width == .z { show(operandPrefix) }
    return hex(size == .bits64 ? target : target & 0xffff_ffff)
  }

  /// The segment override, or what is written without one.
  private mutating func segment(or none: String) -> String {
    guard let segmentPrefix, size != .bits64 || code[segmentPrefix] & 0xfe == 0x64 else { return none }
    show(segmentPrefix)
    return Self.segments[Int(op.segment)] + ":"
  }

  private mutating func keyword(_ operand: EncodingOperand) -> String {
    if operand.memoryWidth == .none { return "" }
    switch operand.memoryWidth {
    case .s, .environment, .state, .area:
      show(operandPrefix)
      return ""
    default: break
    }
    switch bytes(operand.memoryWidth) {
    case 1: return "BYTE PTR "
    case 2: return "WORD PTR "
    case 4: return "DWORD PTR "
    case 6: return "FWORD PTR "
    case 8: return "QWORD PTR "
    case 10: return "TBYTE PTR "
    default: return "XMMWORD PTR "
    }
  }

  private mutating func string(_ operand: EncodingOperand) -> String {
    show(addressPrefix)
    let word = keyword(operand)
    let letter = op.addressSize == 2 ? "" : op.addressSize == 4 ? "e" : "r"
    if row.operation == .xlat { return word + segment(or: "ds:") + "[\(letter)bx]" }
    if operand.kind == .destination { return word + "es:[\(letter)di]" }
    return word + segment(or: "ds:") + "[\(letter)si]"
  }

  /// A memory operand: objdump writes the displacement whenever it is encoded, and an index that is not there
  /// where the base did not ask for a SIB.
  private mutating func memory(_ operand: EncodingOperand) -> String {
    let word = keyword(operand)
    let mod = modRM >> 6
    let isWide = op.addressSize != 2
    if size != .bits16 || mod != 0 || modRM & 7 != 5 { show(addressPrefix) }
    let hasSIB = isWide && modRM & 7 == 4
    let sib = hasSIB && modRMIndex + 1 < code.count ? code[modRMIndex + 1] : 0
    let registerBytes = Int(op.addressSize)
    var parts: [String] = []
    if op.base == Instruction.instructionPointer {
      parts.append("rip")
    } else if op.base != Instruction.noRegister {
      parts.append(register(op.base >> 3, bytes: registerBytes))
    }
    if op.index != Instruction.noRegister {
      let scale = isWide ? "*\(1 << op.scale)" : ""
      parts.append(register(op.index >> 3, bytes: registerBytes) + scale)
    } else if hasSIB, sib & 7 != 4 || sib >> 6 != 0 {
      parts.append((op.addressSize == 8 ? "riz" : "eiz") + "*\(1 << (sib >> 6))")
    }
    let hasBase = op.base != Instruction.noRegister
    let hasDisplacement = mod == 1 || mod == 2 || !hasBase || op.base == Instruction.instructionPointer
    if parts.isEmpty {
      let offset = UInt32(bitPattern: op.displacement)
      return word + segment(or: "ds:") + hex(offset)
    }
    var text = word + segment(or: "") + "[" + parts.joined(separator: "+")
    if hasDisplacement {
      if op.displacement < 0 {
        text += "-" + hex(op.displacement.magnitude)
      } else {
        text += "+" + hex(UInt32(bitPattern: op.displacement))
      }
    }
    return text + "]"
  }
}
