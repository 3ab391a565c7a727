import Emit

/// Addresses, the TLB and the stack.
extension BlockTranslator {
  /// The host's register for a general register's place; also for one of its bytes.
  @inline(__always)
  func register(_ place: UInt8) -> HostRegister { Layout.register(place >> 3) }

  /// 1, 2 or 4 bytes.
  @inline(__always)
  func width(_ size: UInt8) -> HostWidth { size == 1 ? .byte : size == 2 ? .half : .word }

  // MARK: Addresses

  /// `register` = the offset of the memory operand in its segment, `moved` bytes on. The host's flags stay.
  mutating func address(_ register: HostRegister, _ op: Op, moved: Int = 0) {
    let i = op.pointee
    let displacement = Int(Int32(truncatingIfNeeded: Int(i.displacement) + moved))
    let base = i.base == Instruction.noRegister ? nil : Layout.register(i.base >> 3)
    let index = i.index == Instruction.noRegister ? nil : Layout.register(i.index >> 3)
    switch (base, index) {
    case (nil, nil): a.move(register, UInt32(truncatingIfNeeded: displacement))
    case (let base?, nil):
      if displacement == 0 { a.move(register, base) } else { a.address(register, .memory(base, displacement)) }
    case (nil, let index?): a.address(register, .memory(index: index, scale: i.scale, displacement))
    case (let base?, let index?):
      a.address(register, .memory(base, index: index, scale: i.scale, displacement))
    }
    if i.addressSize == 2 { a.load(register, .register(register), width: .half) }
  }

  // MARK: Accesses

  // The host's flags are lost in all of these. r10 to r12 are used.

  /// Where the memory operand of `op` is on the host, `size` bytes of it.
  mutating func access(_ op: Op, _ index: Int, size: Int, writes: Bool) -> HostOperand {
    loseFlags()
    let operand = locate(op, index, size: size, writes: writes)
    if isParallel, op.pointee.isAtomic { keepInLine(operand, size: size) }
    return operand
  }

  private mutating func locate(_ op: Op, _ index: Int, size: Int, writes: Bool) -> HostOperand {
    let follows = op.pointee.addressRegisters & loaded != 0
    if let operand = window(index, guesses: follows, { $0.address(.r10, op, moved: $1) }) { return operand }
    if let operand = constant(op, size: size, writes: writes) { return operand }
    address(.r10, op)
    addSegment(op.pointee.segment, size: size, writes: writes)
    return check(size: size, writes: writes, guesses: follows && op.pointee.mayGuess)
  }

  /// The same where no register is in the address; nil for others.
  private mutating func constant(_ op: Op, size: Int, writes: Bool) -> HostOperand? {
    let i = op.pointee
    let linear = UInt32(bitPattern: i.displacement)
    guard i.base == Instruction.noRegister, i.index == Instruction.noRegister, i.addressSize == 4,
      i.segment == 2 || i.segment == 3, Int(linear & 0xfff) + size <= 0x1000
    else { return nil }
    let entry =
      Layout.tlbs + (isUser ? Layout.tlbSize : 0) + Int(linear >> UInt32(Layout.entryShift) & Layout.entryMask)
    a.move(.r12, linear & ~0xfff)
    a.arithmetic(
      .cmp, .r12, .memory(Layout.core, entry + (writes ? Layout.writeTag : Layout.readTag)), width: .double)
    let fixup = a.jump(if: .notEqual)
    slow.append(fixup)
    if writes { besides.append(Beside(site: fixup.site, size: size, back: a.position, constant: linear)) }
    a.move(.r10, linear)
    a.arithmetic(.add, .r10, .memory(Layout.core, entry + Layout.addend), width: .double)
    return .memory(.r10)
  }

  /// The same at a register plus a constant, in the stack segment.
  mutating func access(
    _ base: HostRegister, _ displacement: Int, _ index: Int, size: Int, writes: Bool
  ) -> HostOperand {
    loseFlags()
    if let operand = window(index, guesses: false, { $0.a.address(.r10, .memory(base, displacement + $1)) }) {
      return operand
    }
    a.address(.r10, .memory(base, displacement))
    return check(size: size, writes: writes)
  }

  /// Where the access is in the window, if it is to be there; `address` makes the address, so many bytes on.
  private mutating func window(
    _ index: Int, guesses: Bool, _ address: (inout BlockTranslator, Int) -> Void
  ) -> HostOperand? {
    switch use(index) {
    case .alone: return nil
    case .first(let offset, let size, let writes):
      address(&self, -offset)
      withoutWindow.append(look(size: size, writes: writes))
      if guesses {
        guess()
        a.address(Layout.window, .memory(.r10, index: .r12), width: .double)
      } else {
        a.move(Layout.window, .r10)
        a.arithmetic(.add, Layout.window, entry(Layout.addend), width: .double)
      }
      return .memory(Layout.window, offset)
    case .next(let offset):
      a.test(.register(Layout.window), Layout.window, width: .double)
      withoutWindow.append(a.jump(if: .equal))
      return .memory(Layout.window, offset)
    }
  }

  /// The address in r10 was an offset in segment register `segment`, and becomes linear; not for flat ones.
  mutating func addSegment(_ segment: UInt8, size: Int, writes: Bool) {
    guard segment != 2, segment != 3 else { return }
    let access = Layout.access(segment)
    a.address(.r11, .memory(.r10, size), width: .double)
    a.arithmetic(
      .cmp, .r11, .memory(Layout.core, access + (writes ? Layout.writeEnd : Layout.readEnd)), width: .double)
    slow.append(a.jump(if: .above))
    a.arithmetic(.add, .r10, .memory(Layout.core, access + Layout.base))
  }

  /// A field of the TLB's entry that r11 says.
  func entry(_ field: Int) -> HostOperand {
    .memory(Layout.core, index: .r11, Layout.tlbs + (isUser ? Layout.tlbSize : 0) + field)
  }

  /// Looks for the page of the `size` bytes at r10.
  ///
  /// - Returns: the jump that is taken where it is not there, or they are not all in it.
  private mutating func look(size: Int, writes: Bool) -> HostFixup {
    a.move(.r11, .r10)
    a.shift(.shr, .register(.r11), Layout.entryShift)
    if size == 1 { a.move(.r12, .r10) } else { a.address(.r12, .memory(.r10, size - 1)) }
    a.arithmetic(.and, .r11, Int32(bitPattern: Layout.entryMask))
    a.arithmetic(.and, .r12, ~0xfff)
    a.arithmetic(.cmp, .r12, entry(writes ? Layout.writeTag : Layout.readTag), width: .double)
    let fixup = a.jump(if: .notEqual)
    if writes { besides.append(Beside(site: fixup.site, size: size, back: a.position)) }
    return fixup
  }

  /// Where the jump at `fixup` was taken because a page that is written holds code, and what is written does not, goes on
  /// behind it.
  mutating func goBeside(_ fixup: HostFixup) {
    guard let beside = besides.last(where: { $0.site == fixup.site }) else { return }
    if let linear = beside.constant {
      a.move(.r10, linear)
      a.move(.r11, linear >> UInt32(Layout.entryShift) & Layout.entryMask)
    }
    a.call(to: thunks.beside(size: beside.size))
    a.jump(if: .equal, to: beside.back)
  }

  /// r12 = the addend of the entry that r11 says: what it was here the last time, and only compared with what it is,
  /// so that nothing waits for that to be found.
  private mutating func guess() {
    let place = Layout.guess(number &* 8 &+ guesses, isUser: isUser)
    guesses += 1
    a.load(.r12, .memory(Layout.core, place), width: .double)
    a.arithmetic(.cmp, .r12, entry(Layout.addend), width: .double)
    stubs.append(.guess(a.jump(if: .notEqual), place, back: a.position))
  }

  /// Where the `size` bytes at r10 are on the host; r12 is in use where the addend is guessed.
  mutating func check(size: Int, writes: Bool, guesses: Bool = false) -> HostOperand {
    slow.append(look(size: size, writes: writes))
    if guesses {
      guess()
      return .memory(.r10, index: .r12)
    }
    a.arithmetic(.add, .r10, entry(Layout.addend), width: .double)
    return .memory(.r10)
  }

  // MARK: The stack

  /// PUSH.
  mutating func push(_ op: Op, _ index: Int) {
    let i = op.pointee
    let size = Int(i.size)
    let width = width(i.size)
    if i.memory != .none {
      let source = access(op, index, size: size, writes: false)
      // No window is in use.
      a.load(Layout.window, source, width: width)
      let target = access(Layout.register(4), -size, index, size: size, writes: true)
      a.store(target, Layout.window, width: width)
    } else {
      let target = access(Layout.register(4), -size, index, size: size, writes: true)
      if i.flags.contains(.immediate) {
        a.store(target, Int32(truncatingIfNeeded: i.immediate), width: width)
      } else {
        a.store(target, register(i.a), width: width)
      }
    }
    a.address(Layout.register(4), .memory(Layout.register(4), -size))
  }

  /// POP of a register.
  mutating func pop(_ op: Op, _ index: Int) {
    let size = Int(op.pointee.size)
    let source = access(Layout.register(4), 0, index, size: size, writes: false)
    // What is popped wins.
    a.address(Layout.register(4), .memory(Layout.register(4), size))
    a.loadPart(register(op.pointee.a), source, width: width(op.pointee.size))
  }

  /// LEAVE.
  mutating func leave(_ op: Op, _ index: Int) {
    let frame = Layout.register(5)
    let source = access(frame, 0, index, size: 4, writes: false)
    a.address(Layout.register(4), .memory(frame, 4))
    a.load(frame, source)
  }
}
