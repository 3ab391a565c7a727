import Emit

/// Loads and stores.
extension BlockTranslator {
  /// LDR to STRD, of one register or two; with r15 as its destination a jump.
  mutating func transfer(_ op: Op, _ index: Int) {
    let i = op.pointee
    let isStore =
      switch i.operation {
      case .str, .strb, .strh, .strd: true
      default: false
      }
    let isJump = i.operation == .ldr && i.rd == CPU.pc
    var slow: [HostFixup] = []
    if isJump { slow.append(checkInterworking()) }
    let bits: UInt32 =
      switch i.operation {
      case .ldr, .str: 3
      case .ldrh, .ldrsh, .strh: 1
      case .ldrd, .strd: 7
      default: 0
      }
    if i.rn == CPU.pc, i.shift == .immediate {
      // The address is known: of a literal it counts from the instruction, else r15 reads as ever.
      let base = i.flags.contains(.readsPC) ? programCounter(op) : address(op) & ~3
      let known = i.flags.contains(.preIndexed) ? base &+ i.immediate : base
      slow.append(checkKnown(known, bits, writes: isStore, user: i.flags.contains(.user)))
    } else {
      makeAddress(op)
      slow.append(check(bits, writes: isStore, user: i.flags.contains(.user)))
    }
    // rdx + rcx is where it is.
    let place = HostOperand.memory(.rdx, index: .rcx)
    switch i.operation {
    case .str, .strb, .strh:
      let value: HostRegister
      if i.rd != CPU.pc, let register = Layout.pinned(i.rd) {
        value = register
      } else {
        get(.rax, i.rd, op)
        value = .rax
      }
      a.store(place, value, width: bits == 3 ? .word : bits == 1 ? .half : .byte)
      writeBack(op)
    case .strd:
      get(.rax, i.rd, op)
      a.store(place, .rax)
      get(.rax, i.rd &+ 4, op)
      a.store(.memory(.rdx, index: .rcx, 4), .rax)
      writeBack(op)
    case .ldrd:
      if i.flags.contains(.writeback) {
        a.address(.rdx, place, width: .double)
        a.load(.rax, .memory(.rdx))
        a.load(.rdx, .memory(.rdx, 4))
        // The offset may be one of the two registers; the address in rcx is still needed.
        writeBack(op, keeping: .rdx)
        set(i.rd, .rax)
        set(i.rd &+ 4, .rdx)
      } else {
        a.load(.rax, place)
        a.load(.rdx, .memory(.rdx, index: .rcx, 4))
        set(i.rd, .rax)
        set(i.rd &+ 4, .rdx)
      }
    default:
      let width: HostWidth = bits == 3 ? .word : bits == 1 ? .half : .byte
      let isSigned = i.operation == .ldrsb || i.operation == .ldrsh
      let isDirect = !i.flags.contains(.writeback) && !isJump
      let target = isDirect ? Layout.pinned(i.rd) ?? .rax : .rax
      a.load(target, place, width: width, isSigned: isSigned)
      writeBack(op)
      if isJump {
        goOnExchanging()
      } else {
        set(i.rd, target)
      }
    }
    for fixup in slow { stubs.append(.call(fixup, index: index, back: a.position)) }
  }

  /// Goes the slow way where loads of r15 do not change the state.
  private mutating func checkInterworking() -> HostFixup {
    let byte = Int(Control.noInterworkingLoads.trailingZeroBitCount / 8)
    a.test(
      .memory(Layout.core, Layout.control + byte),
      Int32(Control.noInterworkingLoads >> UInt32(byte * 8)), width: .byte)
    return a.jump(if: .notEqual)
  }

  // MARK: Addresses

  /// ecx = where the access is.
  private mutating func makeAddress(_ op: Op) {
    let i = op.pointee
    guard i.flags.contains(.preIndexed) else { return get(.rcx, i.rn, op) }
    if i.shift == .immediate {
      guard let base = Layout.pinned(i.rn) else {
        get(.rcx, i.rn, op)
        if i.immediate != 0 { a.arithmetic(.add, .rcx, Int32(bitPattern: i.immediate)) }
        return
      }
      if i.immediate == 0 { return a.move(.rcx, base) }
      return a.address(.rcx, .memory(base, Int(Int32(bitPattern: i.immediate))))
    }
    let isDown = i.flags.contains(.subtract)
    if !isDown, i.shift == .none || i.shift == .lsl && i.amount <= 3, i.rn != CPU.pc, i.rm != CPU.pc,
      let base = Layout.pinned(i.rn), let other = Layout.pinned(i.rm)
    {
      return a.address(.rcx, .memory(base, index: other, scale: i.shift == .none ? 0 : i.amount))
    }
    switch second(op, savesCarry: false) {
    case .value(let value): a.move(.rcx, value)
    case .operand(let operand): if operand != .register(.rcx) { a.load(.rcx, operand) }
    }
    if isDown {
      get(.rax, i.rn, op)
      a.arithmetic(.sub, .rax, .rcx)
      a.move(.rcx, .rax)
    } else if i.rn == CPU.pc {
      a.arithmetic(.add, .rcx, Int32(bitPattern: programCounter(op)))
    } else {
      a.arithmetic(.add, .rcx, operand(i.rn))
    }
  }

  /// The base afterwards; ecx still has the address.
  private mutating func writeBack(_ op: Op, keeping kept: HostRegister? = nil) {
    let i = op.pointee
    guard i.flags.contains(.writeback) else { return }
    if i.flags.contains(.preIndexed) { return set(i.rn, .rcx) }
    let base = operand(i.rn)
    if i.shift == .immediate {
      if i.immediate != 0 { a.arithmetic(.add, base, Int32(bitPattern: i.immediate)) }
      return
    }
    if let kept { a.push(kept) }
    switch second(op, savesCarry: false) {
    case .value(let value): a.move(.rcx, value)
    case .operand(let operand): if operand != .register(.rcx) { a.load(.rcx, operand) }
    }
    a.arithmetic(i.flags.contains(.subtract) ? .sub : .add, to: base, .rcx)
    if let kept { a.pop(kept) }
  }

  // MARK: The TLB

  /// Looks for the page of the address in ecx, of which `bits` must be clear; rdx is what to add. rax is used.
  ///
  /// - Returns: the jump to the slow way.
  mutating func check(_ bits: UInt32, writes: Bool, user: Bool = false) -> HostFixup {
    a.move(.rax, .rcx)
    a.shift(.shr, .register(.rax), Layout.entryShift)
    a.move(.rdx, .rcx)
    a.arithmetic(.and, .rax, Int32(bitPattern: Layout.entryMask))
    a.arithmetic(.and, .rdx, Int32(bitPattern: 0xffff_f000 | bits))
    a.arithmetic(.add, .rax, .memory(Layout.core, user ? Layout.userTLB : Layout.tlb), width: .double)
    a.arithmetic(.cmp, .rdx, .memory(.rax, writes ? Layout.writeTag : Layout.readTag))
    let slow = a.jump(if: .notEqual)
    a.load(.rdx, .memory(.rax, Layout.addend), width: .double)
    return slow
  }

  /// The same for an address that is known; ecx has it then.
  private mutating func checkKnown(_ address: UInt32, _ bits: UInt32, writes: Bool, user: Bool) -> HostFixup {
    let entry = Int(address >> UInt32(Layout.entryShift) & Layout.entryMask)
    a.load(.rax, .memory(Layout.core, user ? Layout.userTLB : Layout.tlb), width: .double)
    a.arithmetic(
      .cmp, .memory(.rax, entry + (writes ? Layout.writeTag : Layout.readTag)),
      Int32(bitPattern: address & (0xffff_f000 | bits)))
    let slow = a.jump(if: .notEqual)
    a.move(.rcx, address)
    a.load(.rdx, .memory(.rax, entry + Layout.addend), width: .double)
    return slow
  }

  // MARK: LDM and STM

  // `amount` is how many words there are, `rm` and `rs` are the distances from the base to the first word and to the
  // new base, see `CPU.bodyMultiple`.

  private func distance(_ byte: UInt8) -> Int { Int(Int8(bitPattern: byte)) }

  /// rdx = where the words are on the host.
  private mutating func checkWords(_ op: Op, writes: Bool) -> [HostFixup] {
    let i = op.pointee
    let first = distance(i.rm)
    if let base = Layout.pinned(i.rn) {
      if first == 0 { a.move(.rcx, base) } else { a.address(.rcx, .memory(base, first)) }
    } else {
      get(.rcx, i.rn, op)
      if first != 0 { a.arithmetic(.add, .rcx, Int32(first)) }
    }
    var slow: [HostFixup] = []
    if i.amount > 1 {
      a.move(.rax, .rcx)
      a.arithmetic(.and, .rax, 0xfff)
      a.arithmetic(.cmp, .rax, 0x1000 - Int32(i.amount) * 4)
      slow.append(a.jump(if: .above))
    }
    slow.append(check(3, writes: writes))
    a.arithmetic(.add, .rdx, .rcx, width: .double)
    return slow
  }

  private mutating func moveBase(_ op: Op) {
    let moved = distance(op.pointee.rs)
    if moved != 0 { a.arithmetic(.add, operand(op.pointee.rn), Int32(moved)) }
  }

  /// LDM of the present mode's registers; with r15 a jump.
  mutating func loadMultiple(_ op: Op, _ index: Int) {
    let list = op.pointee.immediate
    let isJump = list & 0x8000 != 0
    var slow: [HostFixup] = []
    if isJump { slow.append(checkInterworking()) }
    slow += checkWords(op, writes: false)
    moveBase(op)
    var offset = 0
    for number in 0..<16 as Range<UInt8> where list >> UInt32(number) & 1 != 0 {
      let word = HostOperand.memory(.rdx, offset)
      offset += 4
      if number < 15, let register = Layout.pinned(number * 4) {
        a.load(register, word)
      } else {
        a.load(.rax, word)
        if number < 15 { set(number * 4, .rax) }
      }
    }
    if isJump { goOnExchanging() }
    for fixup in slow { stubs.append(.call(fixup, index: index, back: a.position)) }
  }

  /// STM of the present mode's registers.
  mutating func storeMultiple(_ op: Op, _ index: Int) {
    let list = op.pointee.immediate
    let slow = checkWords(op, writes: true)
    var offset = 0
    for number in 0..<16 as Range<UInt8> where list >> UInt32(number) & 1 != 0 {
      let word = HostOperand.memory(.rdx, offset)
      offset += 4
      if let register = Layout.pinned(number * 4) {
        a.store(word, register)
      } else {
        get(.rax, number * 4, op)
        a.store(word, .rax)
      }
    }
    moveBase(op)
    for fixup in slow { stubs.append(.call(fixup, index: index, back: a.position)) }
  }
}
