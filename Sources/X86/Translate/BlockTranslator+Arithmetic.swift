import Emit

/// Arithmetic and logic.
extension BlockTranslator {
  private func host(_ operation: Operation) -> HostArithmetic {
    switch operation {
    case .add: .add
    case .or: .or
    case .adc: .adc
    case .sbb: .sbb
    case .and: .and
    case .sub: .sub
    case .xor: .xor
    default: .cmp
    }
  }

  /// ADD to CMP, and TEST.
  mutating func arithmetic(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width = width(i.size)
    let isTest = i.operation == .test
    let writes = i.operation != .cmp && !isTest
    let needsCarry = i.operation == .adc || i.operation == .sbb
    let operation = host(i.operation)
    switch i.memory {
    case .first:
      let target = access(op, index, size: Int(i.size), writes: writes)
      if i.flags.contains(.immediate) {
        let value = Int32(truncatingIfNeeded: i.immediate)
        if needsCarry { loadCarry() }
        if isTest {
          a.test(target, value, width: width)
        } else {
          lock(op)
          a.arithmetic(operation, target, value, width: width)
        }
      } else {
        let value = source(i.b, i.size, index)
        if needsCarry { loadCarry() }
        if isTest {
          a.test(target, value, width: width)
        } else {
          lock(op)
          a.arithmetic(operation, to: target, value, width: width)
        }
      }
    case .second:
      let source = access(op, index, size: Int(i.size), writes: false)
      if isHigh(i.a, i.size) {
        highByte(i.a, index, writes: writes) { translator, register in
          if isTest {
            translator.a.test(source, register, width: .byte)
          } else {
            translator.a.arithmetic(operation, register, source, width: .byte)
          }
        }
        return
      }
      if needsCarry { loadCarry() }
      if isTest {
        a.test(source, register(i.a), width: width)
      } else {
        a.arithmetic(operation, register(i.a), source, width: width)
      }
    case .none:
      if i.hasHighByte, plainBytes(i, operation) { break }
      if i.flags.contains(.immediate) {
        let value = Int32(truncatingIfNeeded: i.immediate)
        if isHigh(i.a, i.size) {
          highByte(i.a, index, writes: writes) { translator, register in
            if isTest {
              translator.a.test(.register(register), value, width: .byte)
            } else {
              translator.a.arithmetic(operation, register, value, width: .byte)
            }
          }
          return
        }
        if needsCarry { loadCarry() }
        if isTest {
          a.test(.register(register(i.a)), value, width: width)
        } else {
          a.arithmetic(operation, register(i.a), value, width: width)
        }
        break
      }
      var value = register(i.b)
      if isHigh(i.b, i.size) {
        // The flags become others.
        a.move(.r11, value)
        a.shift(.shr, .register(.r11), 8)
        value = .r11
      }
      if isHigh(i.a, i.size) {
        if value == register(i.a) {
          a.move(.r11, value)
          value = .r11
        }
        let other = value
        highByte(i.a, index, writes: writes) { translator, register in
          if isTest {
            translator.a.test(.register(register), other, width: .byte)
          } else {
            translator.a.arithmetic(operation, register, other, width: .byte)
          }
        }
        return
      }
      if needsCarry { loadCarry() }
      if isTest {
        a.test(.register(register(i.a)), value, width: width)
      } else {
        a.arithmetic(operation, register(i.a), value, width: width)
      }
    }
    place = .host
  }

  /// An operation on bytes of which one at least is CH, DH or BH, where the host has all of them, too.
  private mutating func plainBytes(_ i: Instruction, _ operation: HostArithmetic) -> Bool {
    guard let target = plainByte(i.a) else { return false }
    let isTest = i.operation == .test
    if i.flags.contains(.immediate) {
      let value = UInt8(truncatingIfNeeded: i.immediate)
      if isTest { a.test(byte: target, value: value) } else { a.arithmetic(operation, byte: target, value: value) }
      return true
    }
    guard let source = plainByte(i.b) else { return false }
    if isTest { a.test(byte: target, source) } else { a.arithmetic(operation, byte: target, source) }
    return true
  }

  /// An operation on AH, CH, DH or BH, which makes all flags.
  private mutating func highByte(
    _ place: UInt8, _ index: Int, writes: Bool, _ body: (inout BlockTranslator, HostRegister) -> Void
  ) {
    guard writes else {
      a.move(.r12, register(place))
      a.shift(.shr, .register(.r12), 8)
      body(&self, .r12)
      self.place = .host
      return
    }
    changeHigh(place, index) { translator, register in
      body(&translator, register)
      translator.place = .host
    }
  }

  /// INC and DEC: CF stays.
  mutating func step(_ op: Op, _ index: Int) {
    let i = op.pointee
    let operand: HostOperand =
      i.memory == .first ? access(op, index, size: Int(i.size), writes: true) : .register(register(i.a))
    if isLive(index, .carry) { loadCarry() }
    lock(op)
    a.step(operand, down: i.operation == .dec, width: width(i.size))
    place = .host
  }

  /// NEG and NOT.
  mutating func unary(_ op: Op, _ index: Int) {
    let i = op.pointee
    let operand: HostOperand =
      i.memory == .first ? access(op, index, size: Int(i.size), writes: true) : .register(register(i.a))
    lock(op)
    a.unary(i.operation == .neg ? .neg : .not, operand, width: width(i.size))
    if i.operation == .neg { place = .host }
  }

  // MARK: Multiplication and division, of 4 bytes but for IMUL with two or three operands

  /// MUL and IMUL of EAX: eax, whose flags are old, and edx are the host's own.
  mutating func multiply(_ op: Op, _ index: Int) {
    let i = op.pointee
    let accumulator = Layout.register(0)
    let operand: HostOperand =
      i.memory == .first ? access(op, index, size: 4, writes: false) : .register(register(i.a))
    a.move(.rax, accumulator)
    a.unary(i.operation == .mul ? .mul : .imul, operand)
    a.move(accumulator, .rax)
    productFlags(accumulator, index, width: .word)
  }

  /// IMUL with two or three operands.
  mutating func multiplyTruncated(_ op: Op, _ index: Int) {
    let i = op.pointee
    let width = width(i.size)
    let target = register(i.a)
    let operand: HostOperand =
      i.memory == .second ? access(op, index, size: Int(i.size), writes: false) : .register(register(i.b))
    if i.flags.contains(.immediate) {
      a.multiply(target, operand, Int32(truncatingIfNeeded: i.immediate), width: width)
    } else {
      a.multiply(target, operand, width: width)
    }
    productFlags(target, index, width: width)
  }

  /// DIV and IDIV of EDX:EAX, which change no flags. What the host would refuse is the interpreter's, and of IDIV also
  /// what does not begin with CDQ.
  mutating func divide(_ op: Op, _ index: Int) {
    let i = op.pointee
    let accumulator = Layout.register(0)
    loseFlags()
    var divisor = HostRegister.r10
    if i.memory == .first {
      a.load(.r10, access(op, index, size: 4, writes: false))
    } else {
      divisor = register(i.a)
    }
    if i.operation == .div {
      a.arithmetic(.cmp, .rdx, divisor)
      slow.append(a.jump(if: .aboveOrEqual))
    } else {
      // 0 and -1
      a.address(.r11, .memory(divisor, 1))
      a.arithmetic(.cmp, .r11, 1)
      slow.append(a.jump(if: .belowOrEqual))
      a.move(.r11, accumulator)
      a.shift(.sar, .register(.r11), 31)
      a.arithmetic(.cmp, .r11, .rdx)
      slow.append(a.jump(if: .notEqual))
    }
    a.move(.r11, .rax)
    a.move(.rax, accumulator)
    a.unary(i.operation == .div ? .div : .idiv, .register(divisor))
    a.move(accumulator, .rax)
    a.move(.rax, .r11)
  }
}
