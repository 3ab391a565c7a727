import Emit

/// Floating point and vectors: the guest's own instructions on the host's registers.
///
/// XMM registers and MXCSR, or the x87's registers, become the host's at the first instruction of a block that needs
/// them, if they are not yet, and the guest's state again when translated code is left (XMM registers also around each
/// call of the interpreter). Where that cannot be, for an exception that is not masked or a unit that CR0 keeps from
/// use, the rest of the block is interpreted.
extension BlockTranslator {
  /// The x87 instruction that its instruction pointer shows, and the segment that its data pointer is for.
  struct X87Record: BitwiseCopyable {
    var index: Int
    var segment: UInt8?
  }

  /// Whether instruction `index` is the first to need host registers that are not known to be the guest's.
  func checksFloating(_ op: Op) -> Bool {
    if op.pointee.needsX87 { return !known.contains(.x87) }
    return op.pointee.vectorForm != nil && !known.contains(.sse)
  }

  /// Makes sure that the host's registers are the guest's; the flags are saved.
  private mutating func start(_ index: Int, isX87: Bool) {
    guard !known.contains(isX87 ? .x87 : .sse) else { return }
    loseFlags()
    let live = isX87 ? Layout.isX87Live : Layout.isSSELive
    a.arithmetic(.cmp, .memory(Layout.core, live), 0, width: .byte)
    let fixup = a.jump(if: .equal)
    stubs.append(.start(fixup, index: index, back: a.position, isX87: isX87, before: before))
  }

  // MARK: MMX and SSE

  /// Any instruction with XMM or MMX registers.
  mutating func vector(_ op: Op, _ index: Int, _ form: VectorForm) {
    let i = op.pointee
    start(index, isX87: form.isMMX)
    var rm = HostOperand.register(.rax)
    let isStore = i.memory == .first || i.operation == .movd && i.c == 1
    if i.memory != .none {
      rm = access(op, index, size: Int(form.size), writes: isStore)
      if form.size == 16, !i.mayBeUnaligned {
        a.address(.r11, rm, width: .double)
        a.test(.register(.r11), 15, width: .byte)
        slow.append(a.jump(if: .notEqual))
      }
    } else {
      let number = form.number != 0 || isStore ? i.a : i.b
      rm = .register(form.isRMGeneral ? register(number) : HostRegister(number & 7))
    }
    let reg =
      form.number != 0 ? form.number : form.isRegGeneral ? register(i.a).number : (isStore ? i.b : i.a) & 7
    var immediate: UInt8?
    if form.hasImmediate {
      immediate = UInt8(truncatingIfNeeded: i.immediate)
      switch i.operation {
      case .cmpps, .cmppd, .cmpss, .cmpsdScalar: immediate = immediate.map { $0 & 7 }
      default: break
      }
    }
    a.vector(form.opcode, prefix: form.prefix, map: form.map, register: reg, rm, immediate: immediate)
    switch i.operation {
    case .comiss, .comisd, .ucomiss, .ucomisd, .ptest: place = .host
    default: break
    }
  }

  // MARK: x87

  /// Any x87 instruction.
  mutating func x87(_ op: Op, _ index: Int) {
    let i = op.pointee
    start(index, isX87: true)
    let code = UInt32(truncatingIfNeeded: i.immediate)
    let first = UInt8(0xd8 | (code >> 8 & 7))
    let modRM = UInt8(truncatingIfNeeded: code)
    switch i.operation {
    case .fldcw:
      let operand = access(op, index, size: 2, writes: false)
      a.load(.r11, operand, width: .half)
      a.move(.r12, .r11)
      a.arithmetic(.and, .r12, 0x3f)
      a.arithmetic(.cmp, .r12, 0x3f)
      slow.append(a.jump(if: .notEqual))
      a.arithmetic(.and, .r11, 0x1f3f)
      a.arithmetic(.or, .r11, 0x40)
      a.store(.memory(Layout.core, Layout.x87Control), .r11, width: .half)
      a.x87(0xd9, extension: 5, .memory(Layout.core, Layout.x87Control))
      return
    case .fnstcw:
      let operand = access(op, index, size: 2, writes: true)
      a.load(.r11, .memory(Layout.core, Layout.x87Control), width: .half)
      a.store(operand, .r11, width: .half)
      return
    case .fnstsw:
      if i.memory == .none {
        a.move(.r11, .rax)
        a.x87(0xdf, 0xe0)
        a.loadPart(Layout.register(0), .register(.rax), width: .half)
        a.move(.rax, .r11)
      } else {
        a.x87(0xdd, extension: 7, access(op, index, size: 2, writes: true))
      }
      return
    case .fcmovb, .fcmove, .fcmovbe, .fcmovu, .fcmovnb, .fcmovne, .fcmovnbe, .fcmovnu:
      loadFlags()
      a.x87(first, modRM)
    case .fcomi, .fcomip, .fucomi, .fucomip:
      a.x87(first, modRM)
      // C1 is clear behind it; not all processors do that. The next two do no more.
      a.x87(0xd9, 0xf6)
      a.x87(0xd9, 0xf7)
      place = .host
    case .fstp where i.memory == .none:
      // Of D9 /3, which means the same, processors do not say that the register was empty.
      a.x87(0xdd, 0xd8 | modRM & 7)
    case .fincstp, .fdecstp: return a.x87(first, modRM)
    case .ffree:
      a.x87(first, modRM)
      // As above.
      a.x87(0xd9, 0xf6)
      a.x87(0xd9, 0xf7)
    default:
      guard i.memory != .none else {
        a.x87(first, modRM)
        break
      }
      let operand = access(op, index, size: Int(i.size), writes: i.storesX87)
      address(.r11, op)
      a.store(.memory(Layout.core, Layout.x87Data), .r11, width: .double)
      a.x87(first, extension: modRM >> 3 & 7, operand)
      record = X87Record(index: index, segment: i.segment)
      return
    }
    record = X87Record(index: index, segment: record?.segment)
  }

  /// Writes what the x87's pointers are behind `record`. The host's flags stay; r11 is used.
  mutating func write(_ record: X87Record?) {
    guard let record else { return }
    let op = op(record.index)
    a.move(.r11, pc &+ UInt32(op.pointee.offset))
    a.store(.memory(Layout.core, Layout.x87Instruction), .r11, width: .double)
    a.store(
      .memory(Layout.core, Layout.x87Opcode), Int32(truncatingIfNeeded: op.pointee.immediate & 0x7ff), width: .half)
    a.load(.r11, .memory(Layout.core, Layout.selector(1)), width: .half)
    a.store(.memory(Layout.core, Layout.x87InstructionSelector), .r11, width: .half)
    guard let segment = record.segment else { return }
    a.load(.r11, .memory(Layout.core, Layout.selector(segment)), width: .half)
    a.store(.memory(Layout.core, Layout.x87DataSelector), .r11, width: .half)
  }

  /// LAHF and SAHF.
  mutating func highFlags(_ op: Op) {
    saveFlags()
    place = .saved
    let accumulator = Layout.register(0)
    if op.pointee.operation == .sahf {
      a.move(.r11, accumulator)
      a.arithmetic(.and, .r11, 0xff00)
      a.arithmetic(.and, .rax, 0xff)
      a.arithmetic(.or, .rax, .r11)
    } else {
      // Bit 1 is 1, bits 3 and 5 are 0.
      a.move(.r11, .rax)
      a.arithmetic(.and, .r11, 0xd500)
      a.arithmetic(.or, .r11, 0x200)
      a.arithmetic(.and, accumulator, Int32(bitPattern: 0xffff_00ff))
      a.arithmetic(.or, accumulator, .r11)
    }
  }
}
