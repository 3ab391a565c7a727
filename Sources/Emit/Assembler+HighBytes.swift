/// Bytes of the first four registers by the numbers that they have without REX: 0 to 3 are AL, CL, DL and BL, 4 to 7 AH,
/// CH, DH and BH.
extension Assembler {
  private mutating func high(_ opcode: UInt8, _ reg: UInt8, _ rm: UInt8, escape: Bool = false) {
    count &+= 1
    if escape { byte(0x0f) }
    byte(opcode)
    byte(0xc0 | reg &<< 3 | rm)
  }

  /// Byte `target` op= byte `source`.
  public mutating func arithmetic(_ operation: HostArithmetic, byte target: UInt8, _ source: UInt8) {
    high(operation.rawValue &<< 3, source, target)
  }

  /// Byte `target` op= `value`.
  public mutating func arithmetic(_ operation: HostArithmetic, byte target: UInt8, value: UInt8) {
    high(0x80, operation.rawValue, target)
    byte(value)
  }

  /// The flags of byte `target` & byte `source`.
  public mutating func test(byte target: UInt8, _ source: UInt8) { high(0x84, source, target) }

  /// The flags of byte `target` & `value`.
  public mutating func test(byte target: UInt8, value: UInt8) {
    high(0xf6, 0, target)
    byte(value)
  }

  /// Byte `target` = byte `source`.
  public mutating func move(byte target: UInt8, _ source: UInt8) { high(0x88, source, target) }

  /// Byte `target` = `value`.
  public mutating func move(byte target: UInt8, value: UInt8) {
    high(0xc6, 0, target)
    byte(value)
  }

  /// Byte `target` = 1 where `condition` holds, else 0.
  public mutating func set(_ condition: HostCondition, byte target: UInt8) {
    high(0x90 | condition.rawValue, 0, target, escape: true)
  }

  /// Byte `target` + 1, or - 1 when `down`; the carry flag stays.
  public mutating func step(byte target: UInt8, down: Bool) { high(0xfe, down ? 1 : 0, target) }

  /// NOT or NEG of byte `target`.
  public mutating func unary(_ operation: HostUnary, byte target: UInt8) { high(0xf6, operation.rawValue, target) }

  /// `register`, one of the first eight, = byte `source`, extended with its sign or zeros.
  public mutating func load(_ register: HostRegister, byte source: UInt8, isSigned: Bool) {
    high(isSigned ? 0xbe : 0xb6, register.number & 7, source, escape: true)
  }
}
