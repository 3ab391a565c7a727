/// Writes one decoded instruction: mnemonic, operands, and the prefixes that neither of them shows.
struct DisassemblyPrinter {
  let row: Encoding
  let op: Instruction
  let code: UnsafeBufferPointer<UInt8>
  let size: CodeSize
  let address: UInt64

  /// How many bytes are prefixes, which of them count, and what was shown.
  var prefixCount = 0
  var rex: UInt8 = 0
  var shown: Set<Int> = []
  /// The index of the last prefix of each kind.
  var segmentPrefix: Int?
  var operandPrefix: Int?
  var addressPrefix: Int?
  var lockPrefix: Int?
  var repeatPrefix: Int?
  /// 0, 1, 2: operand size 2, 4, 8.
  var sizeIndex = 1
  var opcode: UInt8 = 0
  /// The index of ModRM.
  var modRMIndex = 0
  var modRM: UInt8 = 0

  init(row: Encoding, op: Instruction, code: UnsafeBufferPointer<UInt8>, size: CodeSize, address: UInt64) {
    self.row = row
    self.op = op
    self.code = code
    self.size = size
    self.address = address
    scan()
  }

  /// Finds the prefixes, the opcode and ModRM again.
  private mutating func scan() {
    scanning: while prefixCount < code.count {
      switch code[prefixCount] {
      case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65: segmentPrefix = prefixCount
      case 0x66: operandPrefix = prefixCount
      case 0x67: addressPrefix = prefixCount
      case 0xf0: lockPrefix = prefixCount
      case 0xf2, 0xf3: repeatPrefix = prefixCount
      case 0x40...0x4f where size == .bits64:
        rex = code[prefixCount]
        prefixCount += 1
        continue scanning
      default: break scanning
      }
      rex = 0
      prefixCount += 1
    }
    let wide = rex & 8 != 0 && size == .bits64
    sizeIndex = wide ? 2 : (operandPrefix != nil) == (size == .bits16) ? 1 : 0
    if size == .bits64, sizeIndex != 0, row.attributes.contains(.d64) { sizeIndex = 2 }
    if size == .bits64, row.attributes.contains(.f64) { sizeIndex = 2 }
    var index = prefixCount
    if row.attributes.contains(.vex) {
      index += code[index] == 0xc4 ? 3 : 2
    } else {
      index += [0, 1, 2, 2][row.map]
    }
    opcode = index < code.count ? code[index] : 0
    modRMIndex = index + 1
    if row.hasModRM, modRMIndex < code.count { modRM = code[modRMIndex] }
  }

  mutating func text() -> String {
    // What is a mandatory prefix is no prefix.
    if row.attributes.contains(.x66) { show(operandPrefix) }
    if !row.attributes.isDisjoint(with: [.f3, .f2]) { show(repeatPrefix) }
    var operands: [String] = []
    for operand in [row.operands.0, row.operands.1, row.operands.2, row.operands.3] {
      if let text = text(of: operand) { operands.append(text) }
    }
    var name = mnemonic()
    if let special = specialForm(&operands) { name = special }
    var result = prefixText() + name
    if !operands.isEmpty {
      while result.utf8.count < 6 { result += " " }
      result += " " + operands.joined(separator: ",")
    }
    return result
  }

  mutating func show(_ prefix: Int?) {
    if let prefix { shown.insert(prefix) }
  }

  static let conditions = ["o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"]

  private mutating func mnemonic() -> String {
    let isShort = sizeIndex == 0
    switch row.operation {
    case .jcc: return "j" + Self.conditions[Int(op.condition)]
    case .set: return "set" + Self.conditions[Int(op.condition)]
    case .cmov: return "cmov" + Self.conditions[Int(op.condition)]
    case .cbw:
      show(operandPrefix)
      return isShort ? "cbw" : sizeIndex == 1 ? "cwde" : "cdqe"
    case .cwd:
      show(operandPrefix)
      return isShort ? "cwd" : sizeIndex == 1 ? "cdq" : "cqo"
    case .jcxz:
      show(addressPrefix)
      return op.addressSize == 2 ? "jcxz" : op.addressSize == 4 ? "jecxz" : "jrcxz"
    case .pusha, .popa, .pushf, .popf, .iret, .enter, .leave, .ret, .retFar, .fldenv, .fnstenv,
      .frstor, .fnsave:
      return name + suffix()
    case .lgdt, .lidt, .sgdt, .sidt: return name + (size == .bits64 ? "" : isShort ? "w" : "d")
    case .push where row.operands.0.kind != .rm && row.operands.0.kind != .opcode: return name + suffix()
    case .pushSegment, .popSegment: return name + suffix()
    case .call, .jmp: return row.operands.0 == .jz ? name + suffix() : name
    default: break
    }
    return name
  }

  private var name: String {
    if let name = row.name { return "\(name)" }
    return "\(row.operation)"
  }

  /// A letter where the operand size is not the code's and no operand shows it.
  private mutating func suffix() -> String {
    guard operandPrefix != nil, size != .bits64 || sizeIndex == 0 else { return "" }
    show(operandPrefix)
    return sizeIndex == 0 ? "w" : "d"
  }

  /// Names that stand for an immediate, too.
  private mutating func specialForm(_ operands: inout [String]) -> String? {
    switch row.operation {
    case .xchg where opcode == 0x90 && row.opcode == 0x90:
      guard rex & 1 == 0, operands == ["ax", "ax"] || operands == ["eax", "eax"] else { return nil }
      if operands == ["eax", "eax"] {
        operands = []
        return "nop"
      }
      return nil
    case .cmpps, .cmppd, .cmpss, .cmpsdScalar:
      guard op.immediate < 8, operands.count == 3 else { return nil }
      operands.removeLast()
      let predicate = ["eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"][Int(op.immediate)]
      return "cmp" + predicate + name.dropFirst(3)
    case .pclmulqdq:
      let halves: [UInt64: String] = [0: "lqlq", 1: "hqlq", 0x10: "lqhq", 0x11: "hqhq"]
      guard let half = halves[op.immediate] else { return nil }
      operands.removeLast()
      return "pclmul" + half + "dq"
    default: return nil
    }
  }

  /// The prefixes before the mnemonic, in the order of the bytes.
  private mutating func prefixText() -> String {
    var result = ""
    let isString = row.attributes.contains(.string)
    for index in 0..<prefixCount where !shown.contains(index) {
      switch code[index] {
      case 0x26: result += "es "
      case 0x2e: result += "cs "
      case 0x36: result += "ss "
      case 0x3e: result += row.operands.0 == .ev && isBranch ? "notrack " : "ds "
      case 0x64: result += "fs "
      case 0x65: result += "gs "
      case 0x66: result += size == .bits16 ? "data32 " : "data16 "
      case 0x67: result += size == .bits32 ? "addr16 " : "addr32 "
      case 0xf0: result += "lock "
      case 0xf2: result += isBranch ? "bnd " : isElided(index) ? "xacquire " : "repnz "
      case 0xf3:
        let comparesNothing = row.operation != .cmps && row.operation != .scas
        result += isString && comparesNothing ? "rep " : isElided(index) ? "xrelease " : "repz "
      default: result += "rex "
      }
    }
    return result
  }

  private var isBranch: Bool {
    switch row.operation {
    case .call, .jmp, .jcc, .ret: true
    default: false
    }
  }

  /// Whether F2 or F3 marks a lock elision.
  private func isElided(_ index: Int) -> Bool {
    guard op.memory == .first, index == repeatPrefix else { return false }
    if row.attributes.contains(.lock), lockPrefix != nil || row.operation == .xchg { return true }
    return code[index] == 0xf3 && row.operation == .mov && row.operands.0.kind == .rm
  }
}
