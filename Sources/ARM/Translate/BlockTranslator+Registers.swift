import Emit

/// Guest registers and flags.
extension BlockTranslator {
  /// The condition flags as the host has them in its own, as long as they are those of the guest.
  enum HostFlags {
    case none
    /// After an addition: all four.
    case sum
    /// After a subtraction: all four, C inverted.
    case difference
    /// N and Z only.
    case logical
  }

  /// Where the register at `place` is; not for r15.
  @inline(__always)
  func operand(_ place: UInt8) -> HostOperand {
    if let register = Layout.pinned(place) { return .register(register) }
    return .memory(Layout.core, Int(place))
  }

  /// `register` = the guest's at `place`, which in r15's case is what it reads as. The host's flags stay.
  mutating func get(_ register: HostRegister, _ place: UInt8, _ op: Op) {
    if place == CPU.pc { return a.move(register, programCounter(op)) }
    if Layout.pinned(place) == register { return }
    a.load(register, operand(place))
  }

  /// The guest's register at `place` = `register`.
  mutating func set(_ place: UInt8, _ register: HostRegister) {
    if Layout.pinned(place) == register { return }
    a.store(operand(place), register)
  }

  /// The guest's register at `place` = `value`. The host's flags stay.
  mutating func set(_ place: UInt8, _ value: UInt32) {
    if let register = Layout.pinned(place) {
      a.move(register, value)
    } else {
      a.store(.memory(Layout.core, Int(place)), Int32(bitPattern: value))
    }
  }

  // MARK: Conditions

  /// Jumps that are taken where a condition does not hold.
  struct Skips {
    var fixups: [HostFixup]
    /// Whether the host's flags were asked, and stayed.
    var isHost = false
  }

  /// What flags of the host's say of `condition`, if they do.
  private static func hostCondition(_ host: HostFlags, _ condition: UInt8) -> HostCondition? {
    switch (host, condition) {
    case (.none, _): nil
    case (_, 0): .equal
    case (_, 1): .notEqual
    case (_, 4): .sign
    case (_, 5): .notSign
    case (.logical, _): nil
    case (_, 6): .overflow
    case (_, 7): .notOverflow
    case (_, 10): .greaterOrEqual
    case (_, 11): .less
    case (_, 12): .greater
    case (_, 13): .lessOrEqual
    case (.difference, 2): .aboveOrEqual
    case (.difference, 3): .below
    case (.difference, 8): .above
    case (.difference, 9): .belowOrEqual
    case (.sum, 2): .below
    case (.sum, 3): .aboveOrEqual
    default: nil
    }
  }

  /// Asks the core's flags for a condition that one comparison decides.
  private mutating func compare(_ condition: UInt8) -> HostCondition? {
    switch condition {
    case 0, 1:
      a.arithmetic(.cmp, .memory(Layout.core, Layout.zero), 0)
      return condition == 0 ? .equal : .notEqual
    case 2, 3:
      a.arithmetic(.cmp, .memory(Layout.core, Layout.carry), 0, width: .byte)
      return condition == 2 ? .notEqual : .equal
    case 4, 5:
      a.arithmetic(.cmp, .memory(Layout.core, Layout.negative), 0)
      return condition == 4 ? .sign : .notSign
    case 6, 7:
      a.arithmetic(.cmp, .memory(Layout.core, Layout.overflow), 0, width: .byte)
      return condition == 6 ? .notEqual : .equal
    case 10, 11:
      compareSigns()
      return condition == 10 ? .equal : .notEqual
    default: return nil
    }
  }

  /// Equal where N is V.
  private mutating func compareSigns() {
    a.load(.rax, .memory(Layout.core, Layout.negative))
    a.shift(.shr, .register(.rax), 31)
    a.arithmetic(.cmp, .rax, .memory(Layout.core, Layout.overflow), width: .byte)
  }

  /// A condition that one jump of the host's decides, and makes it so. Where there is none, the core has all flags
  /// that are asked for.
  mutating func single(_ condition: UInt8) -> HostCondition? {
    if let known = Self.hostCondition(host, condition) { return known }
    let use = FlagUse.read(by: condition)
    if let source = sources.common(use) {
      if source.kind == .floating {
        host = .none
        return testFloating(condition)
      }
      let kind = make(source, needsResult: false)
      host = kind == .logical || sources.flags(from: source) == .all ? kind : .none
      if let known = Self.hostCondition(kind, condition) { return known }
    }
    materialize(use)
    if let known = Self.hostCondition(host, condition) { return known }
    host = .none
    return compare(condition)
  }

  /// Jumps where `condition` does not hold.
  mutating func jump(unless condition: UInt8) -> Skips {
    if let known = single(condition) {
      return Skips(fixups: [a.jump(if: known.inverted)], isHost: host != .none)
    }
    var skips: [HostFixup] = []
    let isFirst = condition == 8 || condition == 12
    if condition < 10 {
      // HI: C and not Z; LS: the opposite.
      a.arithmetic(.cmp, .memory(Layout.core, Layout.carry), 0, width: .byte)
      let first = a.jump(if: .equal)
      a.arithmetic(.cmp, .memory(Layout.core, Layout.zero), 0)
      skips.append(a.jump(if: isFirst ? .equal : .notEqual))
      if isFirst { skips.append(first) } else { a.bind(first) }
    } else {
      // GT: not Z, and N is V; LE: the opposite.
      a.arithmetic(.cmp, .memory(Layout.core, Layout.zero), 0)
      let first = a.jump(if: .equal)
      compareSigns()
      skips.append(a.jump(if: isFirst ? .notEqual : .equal))
      if isFirst { skips.append(first) } else { a.bind(first) }
    }
    return Skips(fixups: skips)
  }
}
