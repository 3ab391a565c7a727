import Emit
import Engine

/// Where execution goes on.
extension BlockTranslator {
  /// Goes on at `target` in the present state: in the page by a jump that will be linked, elsewhere by the jump cache.
  mutating func goOn(at target: UInt32) {
    if (target ^ pc) < 0x1000 {
      let fixup = a.jump()
      stubs.append(.leave(fixup, target: target, link: link(fixup)))
      return
    }
    let tag = isThumb ? target | 1 : target
    let entry = Layout.jumps + Layout.jumpOffset(tag)
    a.move(.rax, tag)
    a.arithmetic(.or, .rax, .memory(Layout.core, Layout.jumpTag), width: .double)
    a.arithmetic(.cmp, .rax, .memory(Layout.core, entry), width: .double)
    stubs.append(.leave(a.jump(if: .notEqual), target: target, link: TranslatedExit.next))
    a.jump(.memory(Layout.core, entry + 8))
  }

  /// Goes on at the address in eax, with bit 0 set in Thumb state, in which it stays.
  mutating func goOnComputed() {
    a.move(.rcx, .rax)
    a.shift(.shl, .register(.rcx), 2)
    a.arithmetic(.and, .rcx, Int32(bitPattern: Layout.jumpMask))
    a.arithmetic(.or, .rax, .memory(Layout.core, Layout.jumpTag), width: .double)
    a.arithmetic(.cmp, .rax, .memory(Layout.core, index: .rcx, Layout.jumps), width: .double)
    stubs.append(.leaveComputed(a.jump(if: .notEqual)))
    a.jump(.memory(Layout.core, index: .rcx, Layout.jumps + 8))
  }

  /// Goes on at the address in eax as BX takes it.
  mutating func goOnExchanging() {
    a.test(.register(.rax), 1, width: .byte)
    stubs.append(.exchange(a.jump(if: isThumb ? .equal : .notEqual)))
    if !isThumb { a.arithmetic(.and, .rax, ~3) }
    goOnComputed()
  }

  /// B with a condition.
  mutating func branch(_ op: Op) {
    let target = pc &+ op.pointee.immediate
    let next = nextAddress(op)
    if (target ^ pc) < 0x1000, let condition = single(op.pointee.condition) {
      let fixup = a.jump(if: condition)
      stubs.append(.leave(fixup, target: target, link: link(fixup)))
    } else {
      let skips = jump(unless: op.pointee.condition)
      goOn(at: target)
      for skip in skips.fixups { a.bind(skip) }
    }
    goOn(at: next)
  }

  /// BX, and BLX with a register.
  mutating func exchangingBranch(_ op: Op) {
    get(.rax, op.pointee.rm, op)
    if op.pointee.operation == .blxRegister { set(CPU.lr, nextAddress(op) | (isThumb ? 1 : 0)) }
    goOnExchanging()
  }

  /// The second half of Thumb's BL; with the first before it, it is a jump to a known place.
  mutating func linkBranch(_ op: Op, _ index: Int) {
    let link = nextAddress(op) | 1
    if index > 0, self.op(index - 1).pointee.operation == .linkPrefix {
      let target = (pc &+ self.op(index - 1).pointee.immediate &+ op.pointee.immediate) & ~1
      set(CPU.lr, link)
      return goOn(at: target)
    }
    get(.rax, CPU.lr, op)
    a.arithmetic(.add, .rax, Int32(bitPattern: op.pointee.immediate))
    a.arithmetic(.or, .rax, 1)
    set(CPU.lr, link)
    goOnComputed()
  }
}
