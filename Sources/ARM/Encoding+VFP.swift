/// The VFP coprocessor, version 2 (DDI 0100 C3). D16 to D31 do not exist: what would name them belongs to no
/// coprocessor.
///
/// What the architecture leaves UNPREDICTABLE is chosen here and in `ExecuteVFP`:
/// - Transfers with r15, but for the flags, and the pair S31 and S32 are undefined.
/// - Loads and stores of no register, or of more than there are, are undefined; so is writeback to r15.
/// - System registers that a VFP9-S does not have are undefined.
extension Encoding {
  /// Data processing in both precisions. `p`, `q`, `r` and `s` are the opcode's bits.
  private static func processing(_ p: Int, _ q: Int, _ r: Int, _ s: Int, _ operation: Operation, _ name: String)
    -> [Encoding]
  {
    [
      row(
        "cccc1110\(p)X\(q)\(r)YYYYXXXX1010Y\(s)Z0ZZZZ", operation, name + "{c}.f32 {X}, {Y}, {Z}", keepsEncoding: true),
      row(
        "cccc1110\(p)0\(q)\(r)NNNNDDDD10110\(s)00MMMM", operation, name + "{c}.f64 {D}, {N}, {M}", keepsEncoding: true),
    ]
  }

  /// The extension space: `opcode` is Fn and N. A precision that is not given has no row.
  private static func extended(_ opcode: String, _ operation: Operation, single: Extended?, double: Extended?)
    -> [Encoding]
  {
    let high = opcode.prefix(4)
    let low = opcode.suffix(1)
    func row(_ shape: Extended, _ precision: String) -> Encoding {
      let (d, destination) = shape.destination == "X" ? ("X", "XXXX") : ("0", "DDDD")
      let (m, source) = shape.source == "Z" ? ("Z", "ZZZZ") : shape.source == "M" ? ("0", "MMMM") : ("z", "zzzz")
      return Self.row(
        "cccc11101\(d)11\(high)\(destination)101\(precision)\(low)1\(m)0\(source)", operation, shape.format,
        keepsEncoding: true)
    }
    return [single.map { row($0, "0") }, double.map { row($0, "1") }].compactMap { $0 }
  }

  /// The register fields of a row in the extension space, and its format.
  private struct Extended {
    var destination: Character
    var source: Character
    var format: String
    init(_ fields: String, _ format: String) {
      destination = fields.first ?? "X"
      source = fields.last ?? "Z"
      self.format = format
    }
  }

  /// The same in both precisions, with a register or 0.0 as the operand.
  private static func unary(_ opcode: String, _ operation: Operation, _ name: String, zero: Bool = false) -> [Encoding]
  {
    extended(
      opcode, operation, single: Extended(zero ? "X." : "XZ", name + "{c}.f32 {X}, " + (zero ? "#0.0" : "{Z}")),
      double: Extended(zero ? "D." : "DM", name + "{c}.f64 {D}, " + (zero ? "#0.0" : "{M}")))
  }

  /// From an integer, and to one.
  private static func fromInteger(_ opcode: String, _ operation: Operation, _ type: String) -> [Encoding] {
    extended(
      opcode, operation, single: Extended("XZ", "vcvt{c}.f32.\(type) {X}, {Z}"),
      double: Extended("DZ", "vcvt{c}.f64.\(type) {D}, {Z}"))
  }
  private static func toInteger(_ opcode: String, _ operation: Operation, _ name: String, _ type: String)
    -> [Encoding]
  {
    extended(
      opcode, operation, single: Extended("XZ", "\(name){c}.\(type).f32 {X}, {Z}"),
      double: Extended("XM", "\(name){c}.\(type).f64 {X}, {M}"))
  }

  static let vfpProcessing: [Encoding] = [
    processing(0, 0, 0, 0, .fmac, "vmla"), processing(0, 0, 0, 1, .fnmac, "vmls"),
    processing(0, 0, 1, 0, .fmsc, "vnmls"), processing(0, 0, 1, 1, .fnmsc, "vnmla"),
    processing(0, 1, 0, 0, .fmul, "vmul"), processing(0, 1, 0, 1, .fnmul, "vnmul"),
    processing(0, 1, 1, 0, .fadd, "vadd"), processing(0, 1, 1, 1, .fsub, "vsub"),
    processing(1, 0, 0, 0, .fdiv, "vdiv"),
    unary("00000", .fcpy, "vmov"), unary("00001", .fabs, "vabs"), unary("00010", .fneg, "vneg"),
    unary("00011", .fsqrt, "vsqrt"), unary("01000", .fcmp, "vcmp"), unary("01001", .fcmpe, "vcmpe"),
    unary("01010", .fcmpz, "vcmp", zero: true), unary("01011", .fcmpez, "vcmpe", zero: true),
    extended(
      "01111", .fcvt, single: Extended("DZ", "vcvt{c}.f64.f32 {D}, {Z}"),
      double: Extended("XM", "vcvt{c}.f32.f64 {X}, {M}")),
    fromInteger("10000", .fuito, "u32"), fromInteger("10001", .fsito, "s32"),
    toInteger("11000", .ftoui, "vcvtr", "u32"), toInteger("11001", .ftouiz, "vcvt", "u32"),
    toInteger("11010", .ftosi, "vcvtr", "s32"), toInteger("11011", .ftosiz, "vcvt", "s32"),
  ].flatMap { $0 }

  /// FMXR and FMRX of one system register.
  private static func system(_ number: String, _ name: String, _ comment: String = "") -> [Encoding] {
    [
      row(
        "cccc11101110\(number)dddd101000010000", .fmxr, "vmsr{c} \(name), {d}" + comment, forbids: "d",
        keepsEncoding: true),
      row(
        "cccc11101111\(number)dddd101000010000", .fmrx, "vmrs{c} {d}, \(name)" + comment, forbids: "d",
        keepsEncoding: true),
    ]
  }

  static let vfpTransfers: [Encoding] =
    [
      row("cccc11100000YYYYdddd1010Y0010000", .fmsr, "vmov{c} {Y}, {d}", forbids: "d"),
      row("cccc11100001YYYYdddd1010Y0010000", .fmrs, "vmov{c} {d}, {Y}", forbids: "d"),
      row("cccc11100000NNNNdddd101100010000", .fmdlr, "vmov{c}.32 {N}[0], {d}", forbids: "d"),
      row("cccc11100010NNNNdddd101100010000", .fmdhr, "vmov{c}.32 {N}[1], {d}", forbids: "d"),
      row("cccc11100001NNNNdddd101100010000", .fmrdl, "vmov{c}.32 {d}, {N}[0]", forbids: "d"),
      row("cccc11100011NNNNdddd101100010000", .fmrdh, "vmov{c}.32 {d}, {N}[1]", forbids: "d"),
      row("cccc11000100nnnndddd10110001MMMM", .fmdrr, "vmov{c} {M}, {d}, {n}", forbids: "dn"),
      row("cccc11000101nnnndddd10110001MMMM", .fmrrd, "vmov{c} {d}, {n}, {M}", forbids: "dn"),
      row("cccc11000100........101000111111", .undefined),
      row("cccc11000101........101000111111", .undefined),
      row("cccc11000100nnnndddd101000Z1ZZZZ", .fmsrr, "vmov{c} {pair}, {d}, {n}", forbids: "dn"),
      row("cccc11000101nnnndddd101000Z1ZZZZ", .fmrrs, "vmov{c} {d}, {n}, {pair}", forbids: "dn"),
      row("cccc1110111100011111101000010000", .fmstat, "vmrs{c} APSR_nzcv, fpscr"),
    ] + system("0000", "fpsid") + system("0001", "fpscr") + system("1000", "fpexc")
    + system("1001", "fpinst", " @ Impl def") + system("1010", "fpinst2", " @ Impl def")

  /// FLDM or FSTM in its forms: increment after without and with writeback, decrement before; `load` is L.
  private static func multiple(_ load: Int, _ singles: Operation, _ doubles: Operation) -> [Encoding] {
    let name = load == 1 ? "ldm" : "stm"
    // Of the stack they have a name of their own.
    let stack =
      load == 1
      ? ["vpop{c} ", "cccc11001X111101", "cccc110010111101"] : ["vpush{c} ", "cccc11010X101101", "cccc110100101101"]
    let pushes: Instruction.Flags = load == 1 ? .writeback : [.writeback, .subtract]
    return [
      row(stack[1] + "XXXX1010iiiiiiii", singles, stack[0] + "{vlist}", is: pushes, implied: [.rnIsSP]),
      row(stack[2] + "DDDD1011iiiiiii0", doubles, stack[0] + "{vlist}", is: pushes, implied: [.rnIsSP]),
    ]
      + [
        ("01", 0, "ia", "{n}, {vlist}", [], ""), ("01", 1, "ia", "{n}!, {vlist}", .writeback, "n"),
        ("10", 1, "db", "{n}!, {vlist}", [.writeback, .subtract], "n"),
      ].flatMap { (direction, writeback, mode, operands, flags: Instruction.Flags, forbids) in
        [
          row(
            "cccc110\(direction)X\(writeback)\(load)nnnnXXXX1010iiiiiiii", singles, "v\(name)\(mode){c} \(operands)",
            is: flags, forbids: forbids),
          row(
            "cccc110\(direction)0\(writeback)\(load)nnnnDDDD1011iiiiiii0", doubles, "v\(name)\(mode){c} \(operands)",
            is: flags, forbids: forbids),
          // FLDMX and FSTMX: one word more, in a format of the coprocessor's own; here it has none.
          row(
            "cccc110\(direction)0\(writeback)\(load)nnnnDDDD1011iiiiiii1", doubles,
            "f\(name)\(mode)x{c} \(operands) @ Deprecated", is: flags.union(.long), forbids: forbids),
        ]
      }
  }

  static let vfpLoadsAndStores: [Encoding] =
    [
      row("cccc1101UX01nnnnXXXX1010iiiiiiii", .flds, "vldr{c} {X}, {address}", is: .preIndexed, scale: 4),
      row("cccc1101U001nnnnDDDD1011iiiiiiii", .fldd, "vldr{c} {D}, {address}", is: .preIndexed, scale: 4),
      row("cccc1101UX00nnnnXXXX1010iiiiiiii", .fsts, "vstr{c} {X}, {address}", is: .preIndexed, scale: 4),
      row("cccc1101U000nnnnDDDD1011iiiiiiii", .fstd, "vstr{c} {D}, {address}", is: .preIndexed, scale: 4),
    ] + multiple(1, .fldms, .fldmd) + multiple(0, .fstms, .fstmd)
}
