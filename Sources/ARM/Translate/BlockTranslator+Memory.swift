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
    let bits: UInt32 =
      switch i.operation {
      case .ldr, .str: 3
      case .ldrh, .ldrsh, .strh: 1
      case .ldrd, .strd: 7
      default: 0
      }
    let isUser = i.flags.contains(.user)
    var found: FoundPage
    if i.rn == CPU.pc, i.shift == .immediate {
      // The address is known: of a literal it counts from the instruction, else r15 reads as ever.
      let base = i.flags.contains(.readsPC) ? programCounter(op) : address(op) & ~3
      let known = i.flags.contains(.preIndexed) ? base &+ i.immediate : base
      if i.operation == .ldr, !isJump, !isUser, !i.flags.contains(.writeback), known & 3 == 0,
        (known ^ pc) < 0x1000, let constant = guest.constant(known, block, pc)
      {
        constants.append(constant.watch)
        return set(i.rd, constant.value)
      }
      if isStore, !isUser {
        a.move(.rcx, known)
        found = check(.rcx, bits, writes: true, page: takePage())
      } else {
        found = checkKnown(known, bits, writes: isStore, user: isUser)
      }
    } else {
      let address = makeAddress(op)
      if isUser {
        found = checkUser(address, bits, writes: isStore)
      } else {
        let page = i.shift == .immediate ? Int(pages[Int(i.rn >> 2)]) : takePage()
        found = check(address, bits, writes: isStore, page: page)
      }
    }
    if isJump { found.slow.append(checkInterworking()) }
    let place = found.place
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
      writeBack(op, found.address)
    case .strd:
      get(.rax, i.rd, op)
      a.store(place, .rax)
      get(.rax, i.rd &+ 4, op)
      a.store(place.advanced(by: 4), .rax)
      writeBack(op, found.address)
    case .ldrd:
      if i.flags.contains(.writeback) {
        a.address(.rdx, place, width: .double)
        a.load(.rax, .memory(.rdx))
        a.load(.rdx, .memory(.rdx, 4))
        // The offset may be one of the two registers; the address in rcx is still needed.
        writeBack(op, found.address, keeping: .rdx)
      } else {
        a.load(.rax, place)
        a.load(.rdx, place.advanced(by: 4))
      }
      set(i.rd, .rax)
      set(i.rd &+ 4, .rdx)
    default:
      let width: HostWidth = bits == 3 ? .word : bits == 1 ? .half : .byte
      let isSigned = i.operation == .ldrsb || i.operation == .ldrsh
      let isKept = i.rd != i.rn && (i.shift == .immediate || i.rd != i.rm)
      let isDirect = !isJump && (!i.flags.contains(.writeback) || isKept)
      let target = isDirect ? Layout.pinned(i.rd) ?? .rax : .rax
      a.load(target, place, width: width, isSigned: isSigned)
      writeBack(op, found.address)
      if isJump {
        goOnExchanging()
      } else {
        set(i.rd, target)
      }
    }
    close(found, index)
  }

  /// SWP and SWPB.
  mutating func swap(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width: HostWidth = i.operation == .swp ? .word : .byte
    let address = makeAddress(op)
    // Where one may write one may read.
    let found = check(address, width == .word ? 3 : 0, writes: true, page: Int(pages[Int(i.rn >> 2)]))
    a.address(.rdx, found.place, width: .double)
    get(.rcx, i.rm, op)
    a.load(.rax, .memory(.rdx), width: width)
    a.store(.memory(.rdx), .rcx, width: width)
    set(i.rd, .rax)
    close(found, index)
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

  /// The address of the access, in ecx or the register that is its base.
  private mutating func makeAddress(_ op: Op) -> HostRegister {
    let i = op.pointee
    if i.rn != CPU.pc, !i.flags.contains(.preIndexed) || i.shift == .immediate && i.immediate == 0 {
      if let base = Layout.pinned(i.rn) { return base }
    }
    makeFarAddress(op)
    return .rcx
  }

  /// ecx = where the access is.
  private mutating func makeFarAddress(_ op: Op) {
    let i = op.pointee
    guard i.flags.contains(.preIndexed) else { return get(.rcx, i.rn, op) }
    if i.shift == .immediate {
      guard let base = Layout.pinned(i.rn) else {
        get(.rcx, i.rn, op)
        if i.immediate != 0 { a.arithmetic(.add, .rcx, Int32(bitPattern: i.immediate)) }
        return
      }
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

  /// The base afterwards; `address` still has the address.
  private mutating func writeBack(_ op: Op, _ address: HostRegister, keeping kept: HostRegister? = nil) {
    let i = op.pointee
    guard i.flags.contains(.writeback) else { return }
    if i.flags.contains(.preIndexed) { return set(i.rn, address) }
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

  /// How an access finds its page.
  struct FoundPage {
    /// The register that has the address.
    let address: HostRegister
    /// Where it is on the host.
    let place: HostOperand
    /// Jumps to the interpreter's way.
    var slow: [HostFixup] = []
    /// Where it is not the recent page.
    var refill: (fixup: HostFixup, page: TranslationStub.Page)?
  }

  /// A recent page that no other access uses yet.
  mutating func takePage() -> Int {
    nextPage &+= 1
    return nextPage & (RecentPage.count - 1)
  }

  /// Accesses by registers that have other contents now have other pages; by a pointer that was moved the same one.
  mutating func forgetPages(_ i: Instruction) {
    var registers = i.writtenRegisters
    if i.operation == .ldm || i.operation == .stm {
      registers = i.operation == .ldm ? UInt16(truncatingIfNeeded: i.immediate & 0x7fff) : 0
    } else if i.flags.contains(.writeback), !i.isData {
      registers &= ~(1 << UInt16(i.rn >> 2))
    } else if i.operation == .add || i.operation == .sub, i.rd == i.rn {
      return
    }
    while registers != 0 {
      pages[registers.trailingZeroBitCount] = UInt8(takePage())
      registers &= registers &- 1
    }
  }

  /// Looks whether `address`, of which `bits` must be clear, is in the recent page of that number; rdx is what to add
  /// then, on the way to the TLB rax and rcx are used, too.
  ///
  /// - Parameter size: how many bytes are accessed; nil: one more than `bits`.
  mutating func check(
    _ address: HostRegister, _ bits: UInt32, writes: Bool, page: Int, size: Int? = nil
  ) -> FoundPage {
    let recent = Layout.recent + page * MemoryLayout<RecentPage>.stride
    a.move(.rdx, address)
    a.arithmetic(.and, .rdx, Int32(bitPattern: 0xffff_f000 | bits))
    a.arithmetic(
      .cmp, .rdx, .memory(Layout.core, recent + (writes ? Layout.recentWriteTag : Layout.recentReadTag)))
    let miss = a.jump(if: .notEqual)
    a.load(.rdx, .memory(Layout.core, recent + Layout.recentAddend), width: .double)
    return FoundPage(
      address: address, place: .memory(.rdx, index: address),
      refill: (
        miss,
        TranslationStub.Page(
          address: address, number: page, bits: bits, writes: writes, size: size ?? Int(bits) + 1, hit: a.position)
      ))
  }

  /// The same in the TLB with a user's permissions.
  private mutating func checkUser(_ address: HostRegister, _ bits: UInt32, writes: Bool) -> FoundPage {
    if address != .rcx { a.move(.rcx, address) }
    a.move(.rax, .rcx)
    a.shift(.shr, .register(.rax), Layout.entryShift)
    a.move(.rdx, .rcx)
    a.arithmetic(.and, .rax, Int32(bitPattern: Layout.entryMask))
    a.arithmetic(.and, .rdx, Int32(bitPattern: 0xffff_f000 | bits))
    a.arithmetic(.add, .rax, .memory(Layout.core, Layout.userTLB), width: .double)
    a.arithmetic(.cmp, .rdx, .memory(.rax, writes ? Layout.writeTag : Layout.readTag))
    let slow = a.jump(if: .notEqual)
    a.load(.rdx, .memory(.rax, Layout.addend), width: .double)
    return FoundPage(address: .rcx, place: .memory(.rdx, index: .rcx), slow: [slow])
  }

  /// The same for an address that is known; ecx has it then.
  private mutating func checkKnown(_ address: UInt32, _ bits: UInt32, writes: Bool, user: Bool) -> FoundPage {
    let entry = Int(address >> UInt32(Layout.entryShift) & Layout.entryMask)
    a.load(.rax, .memory(Layout.core, user ? Layout.userTLB : Layout.tlb), width: .double)
    a.arithmetic(
      .cmp, .memory(.rax, entry + (writes ? Layout.writeTag : Layout.readTag)),
      Int32(bitPattern: address & (0xffff_f000 | bits)))
    let slow = a.jump(if: .notEqual)
    a.move(.rcx, address)
    a.load(.rdx, .memory(.rax, entry + Layout.addend), width: .double)
    return FoundPage(address: .rcx, place: .memory(.rdx, index: .rcx), slow: [slow])
  }

  /// The access of instruction `index` is over: what of it is seldom run comes later.
  mutating func close(_ found: FoundPage, _ index: Int) {
    let call = TranslationStub.Call(
      fixups: found.slow, site: site(index), sources: sourcesBefore, back: a.position)
    if let refill = found.refill {
      stubs.append(.refill(refill.fixup, refill.page, call))
    } else {
      stubs.append(.call(call))
    }
  }

  // MARK: LDM and STM

  // `amount` is how many words there are, `rm` and `rs` are the distances from the base to the first word and to the
  // new base, see `CPU.bodyMultiple`.

  private func distance(_ byte: UInt8) -> Int { Int(Int8(bitPattern: byte)) }

  /// Where the words are on the host.
  private mutating func checkWords(_ op: Op, writes: Bool) -> FoundPage {
    let i = op.pointee
    let first = distance(i.rm)
    var address = HostRegister.rcx
    if let base = Layout.pinned(i.rn) {
      if first == 0, i.rs == 0 || writes {
        address = base
      } else if first == 0 {
        a.move(.rcx, base)
      } else {
        a.address(.rcx, .memory(base, first))
      }
    } else {
      get(.rcx, i.rn, op)
      if first != 0 { a.arithmetic(.add, .rcx, Int32(first)) }
    }
    var slow: [HostFixup] = []
    if i.amount > 1 {
      a.move(.rax, address)
      a.arithmetic(.and, .rax, 0xfff)
      a.arithmetic(.cmp, .rax, 0x1000 - Int32(i.amount) * 4)
      slow.append(a.jump(if: .above))
    }
    var found = check(
      address, 3, writes: writes, page: Int(pages[Int(i.rn >> 2)]), size: max(Int(i.amount), 1) * 4)
    found.slow = slow
    return found
  }

  private mutating func moveBase(_ op: Op) {
    let moved = distance(op.pointee.rs)
    if moved != 0 { a.arithmetic(.add, operand(op.pointee.rn), Int32(moved)) }
  }

  /// LDM of the present mode's registers; with r15 a jump.
  mutating func loadMultiple(_ op: Op, _ index: Int) {
    let list = op.pointee.immediate
    let isJump = list & 0x8000 != 0
    var found = checkWords(op, writes: false)
    if isJump { found.slow.append(checkInterworking()) }
    moveBase(op)
    // The base may be among the registers.
    a.address(.rdx, found.place, width: .double)
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
    close(found, index)
  }

  /// STM of the present mode's registers.
  mutating func storeMultiple(_ op: Op, _ index: Int) {
    let list = op.pointee.immediate
    let found = checkWords(op, writes: true)
    var word = found.place
    for number in 0..<16 as Range<UInt8> where list >> UInt32(number) & 1 != 0 {
      if let register = Layout.pinned(number * 4) {
        a.store(word, register)
      } else {
        get(.rax, number * 4, op)
        a.store(word, .rax)
      }
      word = word.advanced(by: 4)
    }
    moveBase(op)
    close(found, index)
  }
}
