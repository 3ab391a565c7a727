/// An arithmetic or logic instruction with two operands, for any width (SDM 1 7.3.2 and 7.3.4).
protocol BinaryOperation {
  /// Whether the result goes to the first operand (CMP and TEST only set flags).
  static var writes: Bool { get }
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W
}

enum Add: BinaryOperation {
  static var writes: Bool { true }
  @inline(__always)
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W {
    let r = a &+ b
    cpu.setCarryFlags(r, carries: (a & b) | ((a | b) & ~r))
    return r
  }
}

enum AddCarry: BinaryOperation {
  static var writes: Bool { true }
  @inline(__always)
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W {
    let r = a &+ b &+ W(truncatingIfNeeded: cpu.carryBit)
    cpu.setCarryFlags(r, carries: (a & b) | ((a | b) & ~r))
    return r
  }
}

enum Subtract: BinaryOperation {
  static var writes: Bool { true }
  @inline(__always)
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W {
    let r = a &- b
    cpu.setCarryFlags(r, carries: (~a & b) | ((~a | b) & r))
    return r
  }
}

enum SubtractBorrow: BinaryOperation {
  static var writes: Bool { true }
  @inline(__always)
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W {
    let r = a &- b &- W(truncatingIfNeeded: cpu.carryBit)
    cpu.setCarryFlags(r, carries: (~a & b) | ((~a | b) & r))
    return r
  }
}

enum Compare: BinaryOperation {
  static var writes: Bool { false }
  @inline(__always)
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W {
    Subtract.apply(cpu, a, b)
  }
}

enum And: BinaryOperation {
  static var writes: Bool { true }
  @inline(__always)
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W {
    let r = a & b
    cpu.setLogicFlags(r)
    return r
  }
}

enum Or: BinaryOperation {
  static var writes: Bool { true }
  @inline(__always)
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W {
    let r = a | b
    cpu.setLogicFlags(r)
    return r
  }
}

enum Xor: BinaryOperation {
  static var writes: Bool { true }
  @inline(__always)
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W {
    let r = a ^ b
    cpu.setLogicFlags(r)
    return r
  }
}

enum Test: BinaryOperation {
  static var writes: Bool { false }
  @inline(__always)
  static func apply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ cpu: CPU, _ a: W, _ b: W) -> W {
    And.apply(cpu, a, b)
  }
}
