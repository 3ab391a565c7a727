/// Floating point and vectors, in the bytes of SSE and of the x87.
extension Assembler {
  /// An MMX or SSE instruction of map 0F with `prefix` (0 for none), or 0F38 or 0F3A: `register` is its ModRM.reg,
  /// `operand` its ModRM.rm, with MMX and XMM registers under the general ones' numbers.
  public mutating func vector(
    _ opcode: UInt8, prefix: UInt8 = 0, map: UInt8 = 0, register: UInt8, _ operand: HostOperand,
    immediate: UInt8? = nil
  ) {
    instruction(opcode, escape: true, reg: register, operand, width: .word, prefix: prefix, map: map)
    if let immediate { byte(immediate) }
  }

  /// The x87 instruction of two bytes without memory.
  public mutating func x87(_ opcode: UInt8, _ modRM: UInt8) {
    count &+= 1
    byte(opcode)
    byte(modRM)
  }

  /// The x87 instruction `opcode`/`extension` with an operand in memory.
  public mutating func x87(_ opcode: UInt8, extension reg: UInt8, _ memory: HostOperand) {
    instruction(opcode, reg: reg, memory, width: .word)
  }

  /// XMM register `register` = 16 bytes at `memory`.
  public mutating func loadVector(_ register: UInt8, _ memory: HostOperand) {
    vector(0x10, register: register, memory)
  }

  /// 16 bytes at `memory` = XMM register `register`.
  public mutating func storeVector(_ memory: HostOperand, _ register: UInt8) {
    vector(0x11, register: register, memory)
  }

  /// MXCSR = `memory`.
  public mutating func loadMXCSR(_ memory: HostOperand) { vector(0xae, register: 2, memory) }

  /// `memory` = MXCSR.
  public mutating func storeMXCSR(_ memory: HostOperand) { vector(0xae, register: 3, memory) }
}
