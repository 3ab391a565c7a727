import Bits
import Engine

extension CPU {
  /// Bit tests, scans and counts, and the flags by themselves (SDM 1 7.3.6 and 7.3.13).
  static func bindBits(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .bt:
      choose(
        i,
        (
          { CPU.bitTest(UInt8.self, $0, $1) }, { CPU.bitTest(UInt16.self, $0, $1) },
          { CPU.bitTest(UInt32.self, $0, $1) },
          { CPU.bitTest(UInt64.self, $0, $1) }
        ))
    case .bts:
      choose(
        i,
        (
          { CPU.bitSet(UInt8.self, $0, $1) }, { CPU.bitSet(UInt16.self, $0, $1) }, { CPU.bitSet(UInt32.self, $0, $1) },
          { CPU.bitSet(UInt64.self, $0, $1) }
        ))
    case .btr:
      choose(
        i,
        (
          { CPU.bitReset(UInt8.self, $0, $1) }, { CPU.bitReset(UInt16.self, $0, $1) },
          { CPU.bitReset(UInt32.self, $0, $1) },
          { CPU.bitReset(UInt64.self, $0, $1) }
        ))
    case .btc:
      choose(
        i,
        (
          { CPU.bitComplement(UInt8.self, $0, $1) }, { CPU.bitComplement(UInt16.self, $0, $1) },
          { CPU.bitComplement(UInt32.self, $0, $1) }, { CPU.bitComplement(UInt64.self, $0, $1) }
        ))
    case .bsf:
      choose(
        i,
        (
          { CPU.scanForward(UInt8.self, $0, $1) }, { CPU.scanForward(UInt16.self, $0, $1) },
          { CPU.scanForward(UInt32.self, $0, $1) }, { CPU.scanForward(UInt64.self, $0, $1) }
        ))
    case .bsr:
      choose(
        i,
        (
          { CPU.scanReverse(UInt8.self, $0, $1) }, { CPU.scanReverse(UInt16.self, $0, $1) },
          { CPU.scanReverse(UInt32.self, $0, $1) }, { CPU.scanReverse(UInt64.self, $0, $1) }
        ))
    case .popcnt:
      choose(
        i,
        (
          { CPU.populationCount(UInt8.self, $0, $1) }, { CPU.populationCount(UInt16.self, $0, $1) },
          { CPU.populationCount(UInt32.self, $0, $1) }, { CPU.populationCount(UInt64.self, $0, $1) }
        ))
    case .lzcnt:
      choose(
        i,
        (
          { CPU.leadingZeros(UInt8.self, $0, $1) }, { CPU.leadingZeros(UInt16.self, $0, $1) },
          { CPU.leadingZeros(UInt32.self, $0, $1) }, { CPU.leadingZeros(UInt64.self, $0, $1) }
        ))
    case .tzcnt:
      choose(
        i,
        (
          { CPU.trailingZeros(UInt8.self, $0, $1) }, { CPU.trailingZeros(UInt16.self, $0, $1) },
          { CPU.trailingZeros(UInt32.self, $0, $1) }, { CPU.trailingZeros(UInt64.self, $0, $1) }
        ))
    case .crc32:
      choose(
        i,
        (
          { CPU.checksum(UInt8.self, $0, $1) }, { CPU.checksum(UInt16.self, $0, $1) },
          { CPU.checksum(UInt32.self, $0, $1) },
          { CPU.checksum(UInt64.self, $0, $1) }
        ))
    case .clc: { straight($0, $1) { cpu, _ in cpu.setCarry(false) } }
    case .stc: { straight($0, $1) { cpu, _ in cpu.setCarry(true) } }
    case .cmc: { straight($0, $1) { cpu, _ in cpu.setCarry(!cpu.carry) } }
    case .cld: { straight($0, $1) { cpu, _ in cpu.core.pointee.state.rflags &= ~Flag.direction } }
    case .std: { straight($0, $1) { cpu, _ in cpu.core.pointee.state.rflags |= Flag.direction } }
    default: bindBitManipulation(i)
    }
  }

  /// The bit number, and for a memory operand where the word with that bit is: a register counts bits from
  /// the operand on in both directions, an immediate stays within it.
  @inline(__always)
  private func bitPlace<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op
  ) -> (bit: Int, offset: UInt64) {
    let mask = W.bitWidth - 1
    if op.pointee.flags.contains(.immediate) {
      return (
        Int(truncatingIfNeeded: op.pointee.immediate) & mask, op.pointee.memory == .first ? effectiveAddress(op) : 0
      )
    }
    let number = Int64(bitPattern: extendSign(register(W.self, op.pointee.b)))
    guard op.pointee.memory == .first else { return (Int(number) & mask, 0) }
    let words = number >> Int64(W.bitWidth.trailingZeroBitCount)
    let offset = effectiveAddress(op) &+ UInt64(bitPattern: words &* Int64(W.bitWidth / 8))
    let wrap: UInt64 = op.pointee.addressSize == 2 ? 0xffff : op.pointee.addressSize == 4 ? 0xffff_ffff : .max
    return (Int(number) & mask, offset & wrap)
  }

  @inline(__always)
  private func changeBit<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op, _ change: (W, W) -> W
  ) throws(Fault) {
    let (bit, offset) = bitPlace(W.self, op)
    let mask: W = 1 &<< W(truncatingIfNeeded: bit)
    if op.pointee.memory == .first {
      let segment = op.pointee.segment
      try probeStore(W.self, segment: segment, offset)
      let value = try load(W.self, segment: segment, offset)
      try store(change(value, mask), segment: segment, offset)
      setCarry(value & mask != 0)
    } else {
      let value = register(W.self, op.pointee.a)
      setRegister(op.pointee.a, change(value, mask))
      setCarry(value & mask != 0)
    }
  }

  @inline(__always)
  static func bitTest<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let (bit, offset) = cpu.bitPlace(W.self, op)
      let value =
        op.pointee.memory == .first
        ? try cpu.load(W.self, segment: op.pointee.segment, offset) : cpu.register(W.self, op.pointee.a)
      cpu.setCarry(value.bit(bit))
    }
  }

  @inline(__always)
  static func bitSet<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.changeBit(W.self, op) { $0 | $1 }
    }
  }

  @inline(__always)
  static func bitReset<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.changeBit(W.self, op) { $0 & ~$1 }
    }
  }

  @inline(__always)
  static func bitComplement<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.changeBit(W.self, op) { $0 ^ $1 }
    }
  }

  /// BSF: a source of 0 leaves the destination, as all known CPUs do.
  @inline(__always)
  static func scanForward<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      if value != 0 { cpu.setRegister(op.pointee.a, W(truncatingIfNeeded: value.trailingZeroBitCount)) }
      cpu.setZero(value == 0)
    }
  }

  @inline(__always)
  static func scanReverse<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      if value != 0 { cpu.setRegister(op.pointee.a, W(truncatingIfNeeded: W.bitWidth - 1 - value.leadingZeroBitCount)) }
      cpu.setZero(value == 0)
    }
  }

  @inline(__always)
  static func populationCount<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      cpu.setRegister(op.pointee.a, W(truncatingIfNeeded: value.nonzeroBitCount))
      cpu.setArithmeticFlags(value == 0 ? Flag.zero : 0)
    }
  }

  @inline(__always)
  static func leadingZeros<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let count = value.leadingZeroBitCount
      cpu.setRegister(op.pointee.a, W(truncatingIfNeeded: count))
      cpu.setArithmeticFlags((count == 0 ? Flag.zero : 0) | (value == 0 ? Flag.carry : 0))
    }
  }

  @inline(__always)
  static func trailingZeros<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = try cpu.second(W.self, op)
      let count = value.trailingZeroBitCount
      cpu.setRegister(op.pointee.a, W(truncatingIfNeeded: count))
      cpu.setArithmeticFlags((count == 0 ? Flag.zero : 0) | (value == 0 ? Flag.carry : 0))
    }
  }

  /// CRC32: the Castagnoli polynomial, reflected.
  @inline(__always)
  static func checksum<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      var crc = cpu.register(UInt32.self, op.pointee.a)
      var value = try cpu.second(W.self, op)
      for _ in 0..<(W.bitWidth / 8) {
        crc ^= UInt32(truncatingIfNeeded: value) & 0xff
        for _ in 0..<8 { crc = (crc &>> 1) ^ (crc & 1 != 0 ? 0x82f6_3b78 : 0) }
        value = W.bitWidth == 8 ? 0 : value &>> 8
      }
      cpu.setRegister(op.pointee.a, crc)
    }
  }
}
