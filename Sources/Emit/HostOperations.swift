/// Operations of two operands, by their number in instructions.
public enum HostArithmetic: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  case add, or, adc, sbb, and, sub, xor, cmp
}

/// Shifts and rotations, by their number in instructions.
public enum HostShift: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  case rol = 0
  case ror, rcl, rcr, shl, shr
  case sar = 7
}

/// Operations of one operand, by their number in instructions; products and quotients take rax and rdx too.
public enum HostUnary: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  case not = 2
  case neg, mul, imul, div, idiv
}

/// Instructions without operands, by their opcode.
public enum HostPlain: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  case ret = 0xc3
  case complementCarry = 0xf5
  case clearCarry = 0xf8
  case setCarry = 0xf9
  case loadFlags = 0x9f
  case storeFlags = 0x9e
  case pushFlags = 0x9c
  case popFlags = 0x9d
  case breakpoint = 0xcc
  case extend = 0x99
}

/// Tests of a bit, and what becomes of it, by their number in instructions.
public enum HostBit: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  case test = 4
  case set, reset, complement
}
