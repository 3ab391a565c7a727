/// Numbers in XMM registers, one in each. Registers are given as those of the same number: rax is xmm0.
extension Assembler {
  /// xmm op= `operand`, of singles or doubles.
  public mutating func scalar(
    _ operation: HostScalar, _ register: HostRegister, _ operand: HostOperand, isDouble: Bool
  ) {
    instruction(
      operation.rawValue, escape: true, reg: register.number, operand, width: .word, prefix: isDouble ? 0xf2 : 0xf3)
  }

  /// xmm = `operand`; the rest of it is 0 where that is memory.
  public mutating func loadScalar(_ register: HostRegister, _ operand: HostOperand, isDouble: Bool) {
    instruction(0x10, escape: true, reg: register.number, operand, width: .word, prefix: isDouble ? 0xf2 : 0xf3)
  }

  /// `operand` = xmm.
  public mutating func storeScalar(_ operand: HostOperand, _ register: HostRegister, isDouble: Bool) {
    instruction(0x11, escape: true, reg: register.number, operand, width: .word, prefix: isDouble ? 0xf2 : 0xf3)
  }

  /// Compares xmm with `operand`: carry where it is less, Z where it is equal; those and parity where one is a NaN.
  public mutating func compareScalar(_ register: HostRegister, _ operand: HostOperand, isDouble: Bool) {
    instruction(0x2e, escape: true, reg: register.number, operand, width: .word, prefix: isDouble ? 0x66 : 0)
  }

  /// xmm = the integer `operand` of `width`, with its sign.
  public mutating func convert(
    _ register: HostRegister, fromInteger operand: HostOperand, width: HostWidth, isDouble: Bool
  ) {
    instruction(0x2a, escape: true, reg: register.number, operand, width: width, prefix: isDouble ? 0xf2 : 0xf3)
  }

  /// The general register = the number `operand` as an integer of `width`, towards zero or as MXCSR rounds; where it is
  /// none, only the topmost bit is set.
  public mutating func convert(
    toInteger register: HostRegister, _ operand: HostOperand, width: HostWidth, isDouble: Bool, truncating: Bool
  ) {
    instruction(
      truncating ? 0x2c : 0x2d, escape: true, reg: register.number, operand, width: width,
      prefix: isDouble ? 0xf2 : 0xf3)
  }

  /// The general register = the low bits of xmm: 4 bytes or 8.
  public mutating func moveBits(_ register: HostRegister, fromScalar scalar: HostRegister, width: HostWidth) {
    instruction(0x7e, escape: true, reg: scalar.number, .register(register), width: width, prefix: 0x66)
  }

  /// xmm = `register`, of 4 bytes or 8.
  public mutating func moveBits(_ scalar: HostRegister, fromGeneral register: HostRegister, width: HostWidth) {
    instruction(0x6e, escape: true, reg: scalar.number, .register(register), width: width, prefix: 0x66)
  }

  /// xmm ^= `other`, all of its bits.
  public mutating func exclusiveOr(_ register: HostRegister, _ other: HostRegister) {
    instruction(0x57, escape: true, reg: register.number, .register(other), width: .word)
  }

  /// xmm = 0.
  public mutating func clearScalar(_ register: HostRegister) {
    instruction(0x57, escape: true, reg: register.number, .register(register), width: .word)
  }
}
