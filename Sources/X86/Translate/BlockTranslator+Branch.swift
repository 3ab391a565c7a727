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
    stubs.append(.miss(look(for: target), target: target))
    a.jump(.memory(Layout.core, Layout.jumpEntry(target) + Layout.jumpCode))
  }

  /// Looks whether the jump cache has got `target`; r10 becomes its tag.
  ///
  /// - Returns: the jump that is taken where it has not.
  private mutating func look(for target: UInt32) -> HostFixup {
    a.move(.r10, target)
    a.arithmetic(.or, .r10, .memory(Layout.core, Layout.jumpTag), width: .double)
    a.arithmetic(.cmp, .r10, .memory(Layout.core, Layout.jumpEntry(target)), width: .double)
    return a.jump(if: .notEqual)
  }

  /// Goes on at the address in r10d; the flags are saved.
  private mutating func goOnComputed() {
    TranslationThunks.jumpThroughCache(&a)
    a.jump(if: .notEqual, to: thunks.miss)
    a.jump(.memory(Layout.core, index: .r11, scale: 3, Layout.jumps + Layout.jumpCode))
  }

  /// Where a relative branch leads.
  func target(_ op: Op) -> UInt32 {
    let sum = nextAddress(op) &+ UInt32(truncatingIfNeeded: op.pointee.immediate)
    return op.pointee.size == 2 ? sum & 0xffff : sum
  }

  /// What must be done with the flags before a jump inside the unit.
  private mutating func prepare(_ index: Int) {
    let target = targets[index]
    guard target >= 0 else { return }
    // Labels find them in eax, where they are asked for; a loop may end on the way back.
    if !liveAt[target].isEmpty || target <= index && !isKept { saveFlags() }
  }

  /// Goes back to the label of instruction `target` behind instruction `index`, unless the budget is spent.
  private mutating func loop(to target: Int, _ index: Int) {
    a.arithmetic(.sub, Layout.budgetRegister, Int32(index + 1 - target), width: .double)
    if isParallel {
      let isSpent = a.jump(if: .sign)
      let out = jumpIfPending()
      a.jump(to: labels[target])
      a.bind(isSpent)
      a.bind(out)
    } else {
      a.jump(if: .notSign, to: labels[target])
    }
    stubs.append(.spent(a.jump(), index: target, maker: isKept ? maker : nil))
  }

  /// Goes to the branch's target where `condition` holds, else on behind it.
  ///
  /// - Returns: whether that is still to be written.
  private mutating func branch(if condition: HostCondition, _ op: Op, _ index: Int) -> Bool {
    let left = count - 1 - index
    let label = targets[index]
    let target = target(op)
    if label > index {
      stubs.append(.skip(a.jump(if: condition), index: label, left: label - index - 1))
    } else if label >= 0 {
      let out = a.jump(if: condition.inverted)
      loop(to: label, index)
      a.bind(out)
    } else if left == 0, isNear(target), place == .saved || place == .both {
      let fixup = a.jump(if: condition)
      stubs.append(.leave(fixup, target: target, link: link(fixup)))
    } else {
      stubs.append(.exit(a.jump(if: condition), target: target, left: left, place: place, maker: maker))
    }
    if left > 0 { return true }
    goOn(at: nextAddress(op))
    return false
  }

  /// Any jump that has host code.
  ///
  /// - Returns: whether execution can go on behind it, where nothing is written yet.
  mutating func jump(_ op: Op, _ index: Int) -> Bool {
    let i = op.pointee
    switch i.operation {
    case .jcc:
      prepare(index)
      return branch(if: condition(i.condition), op, index)
    case .jcxz:
      prepare(index)
      if !isKept { saveFlags() }
      loseFlags()
      let counter = Layout.register(1)
      a.test(.register(counter), counter)
      return branch(if: .equal, op, index)
    case .loop:
      saveFlags()
      place = .saved
      a.arithmetic(.sub, Layout.register(1), 1)
      return branch(if: .notEqual, op, index)
    case .jmp where i.flags.contains(.immediate):
      let label = targets[index]
      if label >= 0, label <= index {
        prepare(index)
        loseFlags()
        loop(to: label, index)
      } else {
        goOn(at: target(op))
      }
    case .jmp:
      saveFlags()
      operand(op, index, .r10)
      goOnComputed()
    case .call:
      saveFlags()
      call(op, index)
    default:
      saveFlags()
      ret(op, index)
    }
    return false
  }

  /// `target` = where an indirect jump or call leads.
  private mutating func operand(_ op: Op, _ index: Int, _ target: HostRegister) {
    let i = op.pointee
    let width = width(i.size)
    let source: HostOperand =
      i.memory == .first ? access(op, index, size: Int(i.size), writes: false) : .register(register(i.a))
    a.load(target, source, width: width)
  }

  // MARK: Calls and returns

  // The host's stack has a frame for each CALL: the address that RET is expected to find, and below it where the host
  // goes on then, which is code behind the CALL's. So the host predicts RETs as what they are. A RET that finds
  // something else takes the frame away, as a jump by way of the stack wants it, unless it is the last. Who leaves
  // translated code forgets all frames, so that none outlives code, mode or address space.

  private mutating func call(_ op: Op, _ index: Int) {
    let i = op.pointee
    let stack = Layout.register(4)
    // No window is in use when the target is in memory.
    let computed = i.memory == .first ? Layout.window : register(i.a)
    if i.memory == .first { operand(op, index, computed) }
    let place = access(stack, -4, index, size: 4, writes: true)
    a.store(place, Int32(bitPattern: nextAddress(op)))
    if !i.flags.contains(.immediate) { a.move(.r10, computed) }
    a.address(stack, .memory(stack, -4))
    a.arithmetic(.cmp, .rsp, .memory(Layout.core, Layout.hostStackEnd), width: .double)
    stubs.append(.deep(a.jump(if: .below), back: a.position))
    a.push(Int32(bitPattern: nextAddress(op)))
    if !i.flags.contains(.immediate) {
      TranslationThunks.jumpThroughCache(&a)
      let missed = a.jump(if: .notEqual)
      a.call(.memory(Layout.core, index: .r11, scale: 3, Layout.jumps + Layout.jumpCode))
      stubs.append(.missCall(missed, target: nil, back: a.position))
    } else if isNear(target(op)) {
      let fixup = a.call()
      stubs.append(.leave(fixup, target: target(op), link: link(fixup)))
    } else {
      let missed = look(for: target(op))
      a.call(.memory(Layout.core, Layout.jumpEntry(target(op)) + Layout.jumpCode))
      stubs.append(.missCall(missed, target: target(op), back: a.position))
    }
    a.pop(.r10)
    self.place = .saved
    maker = nil
    goOn(at: nextAddress(op))
  }

  private mutating func ret(_ op: Op, _ index: Int) {
    let stack = Layout.register(4)
    let place = access(stack, 0, index, size: 4, writes: false)
    a.load(.r10, place)
    a.address(stack, .memory(stack, 4 + Int(op.pointee.immediate)))
    a.arithmetic(.cmp, .r10, .memory(.rsp, 8))
    stubs.append(.stray(a.jump(if: .notEqual)))
    a.plain(.ret)
  }

  /// Goes on at the address in r10d, which is not what the last CALL expects.
  mutating func stray() {
    a.arithmetic(.cmp, .rsp, .memory(Layout.core, Layout.hostStack), width: .double)
    let isLast = a.jump(if: .equal)
    a.address(.rsp, .memory(.rsp, 16), width: .double)
    a.bind(isLast)
    goOnComputed()
  }
}
