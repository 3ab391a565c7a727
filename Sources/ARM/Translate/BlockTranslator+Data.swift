import Emit

/// Data processing.
extension BlockTranslator {
  /// A second operand that is ready.
  enum Second {
    case value(UInt32)
    case operand(HostOperand)
  }

  /// An operation of data processing whose result is not r15; `flags` are what the host's were before.
  mutating func data(_ op: Op, _ index: Int, _ flags: HostFlags) {
    let i = op.pointee
    let updates = i.flags.contains(.updates)
    if !updates, dataWithoutFlags(op, into: Layout.pinned(i.rd)) { return }
    if i.isTest, postpones(op, index) { return }
    let savesShifterCarry = updates && i.isLogical && isLive(index, .c)
    // A shift by nothing leaves it as it is.
    if savesShifterCarry, i.isShiftedByRegister { materialize(.c) }
    host = .none
    let target = i.isTest ? nil : Layout.pinned(i.rd)
    // A shifted operand is made where the result goes, where it can stay there.
    let isFree = target != nil && (i.operation == .mov || i.operation == .mvn || isCommutative(i) && i.rn != i.rd)
    let second = second(op, savesCarry: savesShifterCarry, into: isFree ? target : nil)
    if updates, i.isLogical, i.madeFlags.contains(.c), !isConditional {
      sources.carry = savesShifterCarry ? .core : .dead
    }
    var isSecondTarget = false
    if case .operand(let operand) = second, let target { isSecondTarget = operand == .register(target) }
    switch i.operation {
    case .mov, .mvn:
      let result = target ?? .rax
      switch second {
      case .value(let value):
        a.move(result, i.operation == .mov ? value : ~value)
      case .operand(let operand):
        if operand != .register(result) { a.load(result, operand) }
        if i.operation == .mvn { a.unary(.not, .register(result)) }
      }
      if updates { settle(op, index, result, .logical) }
      host = .none
      set(i.rd, result)
      return
    case .adc, .sbc, .rsc:
      let isReady =
        switch i.shift {
        case .immediate, .none: true
        default: false
        }
      return withCarry(op, index, second, isReady ? flags : .none)
    default: break
    }
    if isSecondTarget, isCommutative(i), i.rn != CPU.pc, let target {
      a.arithmetic(hostOperation(i), target, operand(i.rn))
      return finish(op, index, target, i.isLogical ? .logical : .sum)
    }
    // The first operand is where the result goes, where the second is not there.
    let result = isSecondTarget ? .rax : target ?? .rax
    switch i.operation {
    case .rsb:
      let acc: HostRegister = result
      switch second {
      case .value(let value):
        if i.rn != CPU.pc, operand(i.rn) == .register(acc) {
          a.load(.rcx, operand(i.rn))
          a.move(acc, value)
          a.arithmetic(.sub, acc, .rcx)
        } else {
          a.move(acc, value)
          subtractFirst(acc, op)
        }
      case .operand(let source):
        if i.rn != CPU.pc, operand(i.rn) == .register(acc) {
          a.load(.rdx, operand(i.rn))
          if source != .register(acc) { a.load(acc, source) }
          a.arithmetic(.sub, acc, .rdx)
        } else {
          if source != .register(acc) { a.load(acc, source) }
          subtractFirst(acc, op)
        }
      }
      finish(op, index, acc, .difference)
    case .sub, .cmp:
      if i.isTest, !isLive(index, [.n, .z]), i.rn != CPU.pc, let first = Layout.pinned(i.rn) {
        apply(.cmp, first, second)
      } else {
        get(result, i.rn, op)
        apply(.sub, result, second)
      }
      finish(op, index, result, .difference)
    case .add, .cmn:
      get(result, i.rn, op)
      apply(.add, result, second)
      finish(op, index, result, .sum)
    case .bic:
      if case .operand(let source) = second {
        if source != .register(.rcx) { a.load(.rcx, source) }
        a.unary(.not, .register(.rcx))
        get(result, i.rn, op)
        a.arithmetic(.and, result, .rcx)
      } else if case .value(let value) = second {
        get(result, i.rn, op)
        a.arithmetic(.and, result, Int32(bitPattern: ~value))
      }
      finish(op, index, result, .logical)
    default:
      get(result, i.rn, op)
      apply(hostOperation(i), result, second)
      finish(op, index, result, .logical)
    }
  }

  private func isCommutative(_ i: Instruction) -> Bool {
    switch i.operation {
    case .and, .eor, .orr, .add: true
    default: false
    }
  }

  private func hostOperation(_ i: Instruction) -> HostArithmetic {
    switch i.operation {
    case .and, .tst: .and
    case .eor, .teq: .xor
    case .add, .cmn: .add
    default: .or
    }
  }

  mutating func subtractFirst(_ acc: HostRegister, _ op: Op) {
    if op.pointee.rn == CPU.pc {
      a.arithmetic(.sub, acc, Int32(bitPattern: programCounter(op)))
    } else {
      a.arithmetic(.sub, acc, operand(op.pointee.rn))
    }
  }

  mutating func apply(_ operation: HostArithmetic, _ register: HostRegister, _ second: Second) {
    switch second {
    case .value(let value): a.arithmetic(operation, register, Int32(bitPattern: value))
    case .operand(let operand): a.arithmetic(operation, register, operand)
    }
  }

  /// ADC, SBC and RSC. `flags` are what the host's still are: the carry may be among them.
  private mutating func withCarry(_ op: Op, _ index: Int, _ second: Second, _ flags: HostFlags) {
    let i = op.pointee
    // The flags must be left alone from here on, but for the carry itself.
    if i.operation == .rsc {
      switch second {
      case .value(let value): a.move(.rax, value)
      case .operand(let source): a.load(.rax, source)
      }
      get(.rdx, i.rn, op)
    } else {
      get(.rax, i.rn, op)
    }
    let isSum = i.operation == .adc
    switch (flags, isSum) {
    case (.sum, true), (.difference, false): break
    case (.sum, false), (.difference, true): a.plain(.complementCarry)
    // A byte, as it was stored: below 1 it is a borrow.
    default:
      a.arithmetic(.cmp, .memory(Layout.core, Layout.carry), 1, width: .byte)
      if isSum { a.plain(.complementCarry) }
    }
    if i.operation == .rsc {
      a.arithmetic(.sbb, .rax, .rdx)
    } else {
      apply(isSum ? .adc : .sbb, .rax, second)
    }
    finish(op, index, .rax, isSum ? .sum : .difference)
  }

  /// Writes the result and the flags that are asked for; the host's are those of the operation.
  private mutating func finish(_ op: Op, _ index: Int, _ result: HostRegister, _ flags: HostFlags) {
    let i = op.pointee
    if i.flags.contains(.updates) {
      settle(op, index, result, flags)
    } else {
      host = .none
    }
    if !i.isTest { set(i.rd, result) }
  }

  /// Whether `lea` or a move can do it.
  private func isWithoutFlags(_ i: Instruction) -> Bool {
    switch (i.operation, i.shift) {
    case (.mov, .immediate), (.mvn, .immediate), (.mov, .none): return true
    case (.add, .immediate), (.sub, .immediate): return i.rn == CPU.pc || Layout.pinned(i.rn) != nil
    case (.add, .none), (.add, .lsl):
      return i.amount <= 3 && i.rn != CPU.pc && i.rm != CPU.pc && Layout.pinned(i.rn) != nil
        && Layout.pinned(i.rm) != nil
    default: return false
    }
  }

  /// What `lea` and moves can do: the host's flags stay.
  private mutating func dataWithoutFlags(_ op: Op, into target: HostRegister?) -> Bool {
    let i = op.pointee
    guard let target, isWithoutFlags(i) else { return false }
    switch (i.operation, i.shift) {
    case (.mov, .none): get(target, i.rm, op)
    case (.mov, _): a.move(target, i.immediate)
    case (.mvn, _): a.move(target, ~i.immediate)
    case (_, .immediate):
      let value = i.operation == .add ? i.immediate : 0 &- i.immediate
      if i.rn == CPU.pc {
        a.move(target, programCounter(op) &+ value)
      } else if let first = Layout.pinned(i.rn) {
        a.address(target, .memory(first, Int(Int32(bitPattern: value))))
      }
    default:
      guard let first = Layout.pinned(i.rn), let other = Layout.pinned(i.rm) else { return false }
      a.address(target, .memory(first, index: other, scale: i.shift == .none ? 0 : i.amount))
    }
    return true
  }

  /// One instruction behind `condition`, by the host's conditional move, if it can be that.
  mutating func moveIf(_ condition: UInt8, _ op: Op) -> Bool {
    let i = op.pointee
    guard i.isData, !i.isTest, !i.flags.contains(.updates), i.rd != CPU.pc, let target = Layout.pinned(i.rd),
      isWithoutFlags(i), let holds = single(condition)
    else { return false }
    if i.operation == .mov, i.shift == .none, i.rm != CPU.pc {
      a.move(if: holds, target, operand(i.rm))
    } else {
      _ = dataWithoutFlags(op, into: .rax)
      a.move(if: holds, target, .register(.rax))
    }
    forgetPages(i)
    return true
  }

  /// A result for r15: a jump in the present state.
  mutating func dataJump(_ op: Op) {
    let i = op.pointee
    let second = second(op, savesCarry: false)
    switch i.operation {
    case .mov, .mvn:
      switch second {
      case .value(let value): a.move(.rax, value)
      case .operand(let source): a.load(.rax, source)
      }
      if i.operation == .mvn { a.unary(.not, .register(.rax)) }
    case .rsb, .rsc:
      switch second {
      case .value(let value): a.move(.rax, value)
      case .operand(let source): a.load(.rax, source)
      }
      get(.rdx, i.rn, op)
      if i.operation == .rsc { a.arithmetic(.cmp, .memory(Layout.core, Layout.carry), 1, width: .byte) }
      a.arithmetic(i.operation == .rsb ? .sub : .sbb, .rax, .rdx)
    case .bic:
      switch second {
      case .value(let value): a.move(.rcx, value)
      case .operand(let source): if source != .register(.rcx) { a.load(.rcx, source) }
      }
      a.unary(.not, .register(.rcx))
      get(.rax, i.rn, op)
      a.arithmetic(.and, .rax, .rcx)
    default:
      get(.rax, i.rn, op)
      if i.operation == .adc || i.operation == .sbc {
        a.arithmetic(.cmp, .memory(Layout.core, Layout.carry), 1, width: .byte)
        if i.operation == .adc { a.plain(.complementCarry) }
      }
      let operation: HostArithmetic =
        switch i.operation {
        case .and: .and
        case .eor: .xor
        case .orr: .or
        case .add: .add
        case .adc: .adc
        case .sub: .sub
        default: .sbb
        }
      apply(operation, .rax, second)
    }
    a.arithmetic(.and, .rax, isThumb ? ~1 : ~3)
    if isThumb { a.arithmetic(.or, .rax, 1) }
    goOnComputed()
  }

  // MARK: The second operand

  /// Prepares the second operand: in `target`, or rcx, where it has to be made; rdx is used, too. rax stays.
  ///
  /// - Parameter savesCarry: the shifter's carry goes to the core.
  mutating func second(_ op: Op, savesCarry: Bool, into target: HostRegister? = nil) -> Second {
    let i = op.pointee
    let carry = HostOperand.memory(Layout.core, Layout.carry)
    let place = target ?? .rcx
    if savesCarry, i.isShiftedByRegister {
      shiftSavingCarry(op)
      return .operand(.register(.rcx))
    }
    switch i.shift {
    case .immediate:
      if savesCarry, i.amount != 0 { a.store(carry, Int32(i.immediate >> 31), width: .byte) }
      return .value(i.immediate)
    case .none:
      return i.rm == CPU.pc ? .value(programCounter(op)) : .operand(operand(i.rm))
    case .lsl, .lsr, .asr, .ror:
      get(place, i.rm, op)
      if i.amount == 32 {
        if savesCarry {
          a.testBit(.register(place), 31)
          a.set(.below, carry)
        }
        if i.shift == .asr { a.shift(.sar, .register(place), 31) } else { a.arithmetic(.xor, place, place) }
        return .operand(.register(place))
      }
      let shift: HostShift =
        switch i.shift {
        case .lsl: .shl
        case .lsr: .shr
        case .asr: .sar
        default: .ror
        }
      a.shift(shift, .register(place), i.amount)
      if savesCarry { a.set(.below, carry) }
      return .operand(.register(place))
    case .rrx:
      get(place, i.rm, op)
      a.arithmetic(.cmp, carry, 1, width: .byte)
      a.plain(.complementCarry)
      a.shift(.rcr, .register(place), 1)
      if savesCarry { a.set(.below, carry) }
      return .operand(.register(place))
    case .lslRegister, .lsrRegister:
      get(.rdx, i.rm, op)
      get(.rcx, i.rs, op)
      a.shift(i.shift == .lslRegister ? .shl : .shr, .register(.rdx))
      // From 32 on nothing is left.
      a.arithmetic(.cmp, .register(.rcx), 32, width: .byte)
      a.arithmetic(.sbb, .rcx, .rcx)
      a.arithmetic(.and, .rcx, .rdx)
    case .asrRegister:
      get(.rcx, i.rs, op)
      a.move(.rdx, 31 as UInt32)
      a.arithmetic(.cmp, .register(.rcx), 31, width: .byte)
      a.move(if: .above, .rcx, .register(.rdx))
      get(.rdx, i.rm, op)
      a.shift(.sar, .register(.rdx))
      a.move(.rcx, .rdx)
    case .rorRegister:
      get(.rdx, i.rm, op)
      get(.rcx, i.rs, op)
      a.shift(.ror, .register(.rdx))
      a.move(.rcx, .rdx)
    }
    return .operand(.register(.rcx))
  }
}
