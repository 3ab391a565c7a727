import Emit

/// Every form that the assembler has, with registers and addresses of all kinds.
enum FormCatalogue {
  /// One form: what writes it.
  struct Form {
    let write: (inout Assembler) -> Void

    /// The bytes that it becomes.
    var bytes: [UInt8] {
      withUnsafeTemporaryAllocation(byteCount: 64, alignment: 16) { place in
        guard let base = place.baseAddress else { return [] }
        var assembler = Assembler(base, capacity: 64)
        write(&assembler)
        return Array(UnsafeRawBufferPointer(start: base, count: assembler.position))
      }
    }
  }

  /// Registers with and without REX, and those whose encoding is special.
  static let registers: [HostRegister] = [.rax, .rsp, .rbp, .rsi, .r12, .r13, .r15]

  static let memory: [HostOperand] = [
    .memory(.rbx), .memory(.rsp), .memory(.rbp), .memory(.r12), .memory(.r13), .memory(.rbx, 64), .memory(.r12, -8),
    .memory(.rsp, 8), .memory(.rbx, 4096), .memory(.rdx, index: .rcx), .memory(.rbx, index: .rcx, scale: 3, 4096),
    .memory(.r13, index: .r12, scale: 2), .memory(.rbp, index: .r15, scale: 1, -1),
  ]

  static let operands = registers.map { HostOperand.register($0) } + memory

  static var all: [Form] {
    [arithmetic, moves, others, single, jumps, bits, floating, scalars, atomic, highBytes].flatMap { $0 }.map {
      Form(write: $0)
    }
  }

  private typealias Write = (inout Assembler) -> Void

  private static var arithmetic: [Write] {
    var list: [Write] = []
    for operation in HostArithmetic.allCases {
      for width in HostWidth.allCases {
        list.append { $0.arithmetic(operation, .rsi, .rdx, width: width) }
        list.append { $0.arithmetic(operation, .r9, .memory(.rbx, 256), width: width) }
        list.append { $0.arithmetic(operation, to: .memory(.r13), .rdi, width: width) }
        list.append { $0.arithmetic(operation, .rbp, 100, width: width) }
        list.append { $0.arithmetic(operation, .memory(.r12, 8), -1, width: width) }
        if width != .byte { list.append { $0.arithmetic(operation, .r10, 0x1234, width: width) } }
      }
    }
    for operand in operands {
      list.append { $0.arithmetic(.add, .r8, operand) }
      list.append { $0.test(operand, .rsi, width: .byte) }
      list.append { $0.test(operand, .r14) }
      list.append { $0.test(operand, 0x40, width: .byte) }
      list.append { $0.test(operand, 0x4000) }
    }
    return list
  }

  private static var moves: [Write] {
    var list: [Write] = []
    for operand in operands {
      for width in HostWidth.allCases {
        for register in [.rax, .rdi, .r11] as [HostRegister] {
          list.append { $0.load(register, operand, width: width) }
          if width == .byte || width == .half {
            list.append { $0.load(register, operand, width: width, isSigned: true) }
          }
          list.append { $0.store(operand, register, width: width) }
        }
        list.append { $0.store(operand, 0x12, width: width) }
        list.append { $0.exchange(operand, .rbp, width: width) }
      }
    }
    for operand in memory {
      list.append { $0.address(.rcx, operand) }
      list.append { $0.address(.r15, operand, width: .double) }
    }
    for register in registers {
      list.append { $0.move(register, 0x8765_4321 as UInt32) }
      list.append { $0.move(register, 0x1234_5678_9abc_def0 as UInt64) }
      list.append { $0.move(register, .rdx) }
      list.append { $0.move(.r8, register, width: .double) }
      list.append { $0.push(register) }
      list.append { $0.pop(register) }
    }
    return list
  }

  private static var others: [Write] {
    var list: [Write] = []
    for width in HostWidth.allCases {
      for operation in HostShift.allCases {
        list.append { $0.shift(operation, .register(.rsi), 5, width: width) }
        list.append { $0.shift(operation, .memory(.r9, 16), 7, width: width) }
        list.append { $0.shift(operation, .register(.r9), width: width) }
      }
      for operation in HostUnary.allCases {
        list.append { $0.unary(operation, .register(.rdi), width: width) }
        list.append { $0.unary(operation, .memory(.rbx, 20), width: width) }
      }
      guard width != .byte else { continue }
      list.append { $0.multiply(.rax, .register(.r12), width: width) }
      list.append { $0.multiply(.r12, .memory(.rbx, 200), width: width) }
      list.append { $0.testBit(.register(.rcx), 31 & (width == .half ? 15 : 31), width: width) }
      list.append { $0.testBit(.memory(.rbx, 500), 3, width: width) }
      list.append { $0.scanReverse(.rcx, .register(.r13), width: width) }
      list.append { $0.scanReverse(.r8, .memory(.rbx, 8), width: width) }
    }
    return list
  }

  private static var single: [Write] {
    var list: [Write] = []
    for condition in HostCondition.allCases {
      list.append { $0.set(condition, .register(.rsi)) }
      list.append { $0.set(condition, .memory(.rbx, 640)) }
      list.append { $0.move(if: condition, .rax, .register(.r9)) }
      list.append { $0.move(if: condition, .r12, .memory(.rbx, 4), width: .double) }
    }
    for operation in HostPlain.allCases { list.append { $0.plain(operation) } }
    return list
  }

  private static var atomic: [Write] {
    var list: [Write] = [{ $0.fence() }]
    for width in HostWidth.allCases {
      for register in [.rdx, .rdi, .r11] as [HostRegister] {
        for place in [.memory(.r10), .memory(.r15, 8)] as [HostOperand] {
          list.append {
            $0.lock()
            $0.exchangeAdd(place, register, width: width)
          }
          list.append {
            $0.lock()
            $0.compareExchange(place, register, width: width)
          }
          list.append {
            $0.lock()
            $0.arithmetic(.or, to: place, register, width: width)
          }
        }
      }
      list.append {
        $0.lock()
        $0.step(.memory(.r10), down: true, width: width)
      }
      guard width != .byte else { continue }
      list.append {
        $0.lock()
        $0.bit(.set, .memory(.r10), .r11, width: width)
      }
    }
    return list
  }

  private static var jumps: [Write] {
    var list: [Write] = [
      { $0.jump(to: 0) }, { $0.jump(to: 0x40) }, { $0.call(to: 0x20) }, { $0.bind($0.jump()) },
      { $0.jump(.register(.rax)) }, { $0.jump(.register(.r11)) }, { $0.jump(.memory(.rbx, index: .rcx, 8)) },
      { $0.call(.register(.rax)) }, { $0.call(.memory(.r12, 8)) },
    ]
    for condition in HostCondition.allCases { list.append { $0.jump(if: condition, to: 0x30) } }
    return list
  }

  private static var bits: [Write] {
    var list: [Write] = []
    let places: [HostOperand] = [
      .register(.rsi), .register(.r9), .memory(.r10), .memory(.r15, 8), .memory(.r14, index: .r11, 4096),
      .memory(index: .rcx, scale: 2), .memory(index: .r12, scale: 3, -8), .memory(.rdx).advanced(by: 130),
    ]
    for place in places {
      for width in [HostWidth.half, .word] {
        for operation in HostBit.allCases {
          list.append { $0.bit(operation, place, 3, width: width) }
          list.append { $0.bit(operation, place, .r8, width: width) }
        }
        list.append { $0.scanForward(.r11, place, width: width) }
        list.append { $0.multiply(.r8, place, -3, width: width) }
        list.append { $0.multiply(.rdi, place, 0x1234, width: width) }
        list.append { $0.shiftDouble(left: true, place, .rbx, 5, width: width) }
        list.append { $0.shiftDouble(left: false, place, .r8, 6, width: width) }
        list.append { $0.shiftDouble(left: true, place, .rdx, width: width) }
        list.append { $0.shiftDouble(left: false, place, .r9, width: width) }
      }
      for width in HostWidth.allCases {
        list.append { $0.loadPart(.rdi, place, width: width) }
        list.append { $0.step(place, down: false, width: width) }
        list.append { $0.step(place, down: true, width: width) }
      }
    }
    for register in registers { list.append { $0.swapBytes(register) } }
    list.append { $0.testHigh(0x41) }
    for operation in HostArithmetic.allCases { list.append { $0.arithmeticHigh(operation, 0xfe) } }
    return list
  }

  private static var floating: [Write] {
    var list: [Write] = [
      { $0.x87(0xd8, 0xc1) }, { $0.x87(0xde, 0xe9) }, { $0.x87(0xdf, 0xe0) },
      { $0.vector(0x58, prefix: 0xf2, register: 1, .register(HostRegister(2))) },
      { $0.vector(0x2d, prefix: 0xf3, register: 9, .register(HostRegister(2))) },
      { $0.vector(0x6e, prefix: 0x66, register: 3, .register(.r8)) },
      { $0.vector(0x70, prefix: 0x66, register: 0, .register(HostRegister(7)), immediate: 0x1b) },
      { $0.vector(0x00, prefix: 0x66, map: 0x38, register: 3, .memory(.r12, index: .r10)) },
      { $0.vector(0x0f, map: 0x3a, register: 3, .register(HostRegister(5)), immediate: 9) },
      { $0.identify() },
      { $0.vector(0x71, prefix: 0x66, register: 6, .register(HostRegister(4)), immediate: 5) },
    ]
    for place in memory {
      list.append { $0.loadVector(5, place) }
      list.append { $0.storeVector(place, 7) }
      list.append { $0.vector(0x59, prefix: 0xf3, register: 6, place) }
      list.append { $0.vector(0xc6, register: 1, place, immediate: 0x4e) }
      list.append { $0.loadMXCSR(place) }
      list.append { $0.storeMXCSR(place) }
      list.append { $0.x87(0xdd, extension: 0, place) }
      list.append { $0.x87(0xdb, extension: 7, place) }
    }
    return list
  }

  private static var highBytes: [Write] {
    var list: [Write] = [
      { $0.push(-2) }, { $0.push(0x12345) }, { $0.patch($0.call(), 64) },
      { $0.test(byte: 5, 2) }, { $0.test(byte: 6, value: 0x80) }, { $0.move(byte: 7, 1) },
      { $0.move(byte: 5, value: 0x7f) }, { $0.set(.less, byte: 6) }, { $0.step(byte: 5, down: false) },
      { $0.step(byte: 7, down: true) }, { $0.unary(.neg, byte: 6) }, { $0.unary(.not, byte: 5) },
      { $0.load(.rsi, byte: 5, isSigned: false) }, { $0.load(.rcx, byte: 7, isSigned: true) },
    ]
    for operation in HostArithmetic.allCases {
      list.append { $0.arithmetic(operation, byte: 5, 2) }
      list.append { $0.arithmetic(operation, byte: 1, 7) }
      list.append { $0.arithmetic(operation, byte: 6, value: 0xfe) }
    }
    return list
  }

  private static var scalars: [Write] {
    var list: [Write] = []
    for isDouble in [false, true] {
      for operation in HostScalar.allCases {
        list.append { $0.scalar(operation, .rax, .register(.rcx), isDouble: isDouble) }
        list.append { $0.scalar(operation, .r9, .memory(.rbx, 300), isDouble: isDouble) }
      }
      for operand in memory + [.register(.rdx), .register(.r10)] {
        list.append { $0.loadScalar(.rcx, operand, isDouble: isDouble) }
        list.append { $0.storeScalar(operand, .r8, isDouble: isDouble) }
        list.append { $0.compareScalar(.rdx, operand, isDouble: isDouble) }
      }
      for width in [.word, .double] as [HostWidth] {
        list.append { $0.convert(.rax, fromInteger: .memory(.rbx, 8), width: width, isDouble: isDouble) }
        list.append { $0.convert(.r11, fromInteger: .register(.rsi), width: width, isDouble: isDouble) }
        for truncating in [false, true] {
          list.append {
            $0.convert(
              toInteger: .r9, .memory(.rbx, 8), width: width, isDouble: isDouble, truncating: truncating)
          }
        }
      }
    }
    for width in [.word, .double] as [HostWidth] {
      list.append { $0.moveBits(.rax, fromScalar: .rcx, width: width) }
      list.append { $0.moveBits(.r9, fromScalar: .r10, width: width) }
      list.append { $0.moveBits(.rcx, fromGeneral: .rax, width: width) }
      list.append { $0.moveBits(.r9, fromGeneral: .r10, width: width) }
    }
    list.append { $0.exclusiveOr(.rcx, .r8) }
    list.append { $0.clearScalar(.rax) }
    list.append { $0.clearScalar(.r12) }
    return list
  }
}
