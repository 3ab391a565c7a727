import Emit

/// Condition flags: where they are, and making them when they are wanted.
extension BlockTranslator {
  private func op(_ source: FlagSource) -> Op {
    UnsafePointer(parts[Int(source.part)].block.pointee.instructions + Int(source.index))
  }

  /// The registers that flags are made from, a bit each.
  private func inputs(_ source: FlagSource) -> UInt16 {
    guard source.isPending, source.kind != .floating else { return 0 }
    let i = op(source).pointee
    let d: UInt16 = 1 << UInt16(i.rd >> 2)
    if source.kind == .result { return d }
    var registers: UInt16 = 1 << UInt16(i.rn >> 2)
    if i.shift != .immediate { registers |= 1 << UInt16(i.rm >> 2) }
    return registers
  }

  /// Flags that cannot be made any more once the instruction has been executed.
  private func flags(lostBy i: Instruction) -> FlagUse {
    let registers = i.writtenRegisters
    let isComparison = i.isFloatingComparison
    func isLost(_ source: FlagSource) -> Bool {
      inputs(source) & registers != 0 || isComparison && source.kind == .floating
    }
    var flags: FlagUse = []
    if isLost(sources.result) { flags.formUnion([.n, .z]) }
    if isLost(sources.carry) { flags.insert(.c) }
    if isLost(sources.overflow) { flags.insert(.v) }
    return flags
  }

  /// Makes flags whose making the instruction would prevent, as far as they are asked for behind it, or by itself.
  mutating func prepare(_ index: Int) {
    let i = op(index).pointee
    var kept = parts[part].live[index]
    if i.condition == 14 { kept.subtract(i.surelyMadeFlags) }
    var wanted = flags(lostBy: i).intersection(kept)
    if i.readsCarry, sources.carry.isPending, isConditional || !isCarryAtHand(i) { wanted.insert(.c) }
    if i.condition < 14, i.readsCarry, sources.carry.isPending { wanted.insert(.c) }
    if !wanted.isEmpty { materialize(wanted) }
  }

  /// Whether ADC and the like can take the carry from the host's flags.
  private func isCarryAtHand(_ i: Instruction) -> Bool {
    guard host == .sum || host == .difference else { return false }
    return i.shift == .immediate || i.shift == .none
  }

  /// Forgets flags that can no longer be made after instruction `index`; nothing asks for them.
  mutating func forgetDead(_ index: Int) {
    sources.set(flags(lostBy: op(index).pointee), .dead)
  }

  // MARK: Setting

  /// Instruction `index` has made `flags`, which the host has; `result` is what it made them of.
  mutating func settle(_ op: Op, _ index: Int, _ result: HostRegister, _ flags: HostFlags) {
    let i = op.pointee
    let made: FlagUse = flags == .logical ? [.n, .z] : .all
    if !isConditional, let kind = i.laziness {
      sources.set(
        made,
        FlagSource(kind: kind, part: UInt8(truncatingIfNeeded: part), index: UInt8(truncatingIfNeeded: index)))
    } else {
      saveResult(result, index)
      if flags != .logical { saveCarry(index, inverted: flags == .difference) }
      sources.set(made, .core)
    }
    host = flags
  }

  /// Whether the instruction, a test, can wait until somebody asks for its flags.
  mutating func postpones(_ op: Op, _ index: Int) -> Bool {
    let i = op.pointee
    guard !isConditional, i.laziness != nil else { return false }
    var made: FlagUse = .all
    if i.isLogical {
      made = [.n, .z]
      if i.madeFlags.contains(.c), isLive(index, .c) {
        guard i.shift == .immediate else { return false }
        a.store(.memory(Layout.core, Layout.carry), Int32(i.immediate >> 31), width: .byte)
        sources.carry = .core
      }
    }
    sources.set(
      made,
      FlagSource(kind: .operands, part: UInt8(truncatingIfNeeded: part), index: UInt8(truncatingIfNeeded: index)))
    host = .none
    return true
  }

  // MARK: Making

  /// Makes `flags`, as far as they are pending, and puts them into the core.
  mutating func materialize(_ flags: FlagUse) {
    let wanted = flags.intersection(sources.pending)
    guard !wanted.isEmpty else { return }
    let before = sources
    let kind = save(wanted, before)
    if !wanted.isDisjoint(with: [.n, .z]) { sources.result = .core }
    if wanted.contains(.c) { sources.carry = .core }
    if wanted.contains(.v) { sources.overflow = .core }
    host = kind
  }

  /// Makes those `flags` that are pending in `sources` and puts them into the core. eax, ecx and edx are used.
  ///
  /// - Returns: what the host's flags are of the guest's then.
  @discardableResult
  mutating func save(_ flags: FlagUse, _ sources: FlagSources) -> HostFlags {
    var left = flags.intersection(sources.pending)
    if !left.isDisjoint(with: [.n, .z]) { left.formUnion([.n, .z]) }
    var kind = HostFlags.none
    while !left.isEmpty {
      let source =
        !left.isDisjoint(with: [.n, .z])
        ? sources.result : left.contains(.c) ? sources.carry : sources.overflow
      let all = sources.flags(from: source)
      let now = all.intersection(left)
      left.subtract(now)
      let isResult = !now.isDisjoint(with: [.n, .z])
      if source.kind == .floating {
        saveFloating(now)
        kind = .none
        continue
      }
      kind = make(source, needsResult: isResult)
      if isResult {
        a.store(.memory(Layout.core, Layout.negative), .rax)
        a.store(.memory(Layout.core, Layout.zero), .rax)
      }
      if now.contains(.c) { a.set(kind == .difference ? .aboveOrEqual : .below, .memory(Layout.core, Layout.carry)) }
      if now.contains(.v) { a.set(.overflow, .memory(Layout.core, Layout.overflow)) }
      // Others' flags are not the host's.
      if kind != .logical, all != .all { kind = .none }
      if kind == .logical, !isResult { kind = .none }
    }
    return kind
  }

  /// Has the host make the flags of `source` once more; with `needsResult` eax is the result. eax, ecx and edx are
  /// used.
  mutating func make(_ source: FlagSource, needsResult: Bool) -> HostFlags {
    let present = pc
    defer { pc = present }
    pc = parts[Int(source.part)].pc
    let op = op(source)
    let i = op.pointee
    if source.kind == .result {
      if let register = Layout.pinned(i.rd) {
        a.test(.register(register), register)
        if needsResult { a.move(.rax, register) }
      } else {
        a.load(.rax, operand(i.rd))
        a.test(.register(.rax), .rax)
      }
      return .logical
    }
    let second = second(op, savesCarry: false)
    let first = i.rn == CPU.pc ? nil : Layout.pinned(i.rn)
    switch i.operation {
    case .sub, .cmp:
      if source.kind == .operands, !needsResult, let first {
        apply(.cmp, first, second)
        return .difference
      }
      get(.rax, i.rn, op)
      if source.kind == .undone { apply(.add, .rax, second) }
      apply(needsResult ? .sub : .cmp, .rax, second)
      return .difference
    case .rsb:
      switch second {
      case .value(let value): a.move(.rax, value)
      case .operand(let operand): a.load(.rax, operand)
      }
      subtractFirst(.rax, op)
      return .difference
    case .add, .cmn:
      get(.rax, i.rn, op)
      if source.kind == .undone { apply(.sub, .rax, second) }
      apply(.add, .rax, second)
      return .sum
    case .teq:
      get(.rax, i.rn, op)
      apply(.xor, .rax, second)
      return .logical
    default:
      if !needsResult, let first {
        switch second {
        case .value(let value):
          a.test(.register(first), Int32(bitPattern: value))
          return .logical
        case .operand(let operand):
          a.test(operand, first)
          return .logical
        }
      }
      get(.rax, i.rn, op)
      apply(.and, .rax, second)
      return .logical
    }
  }

  /// Saves what is live after instruction `index` of N and Z of `result`. The host's flags stay.
  mutating func saveResult(_ result: HostRegister, _ index: Int) {
    if isLive(index, .n) { a.store(.memory(Layout.core, Layout.negative), result) }
    if isLive(index, .z) { a.store(.memory(Layout.core, Layout.zero), result) }
  }

  /// Saves what is live of C and V as the host has them after an addition or subtraction. They stay.
  mutating func saveCarry(_ index: Int, inverted: Bool) {
    if isLive(index, .c) { a.set(inverted ? .aboveOrEqual : .below, .memory(Layout.core, Layout.carry)) }
    if isLive(index, .v) { a.set(.overflow, .memory(Layout.core, Layout.overflow)) }
  }
}
