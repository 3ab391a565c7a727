import Emit

/// Moves and exchanges.
extension BlockTranslator {
  /// Whether a byte register is AH, CH, DH or BH.
  func isHigh(_ place: UInt8, _ size: UInt8) -> Bool { size == 1 && place & 1 != 0 }

  /// The number that byte register `place` has where there is no REX; nil of AL and AH, which are in a register that
  /// needs one.
  func plainByte(_ place: UInt8) -> UInt8? {
    let number = place >> 3
    return number >= 1 && number <= 3 ? number | (place & 1) << 2 : nil
  }

  /// A register whose low part is the general register at `place`: `spare` for AH to BH, and the host's flags are lost
  /// then.
  mutating func source(_ place: UInt8, _ size: UInt8, _ index: Int, spare: HostRegister = .r11) -> HostRegister {
    guard isHigh(place, size) else { return register(place) }
    giveUpFlags(index)
    a.move(spare, register(place))
    a.shift(.shr, .register(spare), 8)
    return spare
  }

  /// Changes AH, CH, DH or BH, which is the low byte of its register meanwhile. The host's flags are lost.
  mutating func changeHigh(_ place: UInt8, _ index: Int, _ body: (inout BlockTranslator, HostRegister) -> Void) {
    let whole = register(place)
    a.shift(.ror, .register(whole), 8)
    body(&self, whole)
    giveUpFlags(index)
    a.shift(.rol, .register(whole), 8)
  }

  /// Writes a byte or half a word, or all of a register.
  mutating func set(_ place: UInt8, _ size: UInt8, _ value: HostRegister, _ index: Int) {
    if isHigh(place, size) {
      giveUpFlags(index)
      changeHigh(place, index) { $0.a.loadPart($1, .register(value), width: .byte) }
    } else if register(place) != value || size != 4 {
      a.loadPart(register(place), .register(value), width: width(size))
    }
  }

  /// MOV.
  mutating func move(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width = width(i.size)
    switch i.memory {
    case .first:
      let target = access(op, index, size: Int(i.size), writes: true)
      if i.flags.contains(.immediate) {
        a.store(target, Int32(truncatingIfNeeded: i.immediate), width: width)
      } else {
        a.store(target, source(i.b, i.size, index), width: width)
      }
    case .second:
      let place = access(op, index, size: Int(i.size), writes: false)
      if isHigh(i.a, i.size) {
        a.load(.r11, place, width: .byte)
        set(i.a, i.size, .r11, index)
      } else {
        a.loadPart(register(i.a), place, width: width)
      }
    case .none:
      if i.flags.contains(.immediate) {
        let value = UInt32(truncatingIfNeeded: i.immediate)
        if i.size == 4 {
          a.move(register(i.a), value)
        } else if isHigh(i.a, i.size), let target = plainByte(i.a) {
          a.move(byte: target, value: UInt8(truncatingIfNeeded: value))
        } else if isHigh(i.a, i.size) {
          a.move(.r11, value)
          set(i.a, i.size, .r11, index)
        } else {
          a.store(.register(register(i.a)), Int32(bitPattern: value), width: width)
        }
        return
      }
      if i.hasHighByte, let target = plainByte(i.a), let value = plainByte(i.b) {
        return a.move(byte: target, value)
      }
      // A byte may come from the register that is turned.
      var value = source(i.b, i.size, index)
      if isHigh(i.a, i.size), value == register(i.a) {
        a.move(.r11, value)
        value = .r11
      }
      set(i.a, i.size, value, index)
    }
  }

  /// MOVZX and MOVSX: `size` is the source's, `condition` the destination's.
  mutating func extend(_ op: Op, _ index: Int) {
    let i = op.pointee
    let isSigned = i.operation == .movsx
    if i.memory == .none, isHigh(i.b, i.size), let value = plainByte(i.b), i.condition == 4,
      register(i.a).number < 8
    {
      return a.load(register(i.a), byte: value, isSigned: isSigned)
    }
    let operand: HostOperand =
      i.memory == .none
      ? .register(source(i.b, i.size, index)) : access(op, index, size: Int(i.size), writes: false)
    if i.condition == 2 {
      a.load(.r11, operand, width: width(i.size), isSigned: isSigned)
      a.loadPart(register(i.a), .register(.r11), width: .half)
    } else {
      a.load(register(i.a), operand, width: width(i.size), isSigned: isSigned)
    }
  }

  /// LEA.
  mutating func loadAddress(_ op: Op) {
    if op.pointee.size == 4 { return address(register(op.pointee.a), op) }
    address(.r10, op)
    a.loadPart(register(op.pointee.a), .register(.r10), width: .half)
  }

  /// XCHG; of two registers only whole ones.
  mutating func exchange(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width = width(i.size)
    if i.memory == .none {
      a.move(.r11, register(i.a))
      a.move(register(i.a), register(i.b))
      a.move(register(i.b), .r11)
    } else {
      let place = access(op, index, size: Int(i.size), writes: true)
      if isParallel {
        a.move(.r11, register(i.b))
        a.exchange(place, .r11, width: width)
      } else {
        a.load(.r11, place, width: width)
        a.store(place, register(i.b), width: width)
      }
      a.loadPart(register(i.b), .register(.r11), width: width)
    }
  }

  /// XADD.
  mutating func exchangeAdd(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width = width(i.size)
    if i.memory == .none {
      // The sum is written last.
      a.move(.r11, register(i.a))
      a.move(.r12, .r11)
      a.arithmetic(.add, .r12, register(i.b), width: width)
      a.move(register(i.b), .r11)
      a.move(register(i.a), .r12)
    } else {
      let place = access(op, index, size: Int(i.size), writes: true)
      if isLocked(op) {
        a.move(.r11, register(i.b))
        a.lock()
        a.exchangeAdd(place, .r11, width: width)
      } else {
        a.load(.r11, place, width: width)
        a.move(.r12, .r11)
        a.arithmetic(.add, .r12, register(i.b), width: width)
        a.store(place, .r12, width: width)
      }
      a.loadPart(register(i.b), .register(.r11), width: width)
    }
    self.place = .host
  }

  /// CMPXCHG; memory is written in either case, with what was there if need be.
  mutating func compareExchange(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width = width(i.size)
    let accumulator = Layout.register(0)
    let operand: HostOperand =
      i.memory == .none ? .register(register(i.a)) : access(op, index, size: Int(i.size), writes: true)
    if isLocked(op) {
      // Of the flags in eax none stays.
      a.move(.rax, accumulator)
      a.lock()
      a.compareExchange(operand, register(i.b), width: width)
      a.loadPart(accumulator, .register(.rax), width: width)
      place = .host
      return
    }
    a.load(.r11, operand, width: width)
    a.move(.r12, .r11)
    a.arithmetic(.cmp, accumulator, .r11, width: width)
    a.move(if: .equal, .r12, .register(register(i.b)))
    if i.memory == .none { a.move(register(i.a), .r12) } else { a.store(operand, .r12, width: width) }
    if i.size == 4 {
      a.move(if: .notEqual, accumulator, .register(.r11))
    } else {
      // Of equal parts the copy changes nothing.
      a.loadPart(accumulator, .register(.r11), width: width)
    }
    self.place = .host
  }

  /// CMOVcc: the source is read, and may fault, in either case.
  mutating func moveConditional(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width = width(i.size)
    var source = HostRegister.r11
    if i.memory == .none {
      source = register(i.b)
    } else {
      let place = access(op, index, size: Int(i.size), writes: false)
      a.load(.r11, place, width: width)
    }
    a.move(if: condition(i.condition), register(i.a), .register(source), width: width)
  }

  /// SETcc.
  mutating func setByte(_ op: Op, _ index: Int) {
    let i = op.pointee
    if i.memory == .first {
      let target = access(op, index, size: 1, writes: true)
      a.set(condition(i.condition), target)
    } else if isHigh(i.a, 1), let target = plainByte(i.a) {
      a.set(condition(i.condition), byte: target)
    } else if isHigh(i.a, 1) {
      saveFlags()
      a.set(condition(i.condition), .register(.r11))
      set(i.a, 1, .r11, index)
    } else {
      a.set(condition(i.condition), .register(register(i.a)))
    }
  }

  /// CBW and CWDE, CWD and CDQ.
  mutating func convert(_ op: Op, _ index: Int) {
    let i = op.pointee
    let accumulator = Layout.register(0)
    switch (i.operation, i.size) {
    case (.cbw, 2):
      a.load(.r11, .register(accumulator), width: .byte, isSigned: true)
      a.loadPart(accumulator, .register(.r11), width: .half)
    case (.cbw, _): a.load(accumulator, .register(accumulator), width: .half, isSigned: true)
    case (_, 2):
      giveUpFlags(index)
      a.load(.r11, .register(accumulator), width: .half, isSigned: true)
      a.shift(.sar, .register(.r11), 31)
      a.loadPart(.rdx, .register(.r11), width: .half)
    default:
      giveUpFlags(index)
      a.move(.rdx, accumulator)
      a.shift(.sar, .register(.rdx), 31)
    }
  }
}
