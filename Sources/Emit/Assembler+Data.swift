/// Moves and arithmetic.
extension Assembler {
  /// `register` op= `operand`.
  public mutating func arithmetic(
    _ operation: HostArithmetic, _ register: HostRegister, _ operand: HostOperand, width: HostWidth = .word
  ) {
    let opcode = operation.rawValue &<< 3 | (width == .byte ? 2 : 3)
    instruction(opcode, reg: register.number, operand, width: width, bytes: width == .byte ? 3 : 0)
  }

  /// `register` op= `other`.
  @inline(__always)
  public mutating func arithmetic(
    _ operation: HostArithmetic, _ register: HostRegister, _ other: HostRegister, width: HostWidth = .word
  ) {
    arithmetic(operation, register, .register(other), width: width)
  }

  /// `operand` op= `register`.
  public mutating func arithmetic(
    _ operation: HostArithmetic, to operand: HostOperand, _ register: HostRegister, width: HostWidth = .word
  ) {
    let opcode = operation.rawValue &<< 3 | (width == .byte ? 0 : 1)
    instruction(opcode, reg: register.number, operand, width: width, bytes: width == .byte ? 3 : 0)
  }

  /// `operand` op= `value`, which is extended with its sign.
  public mutating func arithmetic(
    _ operation: HostArithmetic, _ operand: HostOperand, _ value: Int32, width: HostWidth = .word
  ) {
    let isShort = value >= -128 && value < 128
    let opcode: UInt8 = width == .byte ? 0x80 : isShort ? 0x83 : 0x81
    instruction(opcode, reg: operation.rawValue, operand, width: width, bytes: width == .byte ? 2 : 0)
    immediate(value, isShort ? .byte : width)
  }

  /// `register` op= `value`.
  @inline(__always)
  public mutating func arithmetic(
    _ operation: HostArithmetic, _ register: HostRegister, _ value: Int32, width: HostWidth = .word
  ) {
    arithmetic(operation, .register(register), value, width: width)
  }

  /// The flags of `operand` & `register`.
  public mutating func test(_ operand: HostOperand, _ register: HostRegister, width: HostWidth = .word) {
    instruction(
      width == .byte ? 0x84 : 0x85, reg: register.number, operand, width: width, bytes: width == .byte ? 3 : 0)
  }

  /// The flags of `operand` & `value`.
  public mutating func test(_ operand: HostOperand, _ value: Int32, width: HostWidth = .word) {
    instruction(width == .byte ? 0xf6 : 0xf7, reg: 0, operand, width: width, bytes: width == .byte ? 2 : 0)
    immediate(value, width)
  }

  /// `register` = `operand`, of which a part is extended to 4 bytes: with its sign, or zeros.
  public mutating func load(
    _ register: HostRegister, _ operand: HostOperand, width: HostWidth = .word, isSigned: Bool = false
  ) {
    switch width {
    case .byte:
      instruction(isSigned ? 0xbe : 0xb6, escape: true, reg: register.number, operand, width: .word, bytes: 2)
    case .half: instruction(isSigned ? 0xbf : 0xb7, escape: true, reg: register.number, operand, width: .word)
    default: instruction(0x8b, reg: register.number, operand, width: width)
    }
  }

  /// `register` = `other`.
  @inline(__always)
  public mutating func move(_ register: HostRegister, _ other: HostRegister, width: HostWidth = .word) {
    load(register, .register(other), width: width)
  }

  /// `operand` = `register`.
  public mutating func store(_ operand: HostOperand, _ register: HostRegister, width: HostWidth = .word) {
    instruction(
      width == .byte ? 0x88 : 0x89, reg: register.number, operand, width: width, bytes: width == .byte ? 3 : 0)
  }

  /// `operand` = `value`, which is extended with its sign.
  public mutating func store(_ operand: HostOperand, _ value: Int32, width: HostWidth = .word) {
    instruction(width == .byte ? 0xc6 : 0xc7, reg: 0, operand, width: width, bytes: width == .byte ? 2 : 0)
    immediate(value, width)
  }

  /// `register` = `value`, whose upper half is 0. No flag changes.
  public mutating func move(_ register: HostRegister, _ value: UInt32) {
    count &+= 1
    if register.number >= 8 { byte(0x41) }
    byte(0xb8 | register.number & 7)
    word(value)
  }

  /// `register` = `value`, in 10 bytes.
  public mutating func move(_ register: HostRegister, _ value: UInt64) {
    count &+= 1
    byte(register.number >= 8 ? 0x49 : 0x48)
    byte(0xb8 | register.number & 7)
    double(value)
  }

  /// `register` = the address of `operand`. No flag changes.
  public mutating func address(_ register: HostRegister, _ operand: HostOperand, width: HostWidth = .word) {
    instruction(0x8d, reg: register.number, operand, width: width)
  }

  /// Exchanges `register` and `operand`.
  public mutating func exchange(_ operand: HostOperand, _ register: HostRegister, width: HostWidth = .word) {
    instruction(
      width == .byte ? 0x86 : 0x87, reg: register.number, operand, width: width, bytes: width == .byte ? 3 : 0)
  }

  /// Exchanges `register` and `operand`, which becomes the sum.
  public mutating func exchangeAdd(_ operand: HostOperand, _ register: HostRegister, width: HostWidth = .word) {
    instruction(
      width == .byte ? 0xc0 : 0xc1, escape: true, reg: register.number, operand, width: width,
      bytes: width == .byte ? 3 : 0)
  }

  /// `operand` = `register` if it is the part of rax, which else becomes `operand`; the flags of their difference.
  public mutating func compareExchange(_ operand: HostOperand, _ register: HostRegister, width: HostWidth = .word) {
    instruction(
      width == .byte ? 0xb0 : 0xb1, escape: true, reg: register.number, operand, width: width,
      bytes: width == .byte ? 3 : 0)
  }

  /// Makes the next instruction, which reads and writes memory, one step for all processors.
  public mutating func lock() { byte(0xf0) }

  /// Later loads and stores come after all earlier ones, for all processors.
  public mutating func fence() {
    count &+= 1
    for value in [0x0f, 0xae, 0xf0] as [UInt8] { byte(value) }
  }

  /// Shifts `operand` by `amount`.
  public mutating func shift(
    _ operation: HostShift, _ operand: HostOperand, _ amount: UInt8, width: HostWidth = .word
  ) {
    instruction(
      width == .byte ? 0xc0 : 0xc1, reg: operation.rawValue, operand, width: width, bytes: width == .byte ? 2 : 0)
    byte(amount)
  }

  /// Shifts `operand` by cl.
  public mutating func shift(_ operation: HostShift, _ operand: HostOperand, width: HostWidth = .word) {
    instruction(
      width == .byte ? 0xd2 : 0xd3, reg: operation.rawValue, operand, width: width, bytes: width == .byte ? 2 : 0)
  }

  /// NOT, NEG, and products and quotients with rax and rdx.
  public mutating func unary(_ operation: HostUnary, _ operand: HostOperand, width: HostWidth = .word) {
    instruction(
      width == .byte ? 0xf6 : 0xf7, reg: operation.rawValue, operand, width: width, bytes: width == .byte ? 2 : 0)
  }

  /// `register` *= `operand`; not for bytes.
  public mutating func multiply(_ register: HostRegister, _ operand: HostOperand, width: HostWidth = .word) {
    instruction(0xaf, escape: true, reg: register.number, operand, width: width)
  }

  /// The byte `operand` = 1 where `condition` holds, else 0.
  public mutating func set(_ condition: HostCondition, _ operand: HostOperand) {
    instruction(0x90 | condition.rawValue, escape: true, reg: 0, operand, width: .word, bytes: 2)
  }

  /// `register` = `operand` where `condition` holds.
  public mutating func move(
    if condition: HostCondition, _ register: HostRegister, _ operand: HostOperand, width: HostWidth = .word
  ) {
    instruction(0x40 | condition.rawValue, escape: true, reg: register.number, operand, width: width)
  }

  /// An instruction whose bytes are known.
  public mutating func raw(_ bytes: [UInt8]) {
    count &+= 1
    for value in bytes { byte(value) }
  }

  /// CPUID.
  public mutating func identify() {
    count &+= 1
    byte(0x0f)
    byte(0xa2)
  }

  /// An instruction without operands.
  public mutating func plain(_ operation: HostPlain) {
    count &+= 1
    byte(operation.rawValue)
  }

  public mutating func push(_ register: HostRegister) {
    count &+= 1
    if register.number >= 8 { byte(0x41) }
    byte(0x50 | register.number & 7)
  }

  /// Pushes `value`, extended with its sign to 8 bytes.
  public mutating func push(_ value: Int32) {
    count &+= 1
    byte(0x68)
    word(UInt32(bitPattern: value))
  }

  public mutating func pop(_ register: HostRegister) {
    count &+= 1
    if register.number >= 8 { byte(0x41) }
    byte(0x58 | register.number & 7)
  }
}
