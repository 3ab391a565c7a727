import Bits
import Engine

extension CPU {
  /// Data movement (SDM 1 7.3.1).
  static func bindMove(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .mov: bindMov(i)
    case .xchg:
      choose(
        i,
        (
          { CPU.exchange(UInt8.self, $0, $1) }, { CPU.exchange(UInt16.self, $0, $1) },
          { CPU.exchange(UInt32.self, $0, $1) },
          { CPU.exchange(UInt64.self, $0, $1) }
        ))
    case .push:
      choose(
        i,
        (
          { CPU.pushOperand(UInt8.self, $0, $1) }, { CPU.pushOperand(UInt16.self, $0, $1) },
          { CPU.pushOperand(UInt32.self, $0, $1) }, { CPU.pushOperand(UInt64.self, $0, $1) }
        ))
    case .pop:
      choose(
        i,
        (
          { CPU.popOperand(UInt8.self, $0, $1) }, { CPU.popOperand(UInt16.self, $0, $1) },
          { CPU.popOperand(UInt32.self, $0, $1) },
          { CPU.popOperand(UInt64.self, $0, $1) }
        ))
    case .movbe:
      choose(
        i,
        (
          { CPU.moveSwapped(UInt8.self, $0, $1) }, { CPU.moveSwapped(UInt16.self, $0, $1) },
          { CPU.moveSwapped(UInt32.self, $0, $1) }, { CPU.moveSwapped(UInt64.self, $0, $1) }
        ))
    case .cmov:
      choose(
        i,
        (
          { CPU.moveConditional(UInt8.self, $0, $1) }, { CPU.moveConditional(UInt16.self, $0, $1) },
          { CPU.moveConditional(UInt32.self, $0, $1) }, { CPU.moveConditional(UInt64.self, $0, $1) }
        ))
    case .movzx: bindExtend(i)
    case .movsx, .movsxd: bindExtendSigned(i)
    case .lea: choose(i, (loadAddress16, loadAddress16, loadAddress32, loadAddress64))
    case .set:
      {
        straight($0, $1) { cpu, op throws(Fault) in
          let value: UInt8 = cpu.condition(op.pointee.condition) ? 1 : 0
          try cpu.setFirst(value, op)
        }
      }
    case .nop, .prefetch, .pause, .lfence, .mfence, .sfence: { goOn($0, $1) }
    case .lahf:
      {
        straight($0, $1) { cpu, _ in
          cpu.setRegister(CPU.ah, UInt8(truncatingIfNeeded: cpu.rflags) & 0xd7 | 2)
        }
      }
    case .sahf:
      {
        straight($0, $1) { cpu, _ in
          let low = UInt64(cpu.register(UInt8.self, CPU.ah))
          cpu.setArithmeticFlags((cpu.rflags & Flag.overflow) | (low & 0xd5))
        }
      }
    case .salc: { straight($0, $1) { cpu, _ in cpu.setRegister(CPU.rax, cpu.carry ? UInt8.max : 0) } }
    case .bswap: { straight($0, $1) { cpu, op in cpu.swapBytes(op) } }
    case .cbw: { straight($0, $1) { cpu, op in cpu.convertInAccumulator(op) } }
    case .cwd: { straight($0, $1) { cpu, op in cpu.convertToDouble(op) } }
    case .xlat:
      {
        straight($0, $1) { cpu, op throws(Fault) in
          // Base and index are as decoded: rBX, with AL added here.
          let mask: UInt64 = op.pointee.addressSize == 2 ? 0xffff : op.pointee.addressSize == 4 ? 0xffff_ffff : .max
          let offset = (cpu.core.pointee.state.gpr[3] &+ UInt64(cpu.register(UInt8.self, CPU.rax))) & mask
          cpu.setRegister(CPU.rax, try cpu.load(UInt8.self, segment: op.pointee.segment, offset))
        }
      }
    case .pusha: { straight($0, $1) { cpu, op throws(Fault) in try cpu.pushAll(op) } }
    case .popa: { straight($0, $1) { cpu, op throws(Fault) in try cpu.popAll(op) } }
    case .movnti: choose(i, (movToMemory32, movToMemory16, movToMemory32, movToMemory64))
    default: nil
    }
  }

  private static func bindMov(_ i: Instruction) -> Handler {
    switch i.memory {
    case .second:
      choose(
        i,
        (
          { CPU.movFromMemory(UInt8.self, $0, $1) }, { CPU.movFromMemory(UInt16.self, $0, $1) },
          { CPU.movFromMemory(UInt32.self, $0, $1) }, { CPU.movFromMemory(UInt64.self, $0, $1) }
        ))
    case .first where i.flags.contains(.immediate):
      choose(
        i,
        (
          { CPU.movImmediateToMemory(UInt8.self, $0, $1) }, { CPU.movImmediateToMemory(UInt16.self, $0, $1) },
          { CPU.movImmediateToMemory(UInt32.self, $0, $1) }, { CPU.movImmediateToMemory(UInt64.self, $0, $1) }
        ))
    case .first:
      choose(
        i,
        (
          { CPU.movToMemory(UInt8.self, $0, $1) }, { CPU.movToMemory(UInt16.self, $0, $1) },
          { CPU.movToMemory(UInt32.self, $0, $1) }, { CPU.movToMemory(UInt64.self, $0, $1) }
        ))
    case .none where i.flags.contains(.immediate):
      choose(
        i,
        (
          { CPU.movImmediate(UInt8.self, $0, $1) }, { CPU.movImmediate(UInt16.self, $0, $1) },
          { CPU.movImmediate(UInt32.self, $0, $1) }, { CPU.movImmediate(UInt64.self, $0, $1) }
        ))
    case .none:
      choose(
        i,
        (
          { CPU.movRegister(UInt8.self, $0, $1) }, { CPU.movRegister(UInt16.self, $0, $1) },
          { CPU.movRegister(UInt32.self, $0, $1) }, { CPU.movRegister(UInt64.self, $0, $1) }
        ))
    }
  }

  private static var movToMemory16: Handler { { CPU.movToMemory(UInt16.self, $0, $1) } }
  private static var movToMemory32: Handler { { CPU.movToMemory(UInt32.self, $0, $1) } }
  private static var movToMemory64: Handler { { CPU.movToMemory(UInt64.self, $0, $1) } }
  private static var loadAddress16: Handler { { CPU.loadAddress(UInt16.self, $0, $1) } }
  private static var loadAddress32: Handler { { CPU.loadAddress(UInt32.self, $0, $1) } }
  private static var loadAddress64: Handler { { CPU.loadAddress(UInt64.self, $0, $1) } }

  /// MOVZX: `size` is the source's, `condition` the destination's.
  private static func bindExtend(_ i: Instruction) -> Handler {
    switch (i.size, i.condition) {
    case (1, 2): { CPU.extend(UInt8.self, UInt16.self, $0, $1) }
    case (1, 4): { CPU.extend(UInt8.self, UInt32.self, $0, $1) }
    case (1, _): { CPU.extend(UInt8.self, UInt64.self, $0, $1) }
    case (2, 2): { CPU.extend(UInt16.self, UInt16.self, $0, $1) }
    case (2, 4): { CPU.extend(UInt16.self, UInt32.self, $0, $1) }
    default: { CPU.extend(UInt16.self, UInt64.self, $0, $1) }
    }
  }

  private static func bindExtendSigned(_ i: Instruction) -> Handler {
    switch (i.size, i.condition) {
    case (1, 2): { CPU.extend(Int8.self, UInt8.self, UInt16.self, $0, $1) }
    case (1, 4): { CPU.extend(Int8.self, UInt8.self, UInt32.self, $0, $1) }
    case (1, _): { CPU.extend(Int8.self, UInt8.self, UInt64.self, $0, $1) }
    case (2, 2): { CPU.extend(Int16.self, UInt16.self, UInt16.self, $0, $1) }
    case (2, 4): { CPU.extend(Int16.self, UInt16.self, UInt32.self, $0, $1) }
    case (2, _): { CPU.extend(Int16.self, UInt16.self, UInt64.self, $0, $1) }
    default: { CPU.extend(Int32.self, UInt32.self, UInt64.self, $0, $1) }
    }
  }

  @inline(__always)
  private static func extend<
    S: FixedWidthInteger & UnsignedInteger & BitwiseCopyable, D: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  >(_: S.Type, _: D.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    if op.pointee.memory == .none {
      cpu.setRegister(op.pointee.a, D(truncatingIfNeeded: cpu.register(S.self, op.pointee.b)))
    } else {
      guard let host = cpu.readable(S.self, op) else { return extendSlow(S.self, D.self, core, p) }
      cpu.setRegister(op.pointee.a, D(truncatingIfNeeded: host.loadUnaligned(as: S.self)))
    }
    return goOn(core, p)
  }

  @inline(never)
  private static func extendSlow<
    S: FixedWidthInteger & UnsignedInteger & BitwiseCopyable, D: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  >(_: S.Type, _: D.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      cpu.setRegister(op.pointee.a, D(truncatingIfNeeded: try cpu.load(S.self, op)))
    }
  }

  @inline(__always)
  private static func extend<
    Signed: FixedWidthInteger & SignedInteger, S: FixedWidthInteger & UnsignedInteger & BitwiseCopyable,
    D: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  >(_: Signed.Type, _: S.Type, _: D.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = Signed(truncatingIfNeeded: try cpu.second(S.self, op))
      cpu.setRegister(op.pointee.a, D(truncatingIfNeeded: value))
    }
  }

  @inline(__always)
  static func movRegister<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      cpu.setRegister(op.pointee.a, cpu.register(W.self, op.pointee.b))
    }
  }

  @inline(__always)
  static func movImmediate<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      cpu.setRegister(op.pointee.a, W(truncatingIfNeeded: op.pointee.immediate))
    }
  }

  @inline(__always)
  static func movFromMemory<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard let host = cpu.readable(W.self, op) else { return movFromMemorySlow(W.self, core, p) }
    cpu.setRegister(op.pointee.a, host.loadUnaligned(as: W.self))
    return goOn(core, p)
  }

  @inline(never)
  private static func movFromMemorySlow<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in cpu.setRegister(op.pointee.a, try cpu.load(W.self, op)) }
  }

  @inline(__always)
  static func movToMemory<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard let host = cpu.writable(W.self, op) else { return movToMemorySlow(W.self, core, p) }
    host.storeBytes(of: cpu.register(W.self, op.pointee.b), as: W.self)
    return goOn(core, p)
  }

  @inline(never)
  private static func movToMemorySlow<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in try cpu.store(cpu.register(W.self, op.pointee.b), op) }
  }

  @inline(__always)
  static func movImmediateToMemory<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard let host = cpu.writable(W.self, op) else { return movImmediateToMemorySlow(W.self, core, p) }
    host.storeBytes(of: W(truncatingIfNeeded: op.pointee.immediate), as: W.self)
    return goOn(core, p)
  }

  @inline(never)
  private static func movImmediateToMemorySlow<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in try cpu.store(W(truncatingIfNeeded: op.pointee.immediate), op) }
  }

  @inline(__always)
  static func loadAddress<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      cpu.setRegister(op.pointee.a, W(truncatingIfNeeded: cpu.effectiveAddress(op)))
    }
  }

  @inline(__always)
  static func exchange<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let b = cpu.register(W.self, op.pointee.b)
      var old: W = 0
      try cpu.update(W.self, op) { a in
        old = a
        return b
      }
      cpu.setRegister(op.pointee.b, old)
    }
  }

  @inline(__always)
  static func pushOperand<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let isImmediate = op.pointee.flags.contains(.immediate)
    let mask = core.assumingMemoryBound(to: Core.self).pointee.stackMask
    let old = cpu.core.pointee.state.gpr[4]
    let new = (old &- UInt64(W.bitWidth / 8)) & mask
    guard op.pointee.memory == .none, let host = cpu.writable(W.self, segment: 2, new) else {
      return pushOperandSlow(W.self, core, p)
    }
    let value = isImmediate ? W(truncatingIfNeeded: op.pointee.immediate) : cpu.register(W.self, op.pointee.a)
    host.storeBytes(of: value, as: W.self)
    cpu.core.pointee.state.gpr[4] = (old & ~mask) | new
    return goOn(core, p)
  }

  @inline(never)
  private static func pushOperandSlow<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value =
        op.pointee.flags.contains(.immediate)
        ? W(truncatingIfNeeded: op.pointee.immediate) : try cpu.first(W.self, op)
      try cpu.push(value)
    }
  }

  @inline(__always)
  static func popOperand<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let mask = cpu.core.pointee.stackMask
    let old = cpu.core.pointee.state.gpr[4]
    guard op.pointee.memory == .none, let host = cpu.readable(W.self, segment: 2, old & mask) else {
      return popOperandSlow(W.self, core, p)
    }
    // The order matters for POP SP alone: what was popped wins.
    cpu.core.pointee.state.gpr[4] = (old & ~mask) | ((old &+ UInt64(W.bitWidth / 8)) & mask)
    cpu.setRegister(op.pointee.a, host.loadUnaligned(as: W.self))
    return goOn(core, p)
  }

  @inline(never)
  private static func popOperandSlow<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      guard op.pointee.memory == .first else {
        cpu.setRegister(op.pointee.a, try cpu.pop(W.self))
        return
      }
      // The address is computed with SP already moved; a fault moves it back.
      let old = cpu.core.pointee.state.gpr[4]
      let value = try cpu.pop(W.self)
      do throws(Fault) {
        try cpu.store(value, op)
      } catch {
        cpu.core.pointee.state.gpr[4] = old
        throw error
      }
    }
  }

  @inline(__always)
  static func moveSwapped<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let value = op.pointee.memory == .second ? try cpu.load(W.self, op) : cpu.register(W.self, op.pointee.b)
      if op.pointee.memory == .first {
        try cpu.store(value.byteSwapped, op)
      } else {
        cpu.setRegister(op.pointee.a, value.byteSwapped)
      }
    }
  }

  @inline(__always)
  static func moveConditional<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      // The source is read, and may fault, in either case.
      let value = try cpu.second(W.self, op)
      cpu.setRegister(op.pointee.a, cpu.condition(op.pointee.condition) ? value : cpu.register(W.self, op.pointee.a))
    }
  }

  private func swapBytes(_ op: Op) {
    switch op.pointee.size {
    case 8: setRegister(op.pointee.a, register(UInt64.self, op.pointee.a).byteSwapped)
    // Undefined by the manual for 16 bits: the lower half becomes 0.
    case 2: setRegister(op.pointee.a, UInt16(0))
    default: setRegister(op.pointee.a, register(UInt32.self, op.pointee.a).byteSwapped)
    }
  }

  /// CBW, CWDE, CDQE.
  private func convertInAccumulator(_ op: Op) {
    switch op.pointee.size {
    case 2: setRegister(Self.rax, UInt16(bitPattern: Int16(Int8(bitPattern: register(UInt8.self, Self.rax)))))
    case 4: setRegister(Self.rax, UInt32(bitPattern: Int32(Int16(bitPattern: register(UInt16.self, Self.rax)))))
    default: setRegister(Self.rax, UInt64(bitPattern: Int64(Int32(bitPattern: register(UInt32.self, Self.rax)))))
    }
  }

  /// CWD, CDQ, CQO.
  private func convertToDouble(_ op: Op) {
    switch op.pointee.size {
    case 2: setRegister(Self.rdx, register(UInt16.self, Self.rax).bit(15) ? UInt16.max : 0)
    case 4: setRegister(Self.rdx, register(UInt32.self, Self.rax).bit(31) ? UInt32.max : 0)
    default: setRegister(Self.rdx, register(UInt64.self, Self.rax).bit(63) ? UInt64.max : 0)
    }
  }

  private func pushAll(_ op: Op) throws(Fault) {
    let old = core.pointee.state.gpr[4]
    do throws(Fault) {
      for n in 0..<8 {
        let value = n == 4 ? old : core.pointee.state.gpr[n]
        if op.pointee.size == 2 {
          try push(UInt16(truncatingIfNeeded: value))
        } else {
          try push(UInt32(truncatingIfNeeded: value))
        }
      }
    } catch {
      core.pointee.state.gpr[4] = old
      throw error
    }
  }

  private func popAll(_ op: Op) throws(Fault) {
    let old = core.pointee.state.gpr[4]
    var values = InlineArray<8, UInt32>(repeating: 0)
    do throws(Fault) {
      for n in (0..<8).reversed() {
        values[n] = op.pointee.size == 2 ? UInt32(try pop(UInt16.self)) : try pop(UInt32.self)
      }
    } catch {
      core.pointee.state.gpr[4] = old
      throw error
    }
    for n in 0..<8 where n != 4 {
      if op.pointee.size == 2 {
        setRegister(UInt8(n * 8), UInt16(truncatingIfNeeded: values[n]))
      } else {
        setRegister(UInt8(n * 8), values[n])
      }
    }
  }
}
