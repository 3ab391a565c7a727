import Engine

// Moves between register files, insertion and extraction.
extension CPU {
  /// MOVD with an MMX register.
  func movdMM(_ op: Op) throws(Fault) {
    if op.pointee.c == 1 {
      try setFirst(UInt32(truncatingIfNeeded: mm(op.pointee.b)), op)
    } else {
      setMM(op.pointee.a, UInt64(try second(UInt32.self, op)))
    }
  }

  /// MOVD with an XMM register.
  func movdXMM(_ op: Op) throws(Fault) {
    if op.pointee.c == 1 {
      try setFirst(UInt32(truncatingIfNeeded: xmm(op.pointee.b)[0]), op)
    } else {
      setXMM(op.pointee.a, Vector128(UInt64(try second(UInt32.self, op)), 0))
    }
  }

  /// MOVQ between MMX registers and memory.
  func movqMM(_ op: Op) throws(Fault) {
    if op.pointee.memory == .first { return try store(mm(op.pointee.b), op) }
    setMM(op.pointee.a, try secondMM(op))
  }

  /// MOVQ between XMM registers and memory.
  func movqXMM(_ op: Op) throws(Fault) {
    if op.pointee.memory == .first { return try store(xmm(op.pointee.b)[0], op) }
    setXMM(op.pointee.a, Vector128(try second64(op), 0))
  }

  /// Writes an extracted lane to memory, or zero-extended to a general register.
  @inline(__always)
  func setExtracted<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ value: W, _ op: Op) throws(Fault) {
    if op.pointee.memory == .first { try store(value, op) } else { setRegister(op.pointee.a, UInt32(value)) }
  }

  func insertWordMM(_ op: Op) throws(Fault) {
    let shift = (op.pointee.immediate & 3) &* 16
    let value = UInt64(try second16(op)) &<< shift
    setMM(op.pointee.a, mm(op.pointee.a) & ~(0xffff &<< shift) | value)
  }

  func insertWord(_ op: Op) throws(Fault) {
    var result = xmm(op.pointee.a).words
    result[Int(op.pointee.immediate & 7)] = try second16(op)
    setXMM(op.pointee.a, result.vector)
  }

  func insertByte(_ op: Op) throws(Fault) {
    var result = xmm(op.pointee.a).bytes
    result[Int(op.pointee.immediate & 15)] =
      op.pointee.memory == .none ? register(UInt8.self, op.pointee.b) : try load(UInt8.self, op)
    setXMM(op.pointee.a, result.vector)
  }

  func insertLong(_ op: Op) throws(Fault) {
    var result = xmm(op.pointee.a).longs
    result[Int(op.pointee.immediate & 3)] =
      op.pointee.memory == .none ? register(UInt32.self, op.pointee.b) : try load(UInt32.self, op)
    setXMM(op.pointee.a, result.vector)
  }

  /// A word in a general register or memory; the immediate is no operand here.
  private func second16(_ op: Op) throws(Fault) -> UInt16 {
    op.pointee.memory == .none ? register(UInt16.self, op.pointee.b) : try load(UInt16.self, op)
  }

  /// PALIGNR of MMX registers.
  func alignMM(_ op: Op) throws(Fault) {
    let source = try secondMM(op)
    let pair = Vector128(source, mm(op.pointee.a))
    setMM(op.pointee.a, MMXLanes.align(Vector128(0, 0), pair, Int(op.pointee.immediate & 0xff))[0])
  }

  /// PTEST: ZF where no bit of the source is in the destination, CF where all are.
  func ptest(_ op: Op) throws(Fault) {
    let source = try second128(op)
    let target = xmm(op.pointee.a)
    var flags: UInt64 = 0
    if source & target == Vector128(0, 0) { flags |= Flag.zero }
    if source & ~target == Vector128(0, 0) { flags |= Flag.carry }
    setArithmeticFlags(flags)
  }
}

/// Runs PUNPCKL (`half` 0) or PUNPCKH (1), where `function` interleaves two halves.
@inline(__always)
func unpack(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, half: Int, _ function: (UInt64, UInt64) -> Vector128
) -> Int32 {
  if op.assumingMemoryBound(to: Instruction.self).pointee.size != 8 {
    return packed(core, op) { a, b in function(a[half], b[half]) }
  }
  return mmx(core, op) { cpu, op throws(Fault) in
    // PUNPCKL reads no more than it uses.
    let source =
      op.pointee.memory == .none || half == 1 ? try cpu.secondMM(op) : UInt64(try cpu.load(UInt32.self, op))
    cpu.setMM(op.pointee.a, function(cpu.mm(op.pointee.a), source)[half])
  }
}

/// Runs an instruction that moves between MMX and XMM registers, and so has both kinds of checks.
@inline(__always)
func crossing(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    let cpu = CPU(core)
    try cpu.checkSSE()
    guard try cpu.waitForMMX() else { return Outcome.again }
    try body(cpu, op.assumingMemoryBound(to: Instruction.self))
    cpu.enterMMX()
    return goOn(core, op)
  } catch {
    return Outcome.fault
  }
}

/// EMMS, which does not enter what it leaves.
func emptyMMX(_ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer) -> Int32 {
  do {
    let cpu = CPU(core)
    guard try cpu.waitForMMX() else { return Outcome.again }
    cpu.emms()
    return goOn(core, op)
  } catch {
    return Outcome.fault
  }
}
