import Bits
import Engine

extension CPU {
  /// BMI1, BMI2 and ADX (SDM 1 5.1.16 and 5.20).
  static func bindBitManipulation(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .andn:
      choose(
        i,
        (
          { CPU.andNot(UInt8.self, $0, $1) }, { CPU.andNot(UInt16.self, $0, $1) }, { CPU.andNot(UInt32.self, $0, $1) },
          { CPU.andNot(UInt64.self, $0, $1) }
        ))
    case .bextr:
      choose(
        i,
        (
          { CPU.extractBits(UInt8.self, $0, $1) }, { CPU.extractBits(UInt16.self, $0, $1) },
          { CPU.extractBits(UInt32.self, $0, $1) }, { CPU.extractBits(UInt64.self, $0, $1) }
        ))
    case .blsi:
      choose(
        i,
        (
          { CPU.isolateLowest(UInt8.self, $0, $1) }, { CPU.isolateLowest(UInt16.self, $0, $1) },
          { CPU.isolateLowest(UInt32.self, $0, $1) }, { CPU.isolateLowest(UInt64.self, $0, $1) }
        ))
    case .blsmsk:
      choose(
        i,
        (
          { CPU.maskLowest(UInt8.self, $0, $1) }, { CPU.maskLowest(UInt16.self, $0, $1) },
          { CPU.maskLowest(UInt32.self, $0, $1) },
          { CPU.maskLowest(UInt64.self, $0, $1) }
        ))
    case .blsr:
      choose(
        i,
        (
          { CPU.resetLowest(UInt8.self, $0, $1) }, { CPU.resetLowest(UInt16.self, $0, $1) },
          { CPU.resetLowest(UInt32.self, $0, $1) }, { CPU.resetLowest(UInt64.self, $0, $1) }
        ))
    case .bzhi:
      choose(
        i,
        (
          { CPU.zeroHigh(UInt8.self, $0, $1) }, { CPU.zeroHigh(UInt16.self, $0, $1) },
          { CPU.zeroHigh(UInt32.self, $0, $1) },
          { CPU.zeroHigh(UInt64.self, $0, $1) }
        ))
    case .pdep:
      choose(
        i,
        (
          { CPU.deposit(UInt8.self, $0, $1) }, { CPU.deposit(UInt16.self, $0, $1) },
          { CPU.deposit(UInt32.self, $0, $1) },
          { CPU.deposit(UInt64.self, $0, $1) }
        ))
    case .pext:
      choose(
        i,
        (
          { CPU.extractParallel(UInt8.self, $0, $1) }, { CPU.extractParallel(UInt16.self, $0, $1) },
          { CPU.extractParallel(UInt32.self, $0, $1) }, { CPU.extractParallel(UInt64.self, $0, $1) }
        ))
    case .rorx:
      choose(
        i,
        (
          { CPU.rotateImmediate(UInt8.self, $0, $1) }, { CPU.rotateImmediate(UInt16.self, $0, $1) },
          { CPU.rotateImmediate(UInt32.self, $0, $1) }, { CPU.rotateImmediate(UInt64.self, $0, $1) }
        ))
    case .sarx:
      choose(
        i,
        (
          { CPU.shiftArithmeticX(UInt8.self, $0, $1) }, { CPU.shiftArithmeticX(UInt16.self, $0, $1) },
          { CPU.shiftArithmeticX(UInt32.self, $0, $1) }, { CPU.shiftArithmeticX(UInt64.self, $0, $1) }
        ))
    case .shlx:
      choose(
        i,
        (
          { CPU.shiftLeftX(UInt8.self, $0, $1) }, { CPU.shiftLeftX(UInt16.self, $0, $1) },
          { CPU.shiftLeftX(UInt32.self, $0, $1) },
          { CPU.shiftLeftX(UInt64.self, $0, $1) }
        ))
    case .shrx:
      choose(
        i,
        (
          { CPU.shiftRightX(UInt8.self, $0, $1) }, { CPU.shiftRightX(UInt16.self, $0, $1) },
          { CPU.shiftRightX(UInt32.self, $0, $1) }, { CPU.shiftRightX(UInt64.self, $0, $1) }
        ))
    case .mulx:
      choose(
        i,
        (
          { CPU.multiplyX(UInt8.self, $0, $1) }, { CPU.multiplyX(UInt16.self, $0, $1) },
          { CPU.multiplyX(UInt32.self, $0, $1) },
          { CPU.multiplyX(UInt64.self, $0, $1) }
        ))
    case .adcx:
      choose(
        i,
        (
          { CPU.addCarryX(UInt8.self, $0, $1) }, { CPU.addCarryX(UInt16.self, $0, $1) },
          { CPU.addCarryX(UInt32.self, $0, $1) },
          { CPU.addCarryX(UInt64.self, $0, $1) }
        ))
    case .adox:
      choose(
        i,
        (
          { CPU.addOverflowX(UInt8.self, $0, $1) }, { CPU.addOverflowX(UInt16.self, $0, $1) },
          { CPU.addOverflowX(UInt32.self, $0, $1) }, { CPU.addOverflowX(UInt64.self, $0, $1) }
        ))
    default: nil
    }
  }

  /// ANDN: VEX.vvvv is in `c`.
  @inline(__always)
  static func andNot<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let r = ~cpu.register(W.self, op.pointee.c) & (try cpu.second(W.self, op))
      cpu.setRegister(op.pointee.a, r)
      cpu.setLogicFlags(r)
    }
  }

  @inline(__always)
  static func extractBits<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let control = cpu.register(W.self, op.pointee.c)
      let start = Int(control & 0xff)
      let length = Int((control &>> 8) & 0xff)
      let moved = start < W.bitWidth ? value &>> W(truncatingIfNeeded: start) : 0
      let r = length < W.bitWidth ? moved & ((1 &<< W(truncatingIfNeeded: length)) &- 1) : moved
      cpu.setRegister(op.pointee.a, r)
      cpu.setArithmeticFlags(r == 0 ? Flag.zero : 0)
    }
  }

  /// BLSI, BLSMSK, BLSR: the destination is VEX.vvvv, in `a`.
  @inline(__always)
  static func isolateLowest<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let r = value & (0 &- value)
      cpu.setRegister(op.pointee.a, r)
      cpu.setLogicFlags(r)
      cpu.setCarry(value != 0)
    }
  }

  @inline(__always)
  static func maskLowest<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let r = value ^ (value &- 1)
      cpu.setRegister(op.pointee.a, r)
      cpu.setLogicFlags(r)
      cpu.setCarry(value == 0)
    }
  }

  @inline(__always)
  static func resetLowest<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let r = value & (value &- 1)
      cpu.setRegister(op.pointee.a, r)
      cpu.setLogicFlags(r)
      cpu.setCarry(value == 0)
    }
  }

  @inline(__always)
  static func zeroHigh<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let count = Int(cpu.register(W.self, op.pointee.c) & 0xff)
      let r = count < W.bitWidth ? value & ((1 &<< W(truncatingIfNeeded: count)) &- 1) : value
      cpu.setRegister(op.pointee.a, r)
      cpu.setLogicFlags(r)
      cpu.setCarry(count >= W.bitWidth)
    }
  }

  @inline(__always)
  static func deposit<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      var source = cpu.register(W.self, op.pointee.c)
      var mask = try cpu.second(W.self, op)
      var r: W = 0
      while mask != 0 {
        if source & 1 != 0 { r |= mask & (0 &- mask) }
        source = source &>> 1
        mask &= mask &- 1
      }
      cpu.setRegister(op.pointee.a, r)
    }
  }

  @inline(__always)
  static func extractParallel<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let source = cpu.register(W.self, op.pointee.c)
      var mask = try cpu.second(W.self, op)
      var r: W = 0
      var place: W = 1
      while mask != 0 {
        if source & mask & (0 &- mask) != 0 { r |= place }
        place = place &<< 1
        mask &= mask &- 1
      }
      cpu.setRegister(op.pointee.a, r)
    }
  }

  @inline(__always)
  static func rotateImmediate<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = op.pointee.memory == .second ? try cpu.load(W.self, op) : cpu.register(W.self, op.pointee.b)
      let steps = W(truncatingIfNeeded: Int(op.pointee.immediate) & (W.bitWidth - 1))
      let r = steps == 0 ? value : (value &>> steps) | (value &<< (W(truncatingIfNeeded: W.bitWidth) &- steps))
      cpu.setRegister(op.pointee.a, r)
    }
  }

  @inline(__always)
  static func shiftArithmeticX<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let steps = cpu.register(W.self, op.pointee.c) & W(truncatingIfNeeded: W.bitWidth - 1)
      cpu.setRegister(
        op.pointee.a,
        (value &>> steps)
          | (value.bit(W.bitWidth - 1) && steps != 0 ? ~0 &<< (W(truncatingIfNeeded: W.bitWidth) &- steps) : 0))
    }
  }

  @inline(__always)
  static func shiftLeftX<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let steps = cpu.register(W.self, op.pointee.c) & W(truncatingIfNeeded: W.bitWidth - 1)
      cpu.setRegister(op.pointee.a, value &<< steps)
    }
  }

  @inline(__always)
  static func shiftRightX<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let steps = cpu.register(W.self, op.pointee.c) & W(truncatingIfNeeded: W.bitWidth - 1)
      cpu.setRegister(op.pointee.a, value &>> steps)
    }
  }

  /// MULX: the upper half goes to the first operand, which wins if both are one register.
  @inline(__always)
  static func multiplyX<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let product = cpu.register(W.self, CPU.rdx).multipliedFullWidth(by: try cpu.second(W.self, op))
      cpu.setRegister(op.pointee.c, W(truncatingIfNeeded: product.low))
      cpu.setRegister(op.pointee.a, product.high)
    }
  }

  @inline(__always)
  static func addCarryX<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let a = cpu.register(W.self, op.pointee.a)
      let b = try cpu.second(W.self, op)
      let r = a &+ b &+ W(truncatingIfNeeded: cpu.carryBit)
      cpu.setRegister(op.pointee.a, r)
      cpu.setCarry(((a & b) | ((a | b) & ~r)).bit(W.bitWidth - 1))
    }
  }

  @inline(__always)
  static func addOverflowX<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let a = cpu.register(W.self, op.pointee.a)
      let b = try cpu.second(W.self, op)
      let r = a &+ b &+ (cpu.overflow ? 1 : 0)
      cpu.setRegister(op.pointee.a, r)
      cpu.setCarryAndOverflow(cpu.carry, ((a & b) | ((a | b) & ~r)).bit(W.bitWidth - 1))
    }
  }
}
