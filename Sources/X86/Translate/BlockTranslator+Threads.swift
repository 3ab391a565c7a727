import Emit

/// What other CPUs, which execute on threads of their own, make necessary.
///
/// Both hosts and guests of this kind keep loads and stores in order but for loads that come before earlier stores, so that
/// plain ones stay what they are.
extension BlockTranslator {
  /// Whether the instruction is to be one step for all CPUs.
  func isLocked(_ op: Op) -> Bool {
    isParallel && op.pointee.memory != .none && op.pointee.flags.contains(.lock)
  }

  /// LOCK for the host's instruction that comes next, where the guest's has it.
  mutating func lock(_ op: Op) {
    if isLocked(op) { a.lock() }
  }

  /// Leaves an operand that is to be changed in one step, and is in two lines of the host's cache, to the interpreter.
  mutating func keepInLine(_ operand: HostOperand, size: Int) {
    guard size > 1 else { return }
    a.address(.r11, operand)
    a.arithmetic(.and, .r11, 63)
    a.arithmetic(.cmp, .r11, Int32(64 - size))
    slow.append(a.jump(if: .above))
  }

  /// Looks whether there is a reason to leave host code.
  ///
  /// - Returns: the jump that is taken then.
  mutating func jumpIfPending() -> HostFixup {
    a.arithmetic(.cmp, .memory(Layout.core, Layout.pending), 0)
    return a.jump(if: .notEqual)
  }
}
