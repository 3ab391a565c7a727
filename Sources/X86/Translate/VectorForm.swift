import Emit

/// How the host encodes an SSE or SSE2 instruction, read off the encoding table: it has the guest's bytes, but for the
/// registers' numbers and where memory is.
///
/// What newer sets have, and what approximates or goes between XMM and MMX registers, is the interpreter's.
struct VectorForm: BitwiseCopyable {
  /// 0x66, 0xf2, 0xf3 or 0.
  var prefix: UInt8 = 0
  /// The opcode in map 0F; 0 where there is no such form.
  var opcode: UInt8 = 0
  /// ModRM.reg, where it extends the opcode.
  var number: UInt8 = 0
  /// Bytes in memory.
  var size: UInt8 = 0
  /// An immediate follows.
  var hasImmediate = false
  /// ModRM.reg, or ModRM.rm, is a general register.
  var isRegGeneral = false
  var isRMGeneral = false
  /// The operation has an MMX form too, of 8 bytes.
  var isShared = false

  var exists: Bool { opcode != 0 }

  /// Which operand ModRM.rm is.
  enum Side: Int { case source, destination, shifted }

  /// The form of `operation` whose ModRM.rm is its source, its destination, or what an immediate shifts.
  @inline(__always)
  static func of(_ operation: Operation, _ side: Side) -> VectorForm {
    table[Int(operation.rawValue) * 3 + side.rawValue]
  }

  private static let excluded: Set<Operation> = [
    .rcpps, .rcpss, .rsqrtps, .rsqrtss, .maskmovdqu, .movnti, .movq2dq, .movdq2q, .cvtpi2ps, .cvtpi2pd, .cvtps2pi,
    .cvttps2pi, .cvtpd2pi, .cvttpd2pi,
  ]

  private static let table: [VectorForm] = {
    var table = [VectorForm](repeating: VectorForm(), count: Operation.allCases.count * 3)
    let rows = [
      Encoding.mmxAndSSE2, Encoding.mmxShifts, Encoding.mmxMoves, Encoding.sseMoves, Encoding.sseArithmetic,
      Encoding.sseConversions,
    ].flatMap { $0 }
    let mmx: Set<EncodingOperand.Kind> = [.mmx, .mmxRM, .mmxRegister]
    let shared = Set(
      rows.filter { mmx.contains($0.operands.0.kind) || mmx.contains($0.operands.1.kind) }.map(\.operation))
    for row in rows {
      guard row.attributes.contains(.sse) || row.attributes.contains(.sse2), !excluded.contains(row.operation),
        !mmx.contains(row.operands.0.kind), !mmx.contains(row.operands.1.kind), let (side, form) = form(of: row)
      else { continue }
      let place = Int(row.operation.rawValue) * 3 + side.rawValue
      table[place] = form
      table[place].isShared = shared.contains(row.operation)
    }
    return table
  }()

  private static func form(of row: Encoding) -> (Side, VectorForm)? {
    let (first, second, third, _) = row.operands
    var form = VectorForm()
    form.opcode = UInt8(truncatingIfNeeded: row.opcode)
    if row.attributes.contains(.x66) { form.prefix = 0x66 }
    if row.attributes.contains(.f3) { form.prefix = 0xf3 }
    if row.attributes.contains(.f2) { form.prefix = 0xf2 }
    form.hasImmediate = third.kind == .immediate
    switch (first.kind, second.kind) {
    case (.xmm, .xmmRM), (.xmm, .xmmRegister), (.xmm, .memory), (.xmm, .rm), (.reg, .xmmRM), (.reg, .xmmRegister):
      form.isRegGeneral = first.kind == .reg
      form.isRMGeneral = second.kind == .rm
      form.size = UInt8(second.memoryWidth.bytes.1)
      return (.source, form)
    case (.xmmRM, .xmm), (.memory, .xmm), (.rm, .xmm):
      form.isRMGeneral = first.kind == .rm
      form.size = UInt8(first.memoryWidth.bytes.1)
      return (.destination, form)
    case (.xmmRegister, .immediate):
      guard let number = row.reg else { return nil }
      form.number = number
      form.hasImmediate = true
      return (.shifted, form)
    default: return nil
    }
  }
}

extension Instruction {
  /// How the host encodes it; nil where it is no SSE instruction that it has.
  var vectorForm: VectorForm? {
    guard operation.rawValue > Operation.fxrstor.rawValue else { return nil }
    let side: VectorForm.Side
    switch operation {
    case .movd: side = c == 1 ? .destination : .source
    default:
      side = memory == .first ? .destination : memory == .none && isVectorShift ? .shifted : .source
    }
    let form = VectorForm.of(operation, side)
    return form.exists && (!form.isShared || size == 16) ? form : nil
  }

  /// Whether it shifts an XMM register by an immediate.
  private var isVectorShift: Bool { flags.contains(.immediate) && VectorForm.of(operation, .shifted).exists }

  /// Whether its 16 bytes in memory may lie anywhere.
  var mayBeUnaligned: Bool {
    switch operation {
    case .movups, .movupd, .movdqu: true
    default: false
    }
  }

  /// Whether the host's x87 does it, while it has the guest's registers.
  var isHostX87: Bool {
    switch operation {
    case .fadd, .fsub, .fsubr, .fmul, .fdiv, .fdivr, .faddp, .fsubp, .fsubrp, .fmulp, .fdivp, .fdivrp: true
    case .fiadd, .fisub, .fisubr, .fimul, .fidiv, .fidivr: true
    case .fld, .fild, .fst, .fstp, .fist, .fistp, .fisttp: true
    case .fcom, .fcomp, .fcompp, .fucom, .fucomp, .fucompp, .ficom, .ficomp, .fcomi, .fcomip, .fucomi, .fucomip: true
    case .ftst, .fxam, .fchs, .fabs, .fsqrt, .frndint: true
    case .fld1, .fldl2t, .fldl2e, .fldpi, .fldlg2, .fldln2, .fldz, .fxch: true
    case .fcmovb, .fcmove, .fcmovbe, .fcmovu, .fcmovnb, .fcmovne, .fcmovnbe, .fcmovnu: true
    case .fincstp, .fdecstp, .ffree, .fldcw, .fnstcw, .fnstsw: true
    default: false
    }
  }

  /// Of an x87 instruction whether it writes its operand in memory.
  var storesX87: Bool {
    switch operation {
    case .fst, .fstp, .fist, .fistp, .fisttp, .fnstcw, .fnstsw: true
    default: false
    }
  }

  /// Bytes of its operand in memory.
  var accessSize: Int { vectorForm.map { Int($0.size) } ?? Int(size) }

  /// Whether its handler looks at the x87's registers, or at what says whether they may be used. What the host has a
  /// vector form of does not.
  var touchesX87: Bool {
    operation.rawValue >= Operation.fadd.rawValue && vectorForm == nil || isFloatingControl
  }

  /// Whether it may change what says how, and whether, SSE instructions are executed.
  var touchesSSEControl: Bool { isFloatingControl || operation == .ldmxcsr || operation == .fxrstor }

  private var isFloatingControl: Bool {
    switch operation {
    case .movToControl, .lmsw, .clts: true
    default: false
    }
  }
}
