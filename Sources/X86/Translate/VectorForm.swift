import Emit

/// How the host encodes an MMX or SSE instruction, read off the encoding table: it has the guest's bytes, but for the
/// registers' numbers and where memory is.
///
/// What sets have that the host has not, what approximates, goes between XMM and MMX registers or gives ECX, and the
/// sums of DPPS and DPPD are the interpreter's. RCPPS, RCPSS, RSQRTPS and RSQRTSS are, because Intel's and AMD's
/// processors differ in their results.
struct VectorForm: BitwiseCopyable {
  /// 0x66, 0xf2, 0xf3 or 0.
  var prefix: UInt8 = 0
  /// What follows 0F before the opcode: 0, 0x38 or 0x3a.
  var map: UInt8 = 0
  /// The opcode.
  var opcode: UInt8 = 0
  /// Whether there is such a form.
  var exists = false
  /// Its registers are MMX registers, which are the x87's.
  var isMMX = false
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

  /// Which operand ModRM.rm is.
  enum Side: Int { case source, destination, shifted }

  /// The form of `operation` whose ModRM.rm is its source, its destination, or what an immediate shifts, with XMM or
  /// MMX registers.
  @inline(__always)
  static func of(_ operation: Operation, _ side: Side, isMMX: Bool = false) -> VectorForm {
    table[(Int(operation.rawValue) * 3 + side.rawValue) * 2 + (isMMX ? 1 : 0)]
  }

  /// Whether `operation` may have to do with MMX registers.
  @inline(__always)
  static func mayTouchMMX(_ operation: Operation) -> Bool { withMMX[Int(operation.rawValue)] }

  private static let mmx: Set<EncodingOperand.Kind> = [.mmx, .mmxRM, .mmxRegister]

  private static let withMMX: [Bool] = {
    var list = [Bool](repeating: false, count: Operation.allCases.count)
    for row in Encoding.sections.flatMap({ $0 })
    where mmx.contains(row.operands.0.kind) || mmx.contains(row.operands.1.kind) {
      list[Int(row.operation.rawValue)] = true
    }
    list[Int(Operation.emms.rawValue)] = true
    return list
  }()

  private static let excluded: Set<Operation> = [
    .rcpps, .rcpss, .rsqrtps, .rsqrtss, .maskmovdqu, .movnti, .movq2dq, .movdq2q, .cvtpi2ps, .cvtpi2pd, .cvtps2pi,
    .cvttps2pi, .cvtpd2pi, .cvttpd2pi, .maskmovq, .emms, .dpps, .dppd, .pcmpestri, .pcmpestrm, .pcmpistri,
    .pcmpistrm, .pextrb, .pextrd, .extractps,
  ]

  private static let table: [VectorForm] = {
    var table = [VectorForm](repeating: VectorForm(), count: Operation.allCases.count * 6)
    let rows = [
      Encoding.mmxAndSSE2, Encoding.mmxShifts, Encoding.mmxMoves, Encoding.sseMoves, Encoding.sseArithmetic,
      Encoding.sseConversions, Encoding.ssse3, Encoding.sse4,
    ].flatMap { $0 }
    for row in rows {
      // What is in two maps has the older form.
      guard row.attributes.instructionSet.isSubset(of: .ofHost), !excluded.contains(row.operation),
        row.operation != .pextrw || row.opcode < 0x10000, let (side, form) = form(of: row)
      else { continue }
      let place = (Int(row.operation.rawValue) * 3 + side.rawValue) * 2 + (form.isMMX ? 1 : 0)
      table[place] = form
      table[place].isShared = mayTouchMMX(row.operation)
    }
    return table
  }()

  private static func form(of row: Encoding) -> (Side, VectorForm)? {
    let (first, second, third, _) = row.operands
    var form = VectorForm()
    form.exists = true
    form.opcode = UInt8(truncatingIfNeeded: row.opcode)
    if row.opcode > 0xffff { form.map = UInt8(truncatingIfNeeded: row.opcode >> 8) }
    form.isMMX = mmx.contains(first.kind) || mmx.contains(second.kind)
    if row.attributes.contains(.x66) { form.prefix = 0x66 }
    if row.attributes.contains(.f3) { form.prefix = 0xf3 }
    if row.attributes.contains(.f2) { form.prefix = 0xf2 }
    form.hasImmediate = third.kind == .immediate
    switch (wide(first.kind), wide(second.kind)) {
    case (.xmm, .xmmRM), (.xmm, .xmmRegister), (.xmm, .memory), (.xmm, .rm), (.reg, .xmmRM), (.reg, .xmmRegister):
      form.isRegGeneral = first.kind == .reg
      form.isRMGeneral = second.kind == .rm
      switch row.operation {
      case .lddqu: form.size = 16
      // Of the MMX forms half of what they read counts.
      case .punpcklbw, .punpcklwd, .punpckldq: form.size = form.isMMX ? 8 : 16
      default: form.size = UInt8(second.memoryWidth.bytes.1)
      }
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

  /// MMX registers are encoded as XMM registers are.
  private static func wide(_ kind: EncodingOperand.Kind) -> EncodingOperand.Kind {
    switch kind {
    case .mmx: .xmm
    case .mmxRM: .xmmRM
    case .mmxRegister: .xmmRegister
    default: kind
    }
  }
}

extension Instruction {
  /// How the host encodes it; nil where it is no MMX or SSE instruction that it has.
  var vectorForm: VectorForm? {
    guard operation.rawValue > Operation.fxrstor.rawValue else { return nil }
    let side: VectorForm.Side
    switch operation {
    case .movd: side = c == 1 ? .destination : .source
    default:
      side = memory == .first ? .destination : memory == .none && isVectorShift ? .shifted : .source
    }
    if size == 8 {
      let form = VectorForm.of(operation, side, isMMX: true)
      if form.exists { return form }
    }
    let form = VectorForm.of(operation, side)
    return form.exists && (!form.isShared || size == 16) ? form : nil
  }

  /// Whether it shifts an XMM register by an immediate.
  private var isVectorShift: Bool { flags.contains(.immediate) && VectorForm.of(operation, .shifted).exists }

  /// Whether the host's x87 registers have to be the guest's for it.
  var needsX87: Bool { isHostX87 || vectorForm?.isMMX == true }

  /// Whether its 16 bytes in memory may lie anywhere.
  var mayBeUnaligned: Bool {
    switch operation {
    case .movups, .movupd, .movdqu, .lddqu: true
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

  /// Whether its handler looks at the x87's registers, or at what says whether they may be used.
  var touchesX87: Bool {
    guard operation.rawValue >= Operation.fadd.rawValue else { return isFloatingControl }
    if let form = vectorForm { return form.isMMX }
    return operation.rawValue <= Operation.fxrstor.rawValue || VectorForm.mayTouchMMX(operation)
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
