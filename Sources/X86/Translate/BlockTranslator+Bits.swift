import Emit

/// Shifts, rotations and bits.
extension BlockTranslator {
  private func host(_ operation: Operation) -> HostShift {
    switch operation {
    case .rol: .rol
    case .ror: .ror
    case .rcl: .rcl
    case .rcr: .rcr
    case .shl: .shl
    case .shr: .shr
    default: .sar
    }
  }

  /// Does something that makes all flags, where cl modulo 32 is not 0. The flags are saved before, and behind it.
  private mutating func unlessCountIsZero(_ body: (inout BlockTranslator) -> Void) {
    saveFlags()
    a.test(.register(.rcx), 31, width: .byte)
    let skip = a.jump(if: .equal)
    body(&self)
    a.bind(skip)
    place = .saved
  }

  /// SHL, SHR and SAR.
  mutating func shift(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width = width(i.size)
    let shift = host(i.operation)
    let isByCL = i.flags.contains(.implicit)
    let count = i.shiftCount
    if i.memory == .none, !isByCL, count == 0 { return }
    let operand: HostOperand =
      i.memory == .first ? access(op, index, size: Int(i.size), writes: true) : .register(register(i.a))
    if !isByCL {
      a.shift(shift, operand, count, width: width)
      place = .hostButAdjust
    } else if isLive(index) {
      unlessCountIsZero { translator in
        translator.a.shift(shift, operand, width: width)
        translator.place = .hostButAdjust
        translator.saveFlags()
      }
    } else {
      a.shift(shift, operand, width: width)
      place = .saved
    }
  }

  /// Rotations of 4 bytes, which change CF and OF only, and nothing when the count is 0.
  mutating func rotate(_ op: Op, _ index: Int) {
    let i = op.pointee
    let isByCL = i.flags.contains(.implicit)
    let operand = HostOperand.register(register(i.a))
    let isThroughCarry = i.operation == .rcl || i.operation == .rcr
    if !isByCL, i.shiftCount == 0 { return }
    if isLive(index) { loadFlags() } else if isThroughCarry { loadCarry() }
    if isByCL {
      a.shift(host(i.operation), operand)
    } else {
      a.shift(host(i.operation), operand, i.shiftCount)
    }
    place = .host
  }

  /// SHLD and SHRD of 4 bytes. Of SHLD processors differ in OF.
  mutating func shiftDouble(_ op: Op, _ index: Int) {
    let i = op.pointee
    let isLeft = i.operation == .shld
    let target = register(i.a)
    let isByCL = i.flags.contains(.implicit)
    if !isByCL, i.shiftCount == 0 { return }
    let isLive = isLive(index)
    func shift(_ translator: inout BlockTranslator) {
      if isLive, isLeft { translator.a.move(.r11, target) }
      if isByCL {
        translator.a.shiftDouble(left: isLeft, .register(target), translator.register(i.b))
      } else {
        translator.a.shiftDouble(left: isLeft, .register(target), translator.register(i.b), i.shiftCount)
      }
      translator.place = .hostButAdjust
      guard isLive else {
        translator.place = .saved
        return
      }
      guard isLeft else { return translator.saveFlags() }
      translator.a.plain(.loadFlags)
      translator.a.arithmetic(.xor, .r11, target)
      translator.a.shift(.shr, .register(.r11), 31)
      translator.a.loadPart(.rax, .register(.r11), width: .byte)
      translator.a.arithmetic(.and, .rax, ~0x1000)
      translator.place = .saved
    }
    if isByCL, isLive { unlessCountIsZero(shift) } else { shift(&self) }
  }

  /// BT, BTS, BTR and BTC: only CF changes.
  mutating func bit(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width = width(i.size)
    let operation: HostBit =
      switch i.operation {
      case .bt: .test
      case .bts: .set
      case .btr: .reset
      default: .complement
      }
    let mask = i.size * 8 - 1
    let number = UInt8(truncatingIfNeeded: i.immediate) & mask
    if i.memory == .none {
      if isLive(index, .others) { loadFlags() }
      let operand = HostOperand.register(register(i.a))
      if i.flags.contains(.immediate) {
        a.bit(operation, operand, number, width: width)
      } else {
        a.bit(operation, operand, register(i.b), width: width)
      }
    } else if i.flags.contains(.immediate) {
      let operand = access(op, index, size: Int(i.size), writes: operation != .test)
      if isLive(index, .others) { loadFlags() }
      lock(op)
      a.bit(operation, operand, number, width: width)
    } else {
      // The word with that bit.
      loseFlags()
      address(.r10, op)
      a.move(.r11, register(i.b))
      a.shift(.sar, .register(.r11), 5)
      a.address(.r10, .memory(.r10, index: .r11, scale: 2))
      addSegment(i.segment, size: 4, writes: operation != .test)
      let operand = check(size: 4, writes: operation != .test)
      if isLocked(op) {
        keepInLine(operand, size: 4)
        a.move(.r11, register(i.b))
        a.arithmetic(.and, .r11, 31)
        if isLive(index, .others) { loadFlags() }
        a.lock()
        a.bit(operation, operand, .r11)
        place = .host
        return
      }
      a.load(.r11, operand)
      if isLive(index, .others) { loadFlags() }
      a.bit(operation, .register(.r11), register(i.b))
      if operation != .test { a.store(operand, .r11) }
    }
    place = .host
  }

  /// BSF and BSR of 4 bytes: a source of 0 leaves the destination; only ZF changes.
  mutating func scan(_ op: Op, _ index: Int) {
    let i = op.pointee
    if isLive(index) { saveFlags() }
    place = .saved
    let operand: HostOperand =
      i.memory == .second ? access(op, index, size: 4, writes: false) : .register(register(i.b))
    if i.operation == .bsf { a.scanForward(.r12, operand) } else { a.scanReverse(.r12, operand) }
    a.move(if: .notEqual, register(i.a), .register(.r12))
    guard isLive(index) else { return }
    a.set(.equal, .register(.r11))
    a.load(.r11, .register(.r11), width: .byte)
    a.shift(.shl, .register(.r11), 14)
    a.arithmetic(.and, .rax, ~0x4000)
    a.arithmetic(.or, .rax, .r11)
  }
}
