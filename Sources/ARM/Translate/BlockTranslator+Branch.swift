import Emit
import Engine

/// Where execution goes on.
extension BlockTranslator {
  /// The version of the code at `target` for flags as they are, or one for which all of them have to be made.
  private mutating func version(at target: UInt32) -> (number: Int, isSame: Bool)? {
    guard (target ^ pc) < 0x1000, let part = part(at: target) else { return nil }
    let size = Int(parts[part].block.pointee.count)
    var count = 0
    var plain: Int?
    for number in versions.indices where versions[number].part == part {
      if versions[number].sources == sources { return (number, true) }
      if versions[number].sources == FlagSources() { plain = number }
      count += 1
    }
    if count < 3, planned + size <= limit { return (addVersion(of: part, sources), true) }
    if let plain { return (plain, false) }
    return planned + size <= limit ? (addVersion(of: part, FlagSources()), false) : nil
  }

  private mutating func part(at target: UInt32) -> Int? {
    if let known = parts.firstIndex(where: { $0.pc == target }) { return known }
    guard parts.count < Self.longestUnit, planned < limit, let found = guest.block(target, block, pc) else {
      return nil
    }
    parts.append(UnitPart(found, pc: target))
    return parts.count - 1
  }

  /// Jumps to a version of this unit.
  mutating func jump(to version: Int) {
    if let entry = versions[version].entry { return a.jump(to: entry) }
    pendingJumps.append((a.jump(), version))
  }

  /// Goes on at `target` in the present state.
  ///
  /// - Returns: what has to be written next, when that is enough to go there; only if this is the `isLast` of its part.
  mutating func goOn(at target: UInt32, isLast: Bool) -> Int? {
    guard let (number, isSame) = version(at: target) else {
      materialize(sources.pending)
      leave(to: target)
      return nil
    }
    if !isSame { materialize(sources.pending) }
    if isLast, versions[number].entry == nil { return number }
    jump(to: number)
    return nil
  }

  /// Goes on at `target` outside this unit, with all flags in the core: in the page by a jump that will be linked,
  /// elsewhere by the jump cache.
  mutating func leave(to target: UInt32) {
    if (target ^ pc) < 0x1000 {
      let fixup = a.jump()
      stubs.append(.leave(fixup, target: target, link: link(fixup)))
      return
    }
    stubs.append(.leave(lookForJump(to: target), target: target, link: TranslatedExit.next))
  }

  /// Goes on at `target` by the jump cache.
  ///
  /// - Returns: the jump for where it is not there.
  mutating func lookForJump(to target: UInt32) -> HostFixup {
    let tag = isThumb ? target | 1 : target
    let entry = Layout.jumps + Layout.jumpOffset(tag)
    a.move(.rax, tag)
    a.arithmetic(.or, .rax, .memory(Layout.core, Layout.jumpTag), width: .double)
    a.arithmetic(.cmp, .rax, .memory(Layout.core, entry), width: .double)
    let misses = a.jump(if: .notEqual)
    a.jump(.memory(Layout.core, entry + 8))
    return misses
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
    if isThumb {
      a.jump(if: .equal, to: thunks.toARM)
    } else {
      a.jump(if: .notEqual, to: thunks.toThumb)
    }
    if !isThumb { a.arithmetic(.and, .rax, ~3) }
    goOnComputed()
  }

  /// B with a condition, the last of its part.
  ///
  /// - Returns: what has to be written next.
  mutating func branch(_ op: Op) -> Int? {
    let target = pc &+ op.pointee.immediate
    let next = nextAddress(op)
    if (target ^ pc) < 0x1000, let condition = single(op.pointee.condition) {
      let way = version(at: target)
      let fixup: HostFixup
      if let way, way.isSame, let entry = versions[way.number].entry {
        a.jump(if: condition, to: entry)
      } else {
        fixup = a.jump(if: condition)
        if let way, way.isSame {
          pendingJumps.append((fixup, way.number))
        } else if way == nil, sources.pending.isEmpty {
          stubs.append(.leave(fixup, target: target, link: link(fixup)))
        } else {
          stubs.append(.edge(fixup, target: target, version: way?.number, sources))
        }
      }
    } else {
      let skips = jump(unless: op.pointee.condition)
      let before = sources
      _ = goOn(at: target, isLast: false)
      sources = before
      for skip in skips.fixups { a.bind(skip) }
    }
    return goOn(at: next, isLast: true)
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
      return leave(to: target)
    }
    get(.rax, CPU.lr, op)
    a.arithmetic(.add, .rax, Int32(bitPattern: op.pointee.immediate))
    a.arithmetic(.or, .rax, 1)
    set(CPU.lr, link)
    goOnComputed()
  }

  /// ARM's BLX with a displacement, and the second half of Thumb's.
  mutating func exchangingCall(_ op: Op, _ index: Int) {
    let next = nextAddress(op)
    guard isThumb else {
      set(CPU.lr, next)
      a.move(.rax, pc &+ op.pointee.immediate | 1)
      return a.jump(to: thunks.toThumb)
    }
    if index > 0, self.op(index - 1).pointee.operation == .linkPrefix {
      a.move(.rax, pc &+ self.op(index - 1).pointee.immediate &+ op.pointee.immediate)
    } else {
      get(.rax, CPU.lr, op)
      a.arithmetic(.add, .rax, Int32(bitPattern: op.pointee.immediate))
    }
    set(CPU.lr, next | 1)
    a.jump(to: thunks.toARM)
  }
}
