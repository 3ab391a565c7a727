/// Writes one instruction by its row's format.
struct DisassemblyPrinter {
  let plan: EncodingPlan
  let bits: UInt32
  let address: UInt32
  let op: Instruction
  /// A number that is worth saying in hexadecimal too, or an address that the operands make.
  var comment: String?
  var isUnpredictable = false

  init(plan: EncodingPlan, bits: UInt32, address: UInt32) {
    self.plan = plan
    self.bits = bits
    self.address = address
    var op = Instruction(handler: CPU.endOfBlock)
    plan.describe(&op, bits)
    self.op = op
  }

  static let registers = [
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "sl", "fp", "ip", "sp", "lr", "pc",
  ]
  static let conditions = ["eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "", ""]

  mutating func text() -> String {
    isUnpredictable = plan.isForbidden(bits)
    let format = special ?? plan.encoding.format
    var result = ""
    var isPadded = false
    var rest = Substring(format)
    while let character = rest.first {
      if character == "{", let end = rest.firstIndex(of: "}") {
        let piece = rest[rest.index(after: rest.startIndex)..<end]
        result += text(of: piece)
        rest = rest[rest.index(after: end)...]
        continue
      }
      rest = rest.dropFirst()
      if character == " ", !isPadded {
        isPadded = true
        while result.utf8.count < 6 { result += " " }
      }
      result.append(character)
    }
    if let comment { result += " @ " + comment }
    if isUnpredictable { result += " @ <UNPREDICTABLE>" }
    return result
  }

  func field(_ letter: Unicode.Scalar) -> UInt32 { plan.field(letter, bits) }

  private func register(_ letter: Unicode.Scalar) -> String { Self.registers[Int(field(letter) & 15)] }

  private mutating func text(of piece: Substring) -> String {
    switch piece {
    case "c": return Self.conditions[Int(field("c") & 15)]
    case "S": return field("S") != 0 ? "s" : ""
    case "z": return field("c") != 15 && bits >> 12 & 15 == 15 ? "p" : ""
    case "W": return field("W") != 0 ? "!" : ""
    case "L": return field("L") != 0 ? "l" : ""
    case "x": return field("x") != 0 ? "t" : "b"
    case "y": return field("y") != 0 ? "t" : "b"
    case "d": return register("d")
    case "n": return register("n")
    case "m": return register("m")
    case "s": return register("s")
    case "D", "N", "M": return "d\(field(Unicode.Scalar(piece.utf8[piece.startIndex])))"
    case "X": return "s\(op.rd)"
    case "Y": return "s\(op.rn)"
    case "Z": return "s\(op.rm)"
    case "p": return "\(field("p"))"
    case "j": return "\(field("j"))"
    case "v": return "cr\(field("v"))"
    case "e": return "cr\(field("e"))"
    case "g": return "cr\(field("g"))"
    case "q": return "{\(field("q"))}"
    case "dAPSR": return field("d") == 15 && !op.flags.contains(.second) ? "APSR_nzcv" : register("d")
    case "a": return "#\(op.amount)"
    case "i": return number(op.immediate)
    case "svc", "udf":
      remark(field("i"))
      return (piece == "udf" ? "#" : "") + "\(field("i"))"
    case "i8":
      // Instruction memory barriers are calls that the architecture asks systems for (B2.7.4).
      if field("i") & ~1 == 0xf0_0000 { comment = field("i") & 1 != 0 ? "IMBRange" : "IMB" }
      return "0x" + Disassembler.hex(field("i"), digits: 8)
    case "i4": return "0x" + Disassembler.hex(field("i"), digits: 4)
    case "operand": return operand
    case "address": return addressText()
    case "list": return list()
    case "mode":
      guard field("P") == 0, field("U") != 0 else {
        return (field("U") != 0 ? "i" : "d") + (field("P") != 0 ? "b" : "a")
      }
      return op.operation == .stm && (field("W") != 0 || field("u") != 0) ? "ia" : ""
    case "unlisted": return op.immediate >> field("n") & 1 != 0 ? "" : "!"
    case "target": return hex(address &+ (plan.isThumb ? 4 : 8) &+ op.immediate)
    case "adr", "literal":
      let target = hex((address &+ 4 & ~3) &+ op.immediate)
      comment = piece == "adr" ? "(adr \(register("d")), \(target))" : "(\(target))"
      return ""
    case "psr": return statusRegister
    case "pair": return "s\(op.rm), s\(op.rm &+ 1)"
    case "vlist": return vectorList()
    default: preconditionFailure("format \(plan.encoding.format) has an unknown \(piece)")
    }
  }

  func hex(_ value: UInt32) -> String { "0x" + Disassembler.hex(value, digits: 1) }

  /// A number, which gets a comment when it is not small.
  private mutating func number(_ value: UInt32) -> String {
    remark(value)
    return "#\(Int32(bitPattern: value))"
  }

  private mutating func remark(_ value: UInt32) {
    let signed = Int32(bitPattern: value)
    if signed > 32 || signed < -16 { comment = hex(value) }
  }

  /// Encodings that go by a name of their own.
  private var special: String? {
    switch plan.encoding.operation {
    case .mov where plan.isThumb && bits == 0x46c0: return "nop @ (mov r8, r8)"
    case .mov where !plan.isThumb && bits == 0xe1a0_0000: return "nop @ (mov r0, r0)"
    case .str where !plan.isThumb && bits & 0x0fff_0fff == 0x052d_0004:
      return "push{c} {list} @ (str{c} {d}, [sp, #-4]!)"
    case .ldr where !plan.isThumb && bits & 0x0fff_0fff == 0x049d_0004: return "pop{c} {list} @ (ldr{c} {d}, [sp], #4)"
    case .stm where !plan.isThumb && bits & 0x0fff_0000 == 0x092d_0000:
      return op.immediate.nonzeroBitCount > 1 ? "push{c} {list}" : "stmfd{c} sp!, {list}"
    case .ldm where !plan.isThumb && bits & 0x0fff_0000 == 0x08bd_0000:
      return op.immediate.nonzeroBitCount > 1 ? "pop{c} {list}" : "ldmfd{c} sp!, {list}"
    default: return nil
    }
  }

  /// A second operand.
  private var operand: String {
    mutating get {
      guard has("r") else { return shifted }
      let rotation = field("r") * 2
      // An immediate that has several encodings is written with the least rotation.
      let least = (0..<16 as Range<UInt32>).first { op.immediate.rotated(left: $0 * 2) < 0x100 } ?? 0
      if least * 2 == rotation { return number(op.immediate) }
      remark(op.immediate)
      return "#\(field("i")), \(rotation)"
    }
  }

  private func has(_ letter: Unicode.Scalar) -> Bool { plan.has(letter) }

  private var shifted: String {
    let register = register("m")
    switch op.shift {
    case .immediate, .none: return register
    case .lsl, .lsr, .asr, .ror: return "\(register), \(op.shift) #\(op.amount)"
    case .rrx: return "\(register), rrx"
    case .lslRegister, .lsrRegister, .asrRegister, .rorRegister:
      return "\(register), \("\(op.shift)".prefix(3)) \(self.register("s"))"
    }
  }

  /// An address: base, offset, and when they are added.
  private mutating func addressText() -> String {
    let base = register("n")
    let isUp = field("U") != 0
    let isPre = !has("P") ? op.flags.contains(.preIndexed) : field("P") != 0
    let isExtra = has("i") && !has("v") && bits >> 25 & 7 == 0
    let writes = field("W") != 0 && !(isExtra && field("n") == 15) ? "!" : ""
    guard has("i") else {
      let offset = (isUp ? "" : "-") + shifted
      return isPre ? "[\(base), \(offset)]\(writes)" : "[\(base)], \(offset)"
    }
    let isCoprocessor = has("v")
    let magnitude = field("i") * (isCoprocessor ? 4 : plan.encoding.scale)
    if isCoprocessor, !isPre, writes.isEmpty {
      remark(field("i"))
      return "[\(base)], {\(field("i"))}"
    }
    let offset = isUp ? magnitude : 0 &- magnitude
    let text = magnitude == 0 ? (isUp ? "" : "#-0") : "#\(Int32(bitPattern: offset))"
    if field("n") == 15 {
      if isPre || !isExtra { comment = hex(address &+ 8 &+ (isPre || isCoprocessor ? offset : 0)) }
    } else {
      remark(offset)
    }
    if isPre { return (text.isEmpty ? "[\(base)]" : "[\(base), \(text)]") + writes }
    if text.isEmpty { return isCoprocessor ? "[\(base)]" : "[\(base)], #0" }
    return "[\(base)], " + text
  }

  private func list() -> String {
    let registers: UInt32
    switch plan.encoding.operation {
    case .ldm, .stm: registers = op.immediate
    default: registers = 1 << field("d")
    }
    let names = (0..<16).filter { registers >> UInt32($0) & 1 != 0 }.map { Self.registers[$0] }
    return "{" + names.joined(separator: ", ") + "}" + (field("u") != 0 ? "^" : "")
  }

  /// Registers of VFP's block transfers.
  private mutating func vectorList() -> String {
    let name = has("X") ? "s" : "d"
    let first = Int(op.rd)
    let count = Int(field("i"))
    // The CPU takes these for undefined.
    if count == 0 || first + count > (has("X") ? 32 : 16) { isUnpredictable = true }
    return count == 1 ? "{\(name)\(first)}" : "{\(name)\(first)-\(name)\(first + count - 1)}"
  }

  private var statusRegister: String {
    let name = field("R") != 0 ? "SPSR" : "CPSR"
    guard has("f") else { return name }
    let fields = [(8, "f"), (4, "s"), (2, "x"), (1, "c")].filter { field("f") & $0.0 != 0 }.map(\.1)
    return name + "_" + fields.joined()
  }
}

extension UInt32 {
  fileprivate func rotated(left amount: UInt32) -> UInt32 { self &<< amount | self &>> (32 &- amount) }
}
