import Engine

// The table of what executes the nine two-operand instructions. A C function pointer cannot be made from a
// generic closure, so each combination of operation, form and width has a line.

extension CPU {
  /// ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST (SDM 1 7.3.2 and 7.3.4).
  static func bindArithmetic(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .add:
      choose(
        i,
        registers: (
          { CPU.registers(Add.self, UInt8.self, $0, $1) }, { CPU.registers(Add.self, UInt16.self, $0, $1) },
          { CPU.registers(Add.self, UInt32.self, $0, $1) }, { CPU.registers(Add.self, UInt64.self, $0, $1) }
        ),
        immediate: (
          { CPU.immediate(Add.self, UInt8.self, $0, $1) }, { CPU.immediate(Add.self, UInt16.self, $0, $1) },
          { CPU.immediate(Add.self, UInt32.self, $0, $1) }, { CPU.immediate(Add.self, UInt64.self, $0, $1) }
        ),
        source: (
          { CPU.source(Add.self, UInt8.self, $0, $1) }, { CPU.source(Add.self, UInt16.self, $0, $1) },
          { CPU.source(Add.self, UInt32.self, $0, $1) }, { CPU.source(Add.self, UInt64.self, $0, $1) }
        ),
        memory: (
          { CPU.memory(Add.self, UInt8.self, $0, $1) }, { CPU.memory(Add.self, UInt16.self, $0, $1) },
          { CPU.memory(Add.self, UInt32.self, $0, $1) }, { CPU.memory(Add.self, UInt64.self, $0, $1) }
        ))
    case .or:
      choose(
        i,
        registers: (
          { CPU.registers(Or.self, UInt8.self, $0, $1) }, { CPU.registers(Or.self, UInt16.self, $0, $1) },
          { CPU.registers(Or.self, UInt32.self, $0, $1) }, { CPU.registers(Or.self, UInt64.self, $0, $1) }
        ),
        immediate: (
          { CPU.immediate(Or.self, UInt8.self, $0, $1) }, { CPU.immediate(Or.self, UInt16.self, $0, $1) },
          { CPU.immediate(Or.self, UInt32.self, $0, $1) }, { CPU.immediate(Or.self, UInt64.self, $0, $1) }
        ),
        source: (
          { CPU.source(Or.self, UInt8.self, $0, $1) }, { CPU.source(Or.self, UInt16.self, $0, $1) },
          { CPU.source(Or.self, UInt32.self, $0, $1) }, { CPU.source(Or.self, UInt64.self, $0, $1) }
        ),
        memory: (
          { CPU.memory(Or.self, UInt8.self, $0, $1) }, { CPU.memory(Or.self, UInt16.self, $0, $1) },
          { CPU.memory(Or.self, UInt32.self, $0, $1) }, { CPU.memory(Or.self, UInt64.self, $0, $1) }
        ))
    case .adc:
      choose(
        i,
        registers: (
          { CPU.registers(AddCarry.self, UInt8.self, $0, $1) }, { CPU.registers(AddCarry.self, UInt16.self, $0, $1) },
          { CPU.registers(AddCarry.self, UInt32.self, $0, $1) }, { CPU.registers(AddCarry.self, UInt64.self, $0, $1) }
        ),
        immediate: (
          { CPU.immediate(AddCarry.self, UInt8.self, $0, $1) }, { CPU.immediate(AddCarry.self, UInt16.self, $0, $1) },
          { CPU.immediate(AddCarry.self, UInt32.self, $0, $1) }, { CPU.immediate(AddCarry.self, UInt64.self, $0, $1) }
        ),
        source: (
          { CPU.source(AddCarry.self, UInt8.self, $0, $1) }, { CPU.source(AddCarry.self, UInt16.self, $0, $1) },
          { CPU.source(AddCarry.self, UInt32.self, $0, $1) }, { CPU.source(AddCarry.self, UInt64.self, $0, $1) }
        ),
        memory: (
          { CPU.memory(AddCarry.self, UInt8.self, $0, $1) }, { CPU.memory(AddCarry.self, UInt16.self, $0, $1) },
          { CPU.memory(AddCarry.self, UInt32.self, $0, $1) }, { CPU.memory(AddCarry.self, UInt64.self, $0, $1) }
        ))
    case .sbb:
      choose(
        i,
        registers: (
          { CPU.registers(SubtractBorrow.self, UInt8.self, $0, $1) },
          { CPU.registers(SubtractBorrow.self, UInt16.self, $0, $1) },
          { CPU.registers(SubtractBorrow.self, UInt32.self, $0, $1) },
          { CPU.registers(SubtractBorrow.self, UInt64.self, $0, $1) }
        ),
        immediate: (
          { CPU.immediate(SubtractBorrow.self, UInt8.self, $0, $1) },
          { CPU.immediate(SubtractBorrow.self, UInt16.self, $0, $1) },
          { CPU.immediate(SubtractBorrow.self, UInt32.self, $0, $1) },
          { CPU.immediate(SubtractBorrow.self, UInt64.self, $0, $1) }
        ),
        source: (
          { CPU.source(SubtractBorrow.self, UInt8.self, $0, $1) },
          { CPU.source(SubtractBorrow.self, UInt16.self, $0, $1) },
          { CPU.source(SubtractBorrow.self, UInt32.self, $0, $1) },
          { CPU.source(SubtractBorrow.self, UInt64.self, $0, $1) }
        ),
        memory: (
          { CPU.memory(SubtractBorrow.self, UInt8.self, $0, $1) },
          { CPU.memory(SubtractBorrow.self, UInt16.self, $0, $1) },
          { CPU.memory(SubtractBorrow.self, UInt32.self, $0, $1) },
          { CPU.memory(SubtractBorrow.self, UInt64.self, $0, $1) }
        ))
    case .and:
      choose(
        i,
        registers: (
          { CPU.registers(And.self, UInt8.self, $0, $1) }, { CPU.registers(And.self, UInt16.self, $0, $1) },
          { CPU.registers(And.self, UInt32.self, $0, $1) }, { CPU.registers(And.self, UInt64.self, $0, $1) }
        ),
        immediate: (
          { CPU.immediate(And.self, UInt8.self, $0, $1) }, { CPU.immediate(And.self, UInt16.self, $0, $1) },
          { CPU.immediate(And.self, UInt32.self, $0, $1) }, { CPU.immediate(And.self, UInt64.self, $0, $1) }
        ),
        source: (
          { CPU.source(And.self, UInt8.self, $0, $1) }, { CPU.source(And.self, UInt16.self, $0, $1) },
          { CPU.source(And.self, UInt32.self, $0, $1) }, { CPU.source(And.self, UInt64.self, $0, $1) }
        ),
        memory: (
          { CPU.memory(And.self, UInt8.self, $0, $1) }, { CPU.memory(And.self, UInt16.self, $0, $1) },
          { CPU.memory(And.self, UInt32.self, $0, $1) }, { CPU.memory(And.self, UInt64.self, $0, $1) }
        ))
    case .sub:
      choose(
        i,
        registers: (
          { CPU.registers(Subtract.self, UInt8.self, $0, $1) }, { CPU.registers(Subtract.self, UInt16.self, $0, $1) },
          { CPU.registers(Subtract.self, UInt32.self, $0, $1) }, { CPU.registers(Subtract.self, UInt64.self, $0, $1) }
        ),
        immediate: (
          { CPU.immediate(Subtract.self, UInt8.self, $0, $1) }, { CPU.immediate(Subtract.self, UInt16.self, $0, $1) },
          { CPU.immediate(Subtract.self, UInt32.self, $0, $1) }, { CPU.immediate(Subtract.self, UInt64.self, $0, $1) }
        ),
        source: (
          { CPU.source(Subtract.self, UInt8.self, $0, $1) }, { CPU.source(Subtract.self, UInt16.self, $0, $1) },
          { CPU.source(Subtract.self, UInt32.self, $0, $1) }, { CPU.source(Subtract.self, UInt64.self, $0, $1) }
        ),
        memory: (
          { CPU.memory(Subtract.self, UInt8.self, $0, $1) }, { CPU.memory(Subtract.self, UInt16.self, $0, $1) },
          { CPU.memory(Subtract.self, UInt32.self, $0, $1) }, { CPU.memory(Subtract.self, UInt64.self, $0, $1) }
        ))
    case .xor:
      choose(
        i,
        registers: (
          { CPU.registers(Xor.self, UInt8.self, $0, $1) }, { CPU.registers(Xor.self, UInt16.self, $0, $1) },
          { CPU.registers(Xor.self, UInt32.self, $0, $1) }, { CPU.registers(Xor.self, UInt64.self, $0, $1) }
        ),
        immediate: (
          { CPU.immediate(Xor.self, UInt8.self, $0, $1) }, { CPU.immediate(Xor.self, UInt16.self, $0, $1) },
          { CPU.immediate(Xor.self, UInt32.self, $0, $1) }, { CPU.immediate(Xor.self, UInt64.self, $0, $1) }
        ),
        source: (
          { CPU.source(Xor.self, UInt8.self, $0, $1) }, { CPU.source(Xor.self, UInt16.self, $0, $1) },
          { CPU.source(Xor.self, UInt32.self, $0, $1) }, { CPU.source(Xor.self, UInt64.self, $0, $1) }
        ),
        memory: (
          { CPU.memory(Xor.self, UInt8.self, $0, $1) }, { CPU.memory(Xor.self, UInt16.self, $0, $1) },
          { CPU.memory(Xor.self, UInt32.self, $0, $1) }, { CPU.memory(Xor.self, UInt64.self, $0, $1) }
        ))
    case .cmp:
      choose(
        i,
        registers: (
          { CPU.registers(Compare.self, UInt8.self, $0, $1) }, { CPU.registers(Compare.self, UInt16.self, $0, $1) },
          { CPU.registers(Compare.self, UInt32.self, $0, $1) }, { CPU.registers(Compare.self, UInt64.self, $0, $1) }
        ),
        immediate: (
          { CPU.immediate(Compare.self, UInt8.self, $0, $1) }, { CPU.immediate(Compare.self, UInt16.self, $0, $1) },
          { CPU.immediate(Compare.self, UInt32.self, $0, $1) }, { CPU.immediate(Compare.self, UInt64.self, $0, $1) }
        ),
        source: (
          { CPU.source(Compare.self, UInt8.self, $0, $1) }, { CPU.source(Compare.self, UInt16.self, $0, $1) },
          { CPU.source(Compare.self, UInt32.self, $0, $1) }, { CPU.source(Compare.self, UInt64.self, $0, $1) }
        ),
        memory: (
          { CPU.memory(Compare.self, UInt8.self, $0, $1) }, { CPU.memory(Compare.self, UInt16.self, $0, $1) },
          { CPU.memory(Compare.self, UInt32.self, $0, $1) }, { CPU.memory(Compare.self, UInt64.self, $0, $1) }
        ))
    case .test:
      choose(
        i,
        registers: (
          { CPU.registers(Test.self, UInt8.self, $0, $1) }, { CPU.registers(Test.self, UInt16.self, $0, $1) },
          { CPU.registers(Test.self, UInt32.self, $0, $1) }, { CPU.registers(Test.self, UInt64.self, $0, $1) }
        ),
        immediate: (
          { CPU.immediate(Test.self, UInt8.self, $0, $1) }, { CPU.immediate(Test.self, UInt16.self, $0, $1) },
          { CPU.immediate(Test.self, UInt32.self, $0, $1) }, { CPU.immediate(Test.self, UInt64.self, $0, $1) }
        ),
        source: (
          { CPU.source(Test.self, UInt8.self, $0, $1) }, { CPU.source(Test.self, UInt16.self, $0, $1) },
          { CPU.source(Test.self, UInt32.self, $0, $1) }, { CPU.source(Test.self, UInt64.self, $0, $1) }
        ),
        memory: (
          { CPU.memory(Test.self, UInt8.self, $0, $1) }, { CPU.memory(Test.self, UInt16.self, $0, $1) },
          { CPU.memory(Test.self, UInt32.self, $0, $1) }, { CPU.memory(Test.self, UInt64.self, $0, $1) }
        ))
    default: bindUnary(i)
    }
  }

  /// Handlers for operands of 1, 2, 4 and 8 bytes.
  typealias ByWidth = (Handler, Handler, Handler, Handler)

  static func choose(
    _ i: Instruction, registers: ByWidth, immediate: ByWidth, source: ByWidth, memory: ByWidth
  ) -> Handler {
    switch i.memory {
    case .none: choose(i, i.flags.contains(.immediate) ? immediate : registers)
    case .first: choose(i, memory)
    case .second: choose(i, source)
    }
  }

  static func choose(_ i: Instruction, _ handlers: ByWidth) -> Handler {
    switch i.size {
    case 1: handlers.0
    case 2: handlers.1
    case 4: handlers.2
    default: handlers.3
    }
  }

  /// Both operands are registers.
  @inline(__always)
  static func registers<O: BinaryOperation, W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: O.Type, _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let result = O.apply(cpu, cpu.register(W.self, op.pointee.a), cpu.register(W.self, op.pointee.b))
    if O.writes { cpu.setRegister(op.pointee.a, result) }
    return goOn(core, p)
  }

  /// A register and an immediate.
  @inline(__always)
  static func immediate<O: BinaryOperation, W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: O.Type, _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let result = O.apply(cpu, cpu.register(W.self, op.pointee.a), W(truncatingIfNeeded: op.pointee.immediate))
    if O.writes { cpu.setRegister(op.pointee.a, result) }
    return goOn(core, p)
  }

  /// A register and a memory operand to read.
  @inline(__always)
  static func source<O: BinaryOperation, W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: O.Type, _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard let host = cpu.readable(W.self, op) else { return sourceSlow(O.self, W.self, core, p) }
    let result = O.apply(cpu, cpu.register(W.self, op.pointee.a), host.loadUnaligned(as: W.self))
    if O.writes { cpu.setRegister(op.pointee.a, result) }
    return goOn(core, p)
  }

  @inline(never)
  private static func sourceSlow<O: BinaryOperation, W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: O.Type, _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let result = O.apply(cpu, cpu.register(W.self, op.pointee.a), try cpu.load(W.self, op))
      if O.writes { cpu.setRegister(op.pointee.a, result) }
    }
  }

  /// A memory operand that is changed or compared, with a register or an immediate.
  @inline(__always)
  static func memory<O: BinaryOperation, W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: O.Type, _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard let host = O.writes ? cpu.writable(W.self, op) : cpu.readable(W.self, op) else {
      return memorySlow(O.self, W.self, core, p)
    }
    let result = O.apply(cpu, host.loadUnaligned(as: W.self), cpu.registerOrImmediate(W.self, op))
    if O.writes { host.storeBytes(of: result, as: W.self) }
    return goOn(core, p)
  }

  @inline(never)
  private static func memorySlow<O: BinaryOperation, W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: O.Type, _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let b = cpu.registerOrImmediate(W.self, op)
      if O.writes {
        try cpu.modify(W.self, op) { a in O.apply(cpu, a, b) }
      } else {
        _ = O.apply(cpu, try cpu.load(W.self, op), b)
      }
    }
  }

  @inline(__always)
  func registerOrImmediate<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: W.Type, _ op: Op) -> W {
    op.pointee.flags.contains(.immediate)
      ? W(truncatingIfNeeded: op.pointee.immediate) : register(W.self, op.pointee.b)
  }

  /// Reads, changes and writes the memory operand. A store that faults leaves the flags as they were.
  @inline(__always)
  func modify<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op, _ change: (W) -> W
  ) throws(Fault) {
    let offset = effectiveAddress(op)
    let segment = op.pointee.segment
    let access = accessEntry(segment)
    let linear = (access.pointee.base &+ offset) & core.pointee.linearMask
    let entry = core.pointee.tlb + Int((linear &>> 12) & UInt64(TLBEntry.count - 1))
    if offset &+ UInt64(W.bitWidth / 8) <= access.pointee.writeEnd,
      entry.pointee.writeTag == (linear &+ UInt64(W.bitWidth / 8 - 1)) & ~0xfff
    {
      let host = hostPointer(entry, linear)
      host.storeBytes(of: change(host.loadUnaligned(as: W.self)), as: W.self)
      return
    }
    try probeStore(W.self, segment: segment, offset)
    let value = try load(W.self, segment: segment, offset)
    try store(change(value), segment: segment, offset)
  }
}
