import Emit

/// Multiplies, saturated arithmetic, and shifts whose carry is asked for.
extension BlockTranslator {
  /// Multiplies, saturated arithmetic and CLZ.
  mutating func multiply(_ op: Op, _ index: Int) {
    let i = op.pointee
    let updates = i.flags.contains(.updates)
    switch i.operation {
    case .mul, .mla:
      // In place, where that overwrites no operand too soon.
      let isInPlace = i.rd != i.rs && !(i.operation == .mla && i.rd == i.rn)
      let result = isInPlace ? Layout.pinned(i.rd) ?? .rax : .rax
      get(result, i.rm, op)
      a.multiply(result, operand(i.rs))
      if i.operation == .mla { a.arithmetic(.add, result, operand(i.rn)) }
      if updates { settle(op, index, result, .logical) }
      host = .none
      set(i.rd, result)
    case .smul:
      getHalf(.rax, i.rm, top: i.flags.contains(.topM))
      getHalf(.rcx, i.rs, top: i.flags.contains(.topS))
      a.multiply(.rax, .register(.rcx))
      set(i.rd, .rax)
    case .smulw:
      getHalf(.rcx, i.rs, top: i.flags.contains(.topS))
      get(.rax, i.rm, op)
      a.unary(.imul, .register(.rcx))
      // Bits 16 to 47 of rdx and rax.
      a.shift(.shr, .register(.rax), 16)
      a.shift(.shl, .register(.rdx), 16)
      a.arithmetic(.or, .rax, .rdx)
      set(i.rd, .rax)
    case .smlalHalf:
      getHalf(.rax, i.rm, top: i.flags.contains(.topM))
      getHalf(.rcx, i.rs, top: i.flags.contains(.topS))
      a.unary(.imul, .register(.rcx))
      a.arithmetic(.add, .rax, operand(i.rn))
      a.arithmetic(.adc, .rdx, operand(i.rd))
      set(i.rn, .rax)
      set(i.rd, .rdx)
    case .smla, .smlaw:
      getHalf(.rcx, i.rs, top: i.flags.contains(.topS))
      if i.operation == .smla {
        getHalf(.rax, i.rm, top: i.flags.contains(.topM))
        a.multiply(.rax, .register(.rcx))
      } else {
        get(.rax, i.rm, op)
        a.unary(.imul, .register(.rcx))
        a.shift(.shr, .register(.rax), 16)
        a.shift(.shl, .register(.rdx), 16)
        a.arithmetic(.or, .rax, .rdx)
      }
      a.arithmetic(.add, .rax, operand(i.rn))
      let fits = a.jump(if: .notOverflow)
      setSticky()
      a.bind(fits)
      set(i.rd, .rax)
    case .qadd, .qsub, .qdadd, .qdsub:
      get(.rcx, i.rn, op)
      if i.operation == .qdadd || i.operation == .qdsub {
        a.arithmetic(.add, .rcx, .rcx)
        saturate(.rcx)
      }
      get(.rax, i.rm, op)
      a.arithmetic(i.operation == .qadd || i.operation == .qdadd ? .add : .sub, .rax, .rcx)
      saturate(.rax)
      set(i.rd, .rax)
    case .clz:
      a.scanReverse(.rax, operand(i.rm))
      a.move(.rcx, 63 as UInt32)
      a.move(if: .equal, .rax, .register(.rcx))
      a.arithmetic(.xor, .rax, 31)
      set(i.rd, .rax)
    default:
      get(.rax, i.rm, op)
      let isSigned = i.operation == .smull || i.operation == .smlal
      a.unary(isSigned ? .imul : .mul, operand(i.rs))
      if i.operation == .umlal || i.operation == .smlal {
        a.arithmetic(.add, .rax, operand(i.rn))
        a.arithmetic(.adc, .rdx, operand(i.rd))
      }
      if updates {
        if isLive(index, .n) { a.store(.memory(Layout.core, Layout.negative), .rdx) }
        if isLive(index, .z) {
          a.move(.rcx, .rax)
          a.arithmetic(.or, .rcx, .rdx)
          a.store(.memory(Layout.core, Layout.zero), .rcx)
        }
        if !isConditional { sources.result = .core }
      }
      // Of two equal destinations the upper half wins.
      set(i.rn, .rax)
      set(i.rd, .rdx)
    }
  }

  /// Q, which no condition asks for.
  private mutating func setSticky() {
    a.bit(.set, .memory(Layout.core, Layout.status), UInt8(Flag.q.trailingZeroBitCount))
  }

  /// Where the operation before has overflowed, `register` = what is nearest to its result, and Q is set.
  private mutating func saturate(_ register: HostRegister) {
    let fits = a.jump(if: .notOverflow)
    // The sign is the wrong one.
    a.shift(.sar, .register(register), 31)
    a.arithmetic(.xor, register, .min)
    setSticky()
    a.bind(fits)
  }

  private mutating func getHalf(_ register: HostRegister, _ place: UInt8, top: Bool) {
    if top {
      a.load(register, operand(place))
      a.shift(.sar, .register(register), 16)
    } else {
      a.load(register, operand(place), width: .half, isSigned: true)
    }
  }

  /// ecx = the second operand, shifted by a register, and the shifter's carry in the core, where it has one: not where it
  /// is shifted by nothing. rdx is used, rax stays.
  mutating func shiftSavingCarry(_ op: Op) {
    let i = op.pointee
    get(.rdx, i.rm, op)
    get(.rcx, i.rs, op)
    a.load(.rcx, .register(.rcx), width: .byte)
    // One bit more than there are, at the end that is shifted out.
    switch i.shift {
    case .lsrRegister: a.shift(.shl, .register(.rdx), 1, width: .double)
    case .asrRegister:
      a.shift(.shl, .register(.rdx), 32, width: .double)
      a.shift(.sar, .register(.rdx), 31, width: .double)
    default: break
    }
    if i.shift == .rorRegister {
      a.shift(.ror, .register(.rdx))
    } else {
      // From 33 on all is as for 33, and from 64 on the host would begin anew.
      a.arithmetic(.cmp, .rcx, 33)
      let isSmall = a.jump(if: .belowOrEqual)
      a.move(.rcx, 33 as UInt32)
      a.bind(isSmall)
      let shift: HostShift = i.shift == .lslRegister ? .shl : i.shift == .lsrRegister ? .shr : .sar
      a.shift(shift, .register(.rdx), width: .double)
    }
    a.test(.register(.rcx), .rcx)
    let isNothing = a.jump(if: .equal)
    let carry: UInt8 = i.shift == .lslRegister ? 32 : i.shift == .rorRegister ? 31 : 0
    a.testBit(.register(.rdx), carry, width: .double)
    a.set(.below, .memory(Layout.core, Layout.carry))
    a.bind(isNothing)
    if carry == 0 { a.shift(.shr, .register(.rdx), 1, width: .double) }
    a.move(.rcx, .rdx)
  }
}
