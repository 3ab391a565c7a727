/// How the second operand of data processing is made (DDI 0100 A5.1).
protocol SecondOperand {
  static func value(_ cpu: CPU, _ op: Op) -> UInt32
  /// The same; C becomes the shifter's carry, or stays where it has none.
  static func updating(_ cpu: CPU, _ op: Op) -> UInt32
}

enum Immediate: SecondOperand {
  @inline(__always) static func value(_ cpu: CPU, _ op: Op) -> UInt32 { op.pointee.immediate }
  @inline(__always)
  static func updating(_ cpu: CPU, _ op: Op) -> UInt32 {
    let value = op.pointee.immediate
    if op.pointee.amount != 0 { cpu.core.pointee.carry = value &>> 31 }
    return value
  }
}

/// A register as it is.
enum Plain: SecondOperand {
  @inline(__always) static func value(_ cpu: CPU, _ op: Op) -> UInt32 { cpu.register(op.pointee.rm) }
  @inline(__always) static func updating(_ cpu: CPU, _ op: Op) -> UInt32 { cpu.register(op.pointee.rm) }
}

/// Logical shift left by 1 to 31.
enum ShiftLeft: SecondOperand {
  @inline(__always)
  static func value(_ cpu: CPU, _ op: Op) -> UInt32 { cpu.register(op.pointee.rm) &<< UInt32(op.pointee.amount) }
  @inline(__always)
  static func updating(_ cpu: CPU, _ op: Op) -> UInt32 {
    let wide = UInt64(cpu.register(op.pointee.rm)) &<< UInt64(op.pointee.amount)
    cpu.core.pointee.carry = UInt32(truncatingIfNeeded: wide &>> 32) & 1
    return UInt32(truncatingIfNeeded: wide)
  }
}

/// Logical shift right by 1 to 32.
enum ShiftRight: SecondOperand {
  @inline(__always)
  static func value(_ cpu: CPU, _ op: Op) -> UInt32 {
    UInt32(truncatingIfNeeded: UInt64(cpu.register(op.pointee.rm)) &>> UInt64(op.pointee.amount))
  }
  @inline(__always)
  static func updating(_ cpu: CPU, _ op: Op) -> UInt32 {
    let nearly = UInt64(cpu.register(op.pointee.rm)) &>> UInt64(op.pointee.amount &- 1)
    cpu.core.pointee.carry = UInt32(truncatingIfNeeded: nearly) & 1
    return UInt32(truncatingIfNeeded: nearly &>> 1)
  }
}

/// Arithmetic shift right by 1 to 32.
enum ShiftRightArithmetic: SecondOperand {
  @inline(__always)
  static func value(_ cpu: CPU, _ op: Op) -> UInt32 {
    UInt32(
      truncatingIfNeeded: Int64(Int32(bitPattern: cpu.register(op.pointee.rm))) &>> Int64(op.pointee.amount))
  }
  @inline(__always)
  static func updating(_ cpu: CPU, _ op: Op) -> UInt32 {
    let nearly = Int64(Int32(bitPattern: cpu.register(op.pointee.rm))) &>> Int64(op.pointee.amount &- 1)
    cpu.core.pointee.carry = UInt32(truncatingIfNeeded: nearly) & 1
    return UInt32(truncatingIfNeeded: nearly &>> 1)
  }
}

/// Rotation right by 1 to 31.
enum Rotate: SecondOperand {
  @inline(__always)
  static func value(_ cpu: CPU, _ op: Op) -> UInt32 {
    let value = cpu.register(op.pointee.rm)
    let amount = UInt32(op.pointee.amount)
    return value &>> amount | value &<< (0 &- amount)
  }
  @inline(__always)
  static func updating(_ cpu: CPU, _ op: Op) -> UInt32 {
    let value = value(cpu, op)
    cpu.core.pointee.carry = value &>> 31
    return value
  }
}

/// Any: those that are shifted by a register, and RRX, have no specialisation of their own.
enum AnyOperand: SecondOperand {
  @inline(__always) static func value(_ cpu: CPU, _ op: Op) -> UInt32 { cpu.shifted(op).value }
  @inline(__always)
  static func updating(_ cpu: CPU, _ op: Op) -> UInt32 {
    let (value, carry) = cpu.shifted(op)
    cpu.core.pointee.carry = carry
    return value
  }
}

extension CPU {
  /// The shifter operand and the shifter's carry (A5.1), whatever the form.
  @inline(never)
  func shifted(_ op: Op) -> (value: UInt32, carry: UInt32) {
    let old = core.pointee.carry
    let value = register(op.pointee.rm)
    let amount = UInt64(op.pointee.amount)
    // By a register only its low byte counts.
    let count = UInt64(register(op.pointee.rs) & 0xff)
    switch op.pointee.shift {
    case .immediate:
      let immediate = op.pointee.immediate
      return (immediate, amount != 0 ? immediate >> 31 : old)
    case .none: return (value, old)
    case .lsl: return left(value, amount)
    case .lsr: return right(UInt64(value), amount)
    case .asr: return right(UInt64(bitPattern: Int64(Int32(bitPattern: value))), amount)
    case .ror: return rotated(value, amount)
    case .rrx: return (value >> 1 | old << 31, value & 1)
    case .lslRegister: return count == 0 ? (value, old) : left(value, count)
    case .lsrRegister: return count == 0 ? (value, old) : right(UInt64(value), count)
    case .asrRegister:
      return count == 0 ? (value, old) : right(UInt64(bitPattern: Int64(Int32(bitPattern: value))), min(count, 32))
    case .rorRegister: return count == 0 ? (value, old) : rotated(value, count)
    }
  }

  /// By 1 to 255.
  private func left(_ value: UInt32, _ count: UInt64) -> (UInt32, UInt32) {
    // Smart shifts: beyond 63 nothing is left.
    let wide = UInt64(value) << count
    return (UInt32(truncatingIfNeeded: wide), UInt32(truncatingIfNeeded: wide >> 32) & 1)
  }

  /// By 1 to 255; `value` is extended as the shift wants it.
  private func right(_ value: UInt64, _ count: UInt64) -> (UInt32, UInt32) {
    let nearly = value >> (count &- 1)
    return (UInt32(truncatingIfNeeded: nearly >> 1), UInt32(truncatingIfNeeded: nearly) & 1)
  }

  /// By 1 to 255.
  private func rotated(_ value: UInt32, _ count: UInt64) -> (UInt32, UInt32) {
    let amount = UInt32(truncatingIfNeeded: count & 31)
    let result = value &>> amount | value &<< (0 &- amount)
    return (result, result >> 31)
  }
}
