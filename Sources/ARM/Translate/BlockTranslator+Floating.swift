import Emit

/// VFP's data processing on the host's SSE.
///
/// All code of VFP is for a coprocessor that is on and rounds to nearest, with neither traps nor vectors nor flushing to
/// zero: `checkStatus` sees to that. Results that are numbers in range are then those of SSE, and inexactness is noted
/// already, or the interpreter looks for it. NaNs, infinities, and what is too small are the interpreter's.
extension BlockTranslator {
  /// What a result must be.
  enum FloatingRange {
    /// No NaN, no infinity.
    case finite
    /// And not so small that rounding could have made it tiny, nor zero.
    case normal
  }

  /// The register that begins at that word.
  func floating(_ word: Int) -> HostOperand { .memory(Layout.core, Layout.floating + word * 4) }

  /// Goes to the interpreter for this part where the coprocessor is not as the code wants it.
  mutating func checkStatus() {
    a.load(.rax, .memory(Layout.core, Layout.floatingException))
    a.arithmetic(.and, .rax, Int32(bitPattern: FPEXC.enable | FPEXC.exceptional))
    a.arithmetic(.cmp, .rax, Int32(bitPattern: FPEXC.enable))
    stubs.append(.unready(a.jump(if: .notEqual), part: part, sources))
    a.test(
      .memory(Layout.core, Layout.floatingStatus),
      Int32(bitPattern: FPSCR.length | FPSCR.enables | FPSCR.rounding | FPSCR.flushToZero))
    stubs.append(.unready(a.jump(if: .notEqual), part: part, sources))
  }

  /// The slow way where inexactness has not been noted yet.
  private mutating func checkNoted() -> HostFixup {
    a.test(.memory(Layout.core, Layout.floatingStatus), Int32(FPSCR.inexact), width: .byte)
    return a.jump(if: .equal)
  }

  /// The slow way where `register` is out of range; eax is used.
  private mutating func check(_ register: HostRegister, _ range: FloatingRange, isDouble: Bool) -> HostFixup {
    if isDouble {
      a.moveBits(.rax, fromScalar: register, width: .double)
      a.shift(.shr, .register(.rax), 32, width: .double)
    } else {
      a.moveBits(.rax, fromScalar: register, width: .word)
    }
    // The exponent comes to the top.
    a.arithmetic(.add, .rax, .rax)
    let unit: UInt32 = isDouble ? 1 << 21 : 1 << 24
    let top: UInt32 = isDouble ? 0x7ff : 0xff
    if range == .normal { a.arithmetic(.sub, .rax, Int32(bitPattern: 2 * unit)) }
    a.arithmetic(.cmp, .rax, Int32(bitPattern: (range == .normal ? top - 2 : top) &* unit))
    return a.jump(if: .aboveOrEqual)
  }

  private func word(_ number: UInt8, _ isDouble: Bool) -> Int { isDouble ? Int(number) * 2 : Int(number) }

  /// Any of VFP's data processing.
  mutating func process(_ op: Op, _ index: Int) {
    let i = op.pointee
    let isDouble = i.immediate & 0x100 != 0
    switch i.operation {
    case .fcpy, .fabs, .fneg: sign(i, isDouble)
    case .fcmp, .fcmpe, .fcmpz, .fcmpez: compare(i, index, isDouble)
    case .fcvt, .fuito, .fsito, .ftoui, .ftouiz, .ftosi, .ftosiz: convert(i, index, isDouble)
    default: compute(i, index, isDouble)
    }
  }

  private mutating func compute(_ i: Instruction, _ index: Int, _ isDouble: Bool) {
    let d = floating(word(i.rd, isDouble))
    let n = floating(word(i.rn, isDouble))
    let m = floating(word(i.rm, isDouble))
    var slow = [checkNoted()]
    var result = HostRegister.rax
    switch i.operation {
    case .fadd, .fsub:
      a.loadScalar(.rax, n, isDouble: isDouble)
      a.scalar(i.operation == .fadd ? .add : .subtract, .rax, m, isDouble: isDouble)
      slow.append(check(.rax, .finite, isDouble: isDouble))
    case .fsqrt:
      a.clearScalar(.rax)
      a.scalar(.squareRoot, .rax, m, isDouble: isDouble)
      slow.append(check(.rax, .normal, isDouble: isDouble))
    case .fdiv:
      a.loadScalar(.rax, n, isDouble: isDouble)
      a.scalar(.divide, .rax, m, isDouble: isDouble)
      slow.append(checkZero(n, nil, isDouble))
    default:
      a.loadScalar(.rax, n, isDouble: isDouble)
      a.scalar(.multiply, .rax, m, isDouble: isDouble)
      slow.append(checkZero(n, m, isDouble))
      switch i.operation {
      case .fmul: break
      case .fnmul:
        negate(.rax, isDouble)
      case .fmsc:
        a.scalar(.subtract, .rax, d, isDouble: isDouble)
        slow.append(check(.rax, .finite, isDouble: isDouble))
      default:
        a.loadScalar(.rcx, d, isDouble: isDouble)
        if i.operation == .fnmsc { negate(.rcx, isDouble) }
        a.scalar(i.operation == .fmac ? .add : .subtract, .rcx, .register(.rax), isDouble: isDouble)
        slow.append(check(.rcx, .finite, isDouble: isDouble))
        result = .rcx
      }
    }
    a.storeScalar(d, result, isDouble: isDouble)
    close(index, slow)
  }

  /// The slow way where xmm0, a product or quotient, is out of range; a zero that comes from one is in it.
  private mutating func checkZero(_ n: HostOperand, _ m: HostOperand?, _ isDouble: Bool) -> HostFixup {
    let unusual = check(.rax, .normal, isDouble: isDouble)
    let hit = a.position
    // Both stubs are written later: this one goes on to the other.
    let slow = TranslationStub.Zero(fixup: unusual, first: n, second: m, isDouble: isDouble, hit: hit)
    zeros.append(slow)
    return unusual
  }

  private mutating func negate(_ register: HostRegister, _ isDouble: Bool) {
    a.move(.rax, isDouble ? 0x8000_0000_0000_0000 as UInt64 : 0x8000_0000)
    a.moveBits(.rdx, fromGeneral: .rax, width: .double)
    a.exclusiveOr(register, .rdx)
  }

  private mutating func sign(_ i: Instruction, _ isDouble: Bool) {
    let width: HostWidth = isDouble ? .double : .word
    a.load(.rax, floating(word(i.rm, isDouble)), width: width)
    let bit: UInt8 = isDouble ? 63 : 31
    if i.operation == .fabs { a.bit(.reset, .register(.rax), bit, width: width) }
    if i.operation == .fneg { a.bit(.complement, .register(.rax), bit, width: width) }
    a.store(floating(word(i.rd, isDouble)), .rax, width: width)
  }

  /// The flags go to FPSCR; where FMSTAT brings them from there is nothing to be seen here.
  private mutating func compare(_ i: Instruction, _ index: Int, _ isDouble: Bool) {
    a.loadScalar(.rax, floating(word(i.rd, isDouble)), isDouble: isDouble)
    if i.operation == .fcmp || i.operation == .fcmpe {
      a.compareScalar(.rax, floating(word(i.rm, isDouble)), isDouble: isDouble)
    } else {
      a.clearScalar(.rcx)
      a.compareScalar(.rax, .register(.rcx), isDouble: isDouble)
    }
    let slow = a.jump(if: .parity)
    a.move(.rcx, FPSCR.c)
    a.move(.rax, FPSCR.z | FPSCR.c)
    a.move(if: .equal, .rcx, .register(.rax))
    a.move(.rax, FPSCR.n)
    a.move(if: .below, .rcx, .register(.rax))
    a.load(.rax, .memory(Layout.core, Layout.floatingStatus))
    a.arithmetic(.and, .rax, 0x0fff_ffff)
    a.arithmetic(.or, .rax, .rcx)
    a.store(.memory(Layout.core, Layout.floatingStatus), .rax)
    close(index, [slow])
  }

  private mutating func convert(_ i: Instruction, _ index: Int, _ isDouble: Bool) {
    let m = floating(word(i.rm, isDouble))
    switch i.operation {
    case .fcvt:
      var slow: [HostFixup] = []
      if isDouble { slow.append(checkNoted()) }
      a.clearScalar(.rax)
      a.scalar(.convert, .rax, m, isDouble: isDouble)
      if isDouble {
        slow.append(check(.rax, .normal, isDouble: false))
      } else {
        a.compareScalar(.rax, .register(.rax), isDouble: true)
        slow.append(a.jump(if: .parity))
      }
      a.storeScalar(floating(word(i.rd, !isDouble)), .rax, isDouble: !isDouble)
      close(index, slow)
    case .fuito, .fsito:
      let slow = isDouble ? [] : [checkNoted()]
      a.clearScalar(.rax)
      if i.operation == .fsito {
        a.convert(.rax, fromInteger: floating(Int(i.rm)), width: .word, isDouble: isDouble)
      } else {
        a.load(.rax, floating(Int(i.rm)))
        a.convert(.rax, fromInteger: .register(.rax), width: .double, isDouble: isDouble)
      }
      a.storeScalar(floating(word(i.rd, isDouble)), .rax, isDouble: isDouble)
      close(index, slow)
    default:
      let truncating = i.operation == .ftouiz || i.operation == .ftosiz
      var slow = [checkNoted()]
      if i.operation == .ftosi || i.operation == .ftosiz {
        a.convert(toInteger: .rax, m, width: .word, isDouble: isDouble, truncating: truncating)
        a.arithmetic(.cmp, .rax, .min)
        slow.append(a.jump(if: .equal))
      } else {
        a.convert(toInteger: .rax, m, width: .double, isDouble: isDouble, truncating: truncating)
        a.move(.rcx, .rax)
        a.arithmetic(.cmp, .rcx, .rax, width: .double)
        slow.append(a.jump(if: .notEqual))
      }
      a.store(floating(Int(i.rd)), .rax)
      close(index, slow)
    }
  }

  /// Instruction `index` is over.
  private mutating func close(_ index: Int, _ slow: [HostFixup]) {
    guard !slow.isEmpty else { return }
    var slow = slow
    let call = TranslationStub.Call(fixups: [], site: site(index), sources: sourcesBefore, back: a.position)
    for zero in zeros {
      slow.removeAll { $0.site == zero.fixup.site }
      stubs.append(.zero(zero, call))
    }
    zeros.removeAll()
    guard !slow.isEmpty else { return }
    stubs.append(
      .call(TranslationStub.Call(fixups: slow, site: call.site, sources: call.sources, back: call.back)))
  }

  /// Accepts a zero that is the product or quotient of one, else executes the instruction in the interpreter's way.
  mutating func write(_ zero: TranslationStub.Zero, _ call: TranslationStub.Call) {
    a.bind(zero.fixup)
    a.clearScalar(.rcx)
    a.compareScalar(.rax, .register(.rcx), isDouble: zero.isDouble)
    let isNaN = a.jump(if: .parity)
    let isOther = a.jump(if: .notEqual)
    a.compareScalar(.rcx, zero.first, isDouble: zero.isDouble)
    a.jump(if: .equal, to: zero.hit)
    if let second = zero.second {
      a.compareScalar(.rcx, second, isDouble: zero.isDouble)
      a.jump(if: .equal, to: zero.hit)
    }
    write(TranslationStub.Call(fixups: [isNaN, isOther], site: call.site, sources: call.sources, back: call.back))
  }

  // MARK: Moves

  /// Transfers between VFP's and ARM's registers, FMSTAT among them.
  mutating func moveFloating(_ op: Op, _ index: Int) {
    let i = op.pointee
    switch i.operation {
    case .fmsr: put(Int(i.rn), i.rd, op)
    case .fmdlr: put(Int(i.rn) * 2, i.rd, op)
    case .fmdhr: put(Int(i.rn) * 2 + 1, i.rd, op)
    case .fmrs: take(i.rd, Int(i.rn))
    case .fmrdl: take(i.rd, Int(i.rn) * 2)
    case .fmrdh: take(i.rd, Int(i.rn) * 2 + 1)
    case .fmdrr, .fmsrr:
      let first = i.operation == .fmdrr ? Int(i.rm) * 2 : Int(i.rm)
      put(first, i.rd, op)
      put((first + 1) & 31, i.rn, op)
    case .fmrrd, .fmrrs:
      let first = i.operation == .fmrrd ? Int(i.rm) * 2 : Int(i.rm)
      take(i.rd, first)
      take(i.rn, (first + 1) & 31)
    default:
      host = .none
      // What a comparison leaves there can be told by one look later.
      if !isConditional, index > 0, self.op(index - 1).pointee.isFloatingComparison,
        self.op(index - 1).pointee.condition == 14
      {
        sources.set(
          .all,
          FlagSource(kind: .floating, part: UInt8(truncatingIfNeeded: part), index: UInt8(truncatingIfNeeded: index)))
      } else {
        saveFloating(.all)
        if !isConditional { sources.set(.all, .core) }
      }
    }
  }

  private mutating func put(_ word: Int, _ place: UInt8, _ op: Op) {
    if let register = Layout.pinned(place) { return a.store(floating(word), register) }
    get(.rax, place, op)
    a.store(floating(word), .rax)
  }

  private mutating func take(_ place: UInt8, _ word: Int) {
    if let register = Layout.pinned(place) { return a.load(register, floating(word)) }
    a.load(.rax, floating(word))
    set(place, .rax)
  }

  /// Puts flags of FPSCR into the core. eax and ecx are used.
  mutating func saveFloating(_ flags: FlagUse) {
    a.load(.rax, .memory(Layout.core, Layout.floatingStatus))
    if flags.contains(.c) { saveBit(29, Layout.carry) }
    if flags.contains(.v) { saveBit(28, Layout.overflow) }
    guard !flags.isDisjoint(with: [.n, .z]) else { return }
    a.store(.memory(Layout.core, Layout.negative), .rax)
    a.unary(.not, .register(.rax))
    a.arithmetic(.and, .rax, Int32(bitPattern: FPSCR.z))
    a.store(.memory(Layout.core, Layout.zero), .rax)
  }

  private mutating func saveBit(_ bit: UInt8, _ offset: Int) {
    a.move(.rcx, .rax)
    a.shift(.shr, .register(.rcx), bit)
    a.arithmetic(.and, .rcx, 1)
    a.store(.memory(Layout.core, offset), .rcx)
  }

  /// Asks FPSCR, as a comparison left it, for a condition. Less is N, equal Z and C, greater C, unordered C and V.
  mutating func testFloating(_ condition: UInt8) -> HostCondition {
    let (bits, isSet): (UInt8, Bool) =
      switch condition {
      case 0: (0x40, true)
      case 1: (0x40, false)
      case 2: (0x20, true)
      case 3: (0x20, false)
      case 4: (0x80, true)
      case 5: (0x80, false)
      case 6: (0x10, true)
      case 7: (0x10, false)
      case 8: (0xc0, false)
      case 9: (0xc0, true)
      case 10: (0x90, false)
      case 11: (0x90, true)
      case 12: (0xd0, false)
      default: (0xd0, true)
      }
    a.test(.memory(Layout.core, Layout.floatingStatus + 3), Int32(bits), width: .byte)
    return isSet ? .notEqual : .equal
  }

  // MARK: Loads and stores

  /// FLDS to FSTD.
  mutating func transferFloating(_ op: Op, _ index: Int) {
    let i = op.pointee
    let isStore = i.operation == .fsts || i.operation == .fstd
    let isDouble = i.operation == .fldd || i.operation == .fstd
    let register = floating(word(i.rd, isDouble))
    let width: HostWidth = isDouble ? .double : .word
    if i.rn == CPU.pc {
      let known = programCounter(op) &+ i.immediate
      if !isStore, known & 3 == 0, (known ^ pc) < 0x1000, (known &+ (isDouble ? 4 : 0) ^ pc) < 0x1000,
        let low = guest.constant(known, block, pc)
      {
        constants.append(low.watch)
        guard isDouble else { return a.store(register, Int32(bitPattern: low.value)) }
        if let high = guest.constant(known &+ 4, block, pc) {
          constants.append(high.watch)
          a.store(register, Int32(bitPattern: low.value))
          return a.store(register.advanced(by: 4), Int32(bitPattern: high.value))
        }
      }
      a.move(.rcx, known)
    } else if let base = Layout.pinned(i.rn) {
      a.address(.rcx, .memory(base, Int(Int32(bitPattern: i.immediate))))
    } else {
      get(.rcx, i.rn, op)
      if i.immediate != 0 { a.arithmetic(.add, .rcx, Int32(bitPattern: i.immediate)) }
    }
    let page = i.rn == CPU.pc ? takePage() : Int(pages[Int(i.rn >> 2)])
    let found = check(.rcx, isDouble ? 7 : 3, writes: isStore, page: page)
    if isStore {
      a.load(.rax, register, width: width)
      a.store(found.place, .rax, width: width)
    } else {
      a.load(.rax, found.place, width: width)
      a.store(register, .rax, width: width)
    }
    close(found, index)
  }

  /// FLDM and FSTM.
  mutating func transferFloatingMultiple(_ op: Op, _ index: Int) {
    let i = op.pointee
    let isStore = i.operation == .fstms || i.operation == .fstmd
    let first = i.firstFloatingWord
    let count = i.floatingWords
    let size = Int32(count * 4 + (i.flags.contains(.long) ? 4 : 0))
    let isDown = i.flags.contains(.subtract)
    get(.rcx, i.rn, op)
    if isDown { a.arithmetic(.sub, .rcx, size) }
    a.move(.rax, .rcx)
    a.arithmetic(.and, .rax, 0xfff)
    a.arithmetic(.cmp, .rax, 0x1000 - Int32(count) * 4)
    let crosses = a.jump(if: .above)
    var found = check(.rcx, 3, writes: isStore, page: Int(pages[Int(i.rn >> 2)]), size: count * 4)
    found.slow.append(crosses)
    var word = 0
    while word < count {
      let width: HostWidth = count - word > 1 ? .double : .word
      let register = floating(first + word)
      let place = found.place.advanced(by: word * 4)
      if isStore {
        a.load(.rax, register, width: width)
        a.store(place, .rax, width: width)
      } else {
        a.load(.rax, place, width: width)
        a.store(register, .rax, width: width)
      }
      word += width == .double ? 2 : 1
    }
    if i.flags.contains(.writeback) { a.arithmetic(isDown ? .sub : .add, operand(i.rn), size) }
    close(found, index)
  }
}
