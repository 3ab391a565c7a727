/// An operation of data processing (DDI 0100 A3.4) on the first operand and the shifter's.
protocol DataOperation {
  /// Whether the result goes to a register (TST, TEQ, CMP and CMN only set flags).
  static var writes: Bool { get }
  /// With S the carry is the shifter's, and V stays.
  static var isLogical: Bool { get }
  static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32
  /// The same; sets C and V where the operation is not logical.
  static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32
}

extension DataOperation {
  @inline(__always) static var writes: Bool { true }
  @inline(__always) static var isLogical: Bool { true }
  @inline(__always) static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { result(cpu, a, b) }
}

extension CPU {
  /// a + b + `carry`, with C and V.
  @inline(__always)
  fileprivate func sum(_ a: UInt32, _ b: UInt32, carry: UInt32) -> UInt32 {
    let wide = UInt64(a) &+ UInt64(b) &+ UInt64(carry)
    let result = UInt32(truncatingIfNeeded: wide)
    core.pointee.carry = UInt32(truncatingIfNeeded: wide &>> 32)
    core.pointee.overflow = ((a ^ result) & (b ^ result)) &>> 31
    return result
  }

  /// a - b, with C (no borrow) and V.
  @inline(__always)
  fileprivate func difference(_ a: UInt32, _ b: UInt32) -> UInt32 {
    let result = a &- b
    core.pointee.carry = a >= b ? 1 : 0
    core.pointee.overflow = ((a ^ b) & (a ^ result)) &>> 31
    return result
  }
}

enum And: DataOperation {
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a & b }
}

enum ExclusiveOr: DataOperation {
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a ^ b }
}

enum Or: DataOperation {
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a | b }
}

enum BitClear: DataOperation {
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a & ~b }
}

enum Move: DataOperation {
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { b }
}

enum MoveNot: DataOperation {
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { ~b }
}

enum Test: DataOperation {
  @inline(__always) static var writes: Bool { false }
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a & b }
}

enum TestEquivalence: DataOperation {
  @inline(__always) static var writes: Bool { false }
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a ^ b }
}

enum Add: DataOperation {
  @inline(__always) static var isLogical: Bool { false }
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a &+ b }
  @inline(__always) static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { cpu.sum(a, b, carry: 0) }
}

enum AddCarry: DataOperation {
  @inline(__always) static var isLogical: Bool { false }
  @inline(__always)
  static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a &+ b &+ cpu.core.pointee.carry }
  @inline(__always)
  static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 {
    cpu.sum(a, b, carry: cpu.core.pointee.carry)
  }
}

enum Subtract: DataOperation {
  @inline(__always) static var isLogical: Bool { false }
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a &- b }
  @inline(__always) static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { cpu.difference(a, b) }
}

enum ReverseSubtract: DataOperation {
  @inline(__always) static var isLogical: Bool { false }
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { b &- a }
  @inline(__always) static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { cpu.difference(b, a) }
}

enum SubtractCarry: DataOperation {
  @inline(__always) static var isLogical: Bool { false }
  @inline(__always)
  static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a &+ ~b &+ cpu.core.pointee.carry }
  @inline(__always)
  static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 {
    cpu.sum(a, ~b, carry: cpu.core.pointee.carry)
  }
}

enum ReverseSubtractCarry: DataOperation {
  @inline(__always) static var isLogical: Bool { false }
  @inline(__always)
  static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { b &+ ~a &+ cpu.core.pointee.carry }
  @inline(__always)
  static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 {
    cpu.sum(b, ~a, carry: cpu.core.pointee.carry)
  }
}

enum Compare: DataOperation {
  @inline(__always) static var writes: Bool { false }
  @inline(__always) static var isLogical: Bool { false }
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a &- b }
  @inline(__always) static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { cpu.difference(a, b) }
}

enum CompareNegative: DataOperation {
  @inline(__always) static var writes: Bool { false }
  @inline(__always) static var isLogical: Bool { false }
  @inline(__always) static func result(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { a &+ b }
  @inline(__always) static func update(_ cpu: CPU, _ a: UInt32, _ b: UInt32) -> UInt32 { cpu.sum(a, b, carry: 0) }
}
