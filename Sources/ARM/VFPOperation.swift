/// What a VFP data-processing instruction does, whatever its precision (DDI 0100 C3, C4).
public enum VFPOperation: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  // By p, q, r and s, in their order.
  case multiplyAdd, negatedMultiplyAdd, multiplySubtract, negatedMultiplySubtract
  case multiply, negatedMultiply, add, subtract, divide
  // The extension space, by Fn and N.
  case copy, absolute, negate, squareRoot
  case compare, compareSignaling, compareZero, compareZeroSignaling
  /// To the other precision.
  case convert
  case fromUnsigned, fromSigned, toUnsigned, toUnsignedTruncating, toSigned, toSignedTruncating

  /// Whether it has a first operand, in Fn.
  @inline(__always)
  var hasFirst: Bool { rawValue <= VFPOperation.divide.rawValue }
  /// Whether it looks at its operand as a number, and so can meet exceptions.
  @inline(__always)
  var isArithmetic: Bool { self != .copy && self != .absolute && self != .negate }
}
