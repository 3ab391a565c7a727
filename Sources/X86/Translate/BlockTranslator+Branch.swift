import Emit

/// Where execution goes on.
extension BlockTranslator {
  /// Whether `target` is in the block's page, so that no translation can come between them.
  private func isNear(_ target: UInt32) -> Bool { (target ^ pc) < 0x1000 && block.pointee.secondHost == nil }

  /// Goes on at `target`: in the page by a jump that will be linked, elsewhere by the jump cache.
  mutating func goOn(at target: UInt32) {
    saveFlags()
    if isNear(target) {
      let fixup = a.jump()
      stubs.append(.leave(fixup, target: target, link: link(fixup)))
      return
    }
    let entry = Layout.jumps + Int(Layout.jumpIndex(target)) * 8
    a.move(.r10, target)
    a.arithmetic(.or, .r10, .memory(Layout.core, Layout.jumpTag), width: .double)
    a.arithmetic(.cmp, .r10, .memory(Layout.core, entry), width: .double)
    stubs.append(.miss(a.jump(if: .notEqual), target: target))
    a.jump(.memory(Layout.core, entry + Layout.jumpCode))
  }

  /// Goes on at the address in r10d; the flags are saved.
  private mutating func goOnComputed() {
    TranslationThunks.jumpThroughCache(&a)
    a.jump(if: .notEqual, to: thunks.miss)
    a.jump(.memory(Layout.core, index: .r11, scale: 3, Layout.jumps + Layout.jumpCode))
  }

  /// Where a relative branch leads.
  private func target(_ op: Op) -> UInt32 {
    let sum = nextAddress(op) &+ UInt32(truncatingIfNeeded: op.pointee.immediate)
    return op.pointee.size == 2 ? sum & 0xffff : sum
  }

  /// Goes to the branch's target where `condition` holds, else on behind it.
  private mutating func branch(if condition: HostCondition, _ op: Op) {
    let target = target(op)
    if isNear(target) {
      let fixup = a.jump(if: condition)
      stubs.append(.leave(fixup, target: target, link: link(fixup)))
    } else {
      let skip = a.jump(if: condition.inverted)
      place = .saved
      goOn(at: target)
      a.bind(skip)
    }
    place = .saved
    goOn(at: nextAddress(op))
  }

  /// Any jump that has host code.
  mutating func jump(_ op: Op, _ index: Int) {
    let i = op.pointee
    saveFlags()
    switch i.operation {
    case .jcc: branch(if: condition(i.condition), op)
    case .jcxz:
      let counter = Layout.register(1)
      a.test(.register(counter), counter)
      branch(if: .equal, op)
    case .loop:
      a.arithmetic(.sub, Layout.register(1), 1)
      branch(if: .notEqual, op)
    case .jmp:
      if i.flags.contains(.immediate) { return goOn(at: target(op)) }
      operand(op, index, .r10)
      goOnComputed()
    case .call: call(op, index)
    default: ret(op, index)
    }
  }

  /// `target` = where an indirect jump or call leads.
  private mutating func operand(_ op: Op, _ index: Int, _ target: HostRegister) {
    let i = op.pointee
    let width = width(i.size)
    let source: HostOperand =
      i.memory == .first ? access(op, index, size: Int(i.size), writes: false) : .register(register(i.a))
    a.load(target, source, width: width)
  }

  private mutating func call(_ op: Op, _ index: Int) {
    let i = op.pointee
    let stack = Layout.register(4)
    let isDirect = i.flags.contains(.immediate)
    // No window is in use when the target is in memory.
    let target = i.memory == .first ? Layout.window : register(i.a)
    if i.memory == .first { operand(op, index, target) }
    let place = access(stack, -4, index, size: 4, writes: true)
    a.store(place, Int32(bitPattern: nextAddress(op)))
    if isDirect {
      a.address(stack, .memory(stack, -4))
      return goOn(at: self.target(op))
    }
    a.move(.r10, target)
    a.address(stack, .memory(stack, -4))
    goOnComputed()
  }

  private mutating func ret(_ op: Op, _ index: Int) {
    let stack = Layout.register(4)
    let place = access(stack, 0, index, size: 4, writes: false)
    a.load(.r10, place)
    a.address(stack, .memory(stack, 4 + Int(op.pointee.immediate)))
    goOnComputed()
  }
}
