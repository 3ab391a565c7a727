/// Bits, and parts of registers.
extension Assembler {
  /// The carry flag = bit `bit` of `operand`.
  public mutating func testBit(_ operand: HostOperand, _ bit: UInt8, width: HostWidth = .word) {
    instruction(0xba, escape: true, reg: 4, operand, width: width)
    byte(bit)
  }

  /// The carry flag = bit `bit` of `operand`, which then is as `operation` says; not for bytes.
  public mutating func bit(_ operation: HostBit, _ operand: HostOperand, _ bit: UInt8, width: HostWidth = .word) {
    instruction(0xba, escape: true, reg: operation.rawValue, operand, width: width)
    byte(bit)
  }

  /// The same of the bit whose number is in `register`; memory is that of the operand and of what lies around it.
  public mutating func bit(
    _ operation: HostBit, _ operand: HostOperand, _ register: HostRegister, width: HostWidth = .word
  ) {
    instruction(
      0x83 | operation.rawValue &<< 3, escape: true, reg: register.number, operand, width: width)
  }

  /// `register` = the number of the topmost bit in `operand`; where there is none, Z is set and the register
  /// undefined.
  public mutating func scanReverse(_ register: HostRegister, _ operand: HostOperand, width: HostWidth = .word) {
    instruction(0xbd, escape: true, reg: register.number, operand, width: width)
  }

  /// `register` = the number of the lowest bit in `operand`; where there is none, Z is set and the register undefined.
  public mutating func scanForward(_ register: HostRegister, _ operand: HostOperand, width: HostWidth = .word) {
    instruction(0xbc, escape: true, reg: register.number, operand, width: width)
  }

  /// `register` with its bytes in the other order.
  public mutating func swapBytes(_ register: HostRegister) {
    count &+= 1
    if register.number >= 8 { byte(0x41) }
    byte(0x0f)
    byte(0xc8 | register.number & 7)
  }

  /// The low part of `register` = `operand`; the rest of it stays when that is a byte or half a word.
  public mutating func loadPart(_ register: HostRegister, _ operand: HostOperand, width: HostWidth) {
    instruction(
      width == .byte ? 0x8a : 0x8b, reg: register.number, operand, width: width, bytes: width == .byte ? 3 : 0)
  }

  /// `operand` + 1, or - 1 when `down`; the carry flag stays.
  public mutating func step(_ operand: HostOperand, down: Bool, width: HostWidth = .word) {
    instruction(
      width == .byte ? 0xfe : 0xff, reg: down ? 1 : 0, operand, width: width, bytes: width == .byte ? 2 : 0)
  }

  /// `register` = `operand` * `value`; not for bytes.
  public mutating func multiply(
    _ register: HostRegister, _ operand: HostOperand, _ value: Int32, width: HostWidth = .word
  ) {
    let isShort = value >= -128 && value < 128
    instruction(isShort ? 0x6b : 0x69, reg: register.number, operand, width: width)
    immediate(value, isShort ? .byte : width)
  }

  /// Shifts `operand` by `amount`, to the left or right, with bits of `register` behind it; not for bytes.
  public mutating func shiftDouble(
    left: Bool, _ operand: HostOperand, _ register: HostRegister, _ amount: UInt8, width: HostWidth = .word
  ) {
    instruction(left ? 0xa4 : 0xac, escape: true, reg: register.number, operand, width: width)
    byte(amount)
  }

  /// The same by cl.
  public mutating func shiftDouble(
    left: Bool, _ operand: HostOperand, _ register: HostRegister, width: HostWidth = .word
  ) {
    instruction(left ? 0xa5 : 0xad, escape: true, reg: register.number, operand, width: width)
  }

  /// The flags of ah & `value`.
  public mutating func testHigh(_ value: UInt8) {
    count &+= 1
    byte(0xf6)
    byte(0xc4)
    byte(value)
  }

  /// ah op= `value`.
  public mutating func arithmeticHigh(_ operation: HostArithmetic, _ value: UInt8) {
    count &+= 1
    byte(0x80)
    byte(0xc4 | operation.rawValue &<< 3)
    byte(value)
  }
}
