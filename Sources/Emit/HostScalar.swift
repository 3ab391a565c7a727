/// Operations on numbers in XMM registers, by their opcode. `convert` makes the other precision of its operand, whose
/// own is given.
public enum HostScalar: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  case squareRoot = 0x51
  case add = 0x58
  case multiply, convert
  case subtract = 0x5c
  case divide = 0x5e
}
