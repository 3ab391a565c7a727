import Bits
import Engine

extension CPU {
  /// Shifts and rotates (SDM 1 7.3.6). The count is `immediate`, or CL.
  static func bindShift(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .shl:
      choose(
        i,
        (
          { CPU.shiftLeft(UInt8.self, $0, $1) }, { CPU.shiftLeft(UInt16.self, $0, $1) },
          { CPU.shiftLeft(UInt32.self, $0, $1) },
          { CPU.shiftLeft(UInt64.self, $0, $1) }
        ))
    case .shr:
      choose(
        i,
        (
          { CPU.shiftRight(UInt8.self, $0, $1) }, { CPU.shiftRight(UInt16.self, $0, $1) },
          { CPU.shiftRight(UInt32.self, $0, $1) },
          { CPU.shiftRight(UInt64.self, $0, $1) }
        ))
    case .sar:
      choose(
        i,
        (
          { CPU.shiftArithmetic(UInt8.self, $0, $1) }, { CPU.shiftArithmetic(UInt16.self, $0, $1) },
          { CPU.shiftArithmetic(UInt32.self, $0, $1) }, { CPU.shiftArithmetic(UInt64.self, $0, $1) }
        ))
    case .rol:
      choose(
        i,
        (
          { CPU.rotateLeft(UInt8.self, $0, $1) }, { CPU.rotateLeft(UInt16.self, $0, $1) },
          { CPU.rotateLeft(UInt32.self, $0, $1) },
          { CPU.rotateLeft(UInt64.self, $0, $1) }
        ))
    case .ror:
      choose(
        i,
        (
          { CPU.rotateRight(UInt8.self, $0, $1) }, { CPU.rotateRight(UInt16.self, $0, $1) },
          { CPU.rotateRight(UInt32.self, $0, $1) }, { CPU.rotateRight(UInt64.self, $0, $1) }
        ))
    case .rcl:
      choose(
        i,
        (
          { CPU.rotateCarryLeft(UInt8.self, $0, $1) }, { CPU.rotateCarryLeft(UInt16.self, $0, $1) },
          { CPU.rotateCarryLeft(UInt32.self, $0, $1) }, { CPU.rotateCarryLeft(UInt64.self, $0, $1) }
        ))
    case .rcr:
      choose(
        i,
        (
          { CPU.rotateCarryRight(UInt8.self, $0, $1) }, { CPU.rotateCarryRight(UInt16.self, $0, $1) },
          { CPU.rotateCarryRight(UInt32.self, $0, $1) }, { CPU.rotateCarryRight(UInt64.self, $0, $1) }
        ))
    case .shld:
      choose(
        i,
        (
          { CPU.shiftLeftDouble(UInt8.self, $0, $1) }, { CPU.shiftLeftDouble(UInt16.self, $0, $1) },
          { CPU.shiftLeftDouble(UInt32.self, $0, $1) }, { CPU.shiftLeftDouble(UInt64.self, $0, $1) }
        ))
    case .shrd:
      choose(
        i,
        (
          { CPU.shiftRightDouble(UInt8.self, $0, $1) }, { CPU.shiftRightDouble(UInt16.self, $0, $1) },
          { CPU.shiftRightDouble(UInt32.self, $0, $1) }, { CPU.shiftRightDouble(UInt64.self, $0, $1) }
        ))
    default: nil
    }
  }

  /// The count, modulo 32 (64 for 64-bit operands).
  @inline(__always)
  private func count<W: FixedWidthInteger>(_: W.Type, _ op: Op) -> Int {
    let raw =
      op.pointee.flags.contains(.implicit)
      ? register(UInt8.self, Self.rcx) : UInt8(truncatingIfNeeded: op.pointee.immediate)
    return Int(raw & (W.bitWidth == 64 ? 63 : 31))
  }

  @inline(__always)
  static func shiftLeft<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let count = cpu.count(W.self, op)
      try cpu.update(W.self, op) { a in
        guard count != 0 else { return a }
        let r = count < W.bitWidth ? a &<< W(truncatingIfNeeded: count) : 0
        let carry = count <= W.bitWidth && (a &>> W(truncatingIfNeeded: W.bitWidth - count)) & 1 != 0
        cpu.setFlags(r, carry: carry, overflow: carry != r.bit(W.bitWidth - 1))
        return r
      }
    }
  }

  /// OF is the sign before the last step.
  @inline(__always)
  static func shiftRight<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let count = cpu.count(W.self, op)
      try cpu.update(W.self, op) { a in
        guard count != 0 else { return a }
        let r = count < W.bitWidth ? a &>> W(truncatingIfNeeded: count) : 0
        let carry = count <= W.bitWidth && (a &>> W(truncatingIfNeeded: count - 1)) & 1 != 0
        cpu.setFlags(r, carry: carry, overflow: (r ^ (r &<< 1)).bit(W.bitWidth - 1))
        return r
      }
    }
  }

  @inline(__always)
  static func shiftArithmetic<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let count = cpu.count(W.self, op)
      try cpu.update(W.self, op) { a in
        guard count != 0 else { return a }
        let fill: W = a.bit(W.bitWidth - 1) ? ~0 : 0
        let steps = min(count, W.bitWidth - 1)
        let half =
          steps == 0 ? a : (a &>> W(truncatingIfNeeded: steps)) | (fill &<< W(truncatingIfNeeded: W.bitWidth - steps))
        let r = count < W.bitWidth ? half : fill
        let carry = count < W.bitWidth ? (a &>> W(truncatingIfNeeded: count - 1)) & 1 != 0 : fill != 0
        cpu.setFlags(r, carry: carry, overflow: false)
        return r
      }
    }
  }

  @inline(__always)
  static func rotateLeft<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let count = cpu.count(W.self, op)
      try cpu.update(W.self, op) { a in
        guard count != 0 else { return a }
        let steps = W(truncatingIfNeeded: count & (W.bitWidth - 1))
        let r = steps == 0 ? a : (a &<< steps) | (a &>> (W(truncatingIfNeeded: W.bitWidth) &- steps))
        let carry = r & 1 != 0
        cpu.setCarryAndOverflow(carry, carry != r.bit(W.bitWidth - 1))
        return r
      }
    }
  }

  @inline(__always)
  static func rotateRight<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let count = cpu.count(W.self, op)
      try cpu.update(W.self, op) { a in
        guard count != 0 else { return a }
        let steps = W(truncatingIfNeeded: count & (W.bitWidth - 1))
        let r = steps == 0 ? a : (a &>> steps) | (a &<< (W(truncatingIfNeeded: W.bitWidth) &- steps))
        let carry = r.bit(W.bitWidth - 1)
        cpu.setCarryAndOverflow(carry, carry != r.bit(W.bitWidth - 2))
        return r
      }
    }
  }

  @inline(__always)
  static func rotateCarryLeft<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let count = cpu.count(W.self, op)
      try cpu.update(W.self, op) { a in
        guard count != 0 else { return a }
        var r = a
        var carry = cpu.carry
        for _ in 0..<(count % (W.bitWidth + 1)) {
          let out = r.bit(W.bitWidth - 1)
          r = (r &<< 1) | (carry ? 1 : 0)
          carry = out
        }
        cpu.setCarryAndOverflow(carry, carry != r.bit(W.bitWidth - 1))
        return r
      }
    }
  }

  @inline(__always)
  static func rotateCarryRight<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let count = cpu.count(W.self, op)
      try cpu.update(W.self, op) { a in
        guard count != 0 else { return a }
        var r = a
        var carry = cpu.carry
        for _ in 0..<(count % (W.bitWidth + 1)) {
          let out = r & 1 != 0
          r = (r &>> 1) | (carry ? 1 &<< W(truncatingIfNeeded: W.bitWidth - 1) : 0)
          carry = out
        }
        cpu.setCarryAndOverflow(carry, r.bit(W.bitWidth - 1) != r.bit(W.bitWidth - 2))
        return r
      }
    }
  }

  @inline(__always)
  static func shiftLeftDouble<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let count = cpu.count(W.self, op)
      try cpu.update(W.self, op) { a in
        guard count != 0 else { return a }
        let b = cpu.register(W.self, op.pointee.b)
        // A count above 16 with 16-bit operands (undefined by the manual) goes on into the first again.
        let wide = W.bitWidth == 16 && count > 16
        let steps = W(truncatingIfNeeded: wide ? count - 16 : count)
        let high = wide ? b : a
        let low = wide ? a : b
        let isWhole = Int(steps) == W.bitWidth
        let r = isWhole ? low : (high &<< steps) | (low &>> (W(truncatingIfNeeded: W.bitWidth) &- steps))
        let carry = (high &>> (W(truncatingIfNeeded: W.bitWidth) &- steps)) & 1 != 0
        cpu.setFlags(r, carry: isWhole ? high & 1 != 0 : carry, overflow: (r ^ a).bit(W.bitWidth - 1))
        return r
      }
    }
  }

  @inline(__always)
  static func shiftRightDouble<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let count = cpu.count(W.self, op)
      try cpu.update(W.self, op) { a in
        guard count != 0 else { return a }
        let b = cpu.register(W.self, op.pointee.b)
        let wide = W.bitWidth == 16 && count > 16
        let steps = W(truncatingIfNeeded: wide ? count - 16 : count)
        let low = wide ? b : a
        let high = wide ? a : b
        let isWhole = Int(steps) == W.bitWidth
        let r = isWhole ? high : (low &>> steps) | (high &<< (W(truncatingIfNeeded: W.bitWidth) &- steps))
        let carry = low.bit(Int(steps) - 1)
        cpu.setFlags(r, carry: carry, overflow: (r ^ (r &<< 1)).bit(W.bitWidth - 1))
        return r
      }
    }
  }

  /// Sets CF and OF and leaves the other flags, as rotates do.
  @inline(__always)
  func setCarryAndOverflow(_ carry: Bool, _ overflow: Bool) {
    core.pointee.flagCarries =
      (core.pointee.flagCarries & 0x3fff_ffff) | (carry ? 0x8000_0000 : 0) | (carry != overflow ? 0x4000_0000 : 0)
  }
}
