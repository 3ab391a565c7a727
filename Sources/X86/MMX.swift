import Engine

// MMX registers, which are the x87's significands (SDM 1 chapter 9).
extension CPU {
  /// #UD where CR0.EM is set, #NM where CR0.TS is; then what the x87 left pending.
  @inline(__always)
  func waitForMMX() throws(Fault) -> Bool {
    if core.pointee.state.cr0 & 4 != 0 { throw undefined() }
    return try waitForX87()
  }

  @inline(__always)
  func mm(_ n: UInt8) -> UInt64 { core.pointee.state.fpu.significand[Int(n & 7)] }

  @inline(__always)
  func setMM(_ n: UInt8, _ value: UInt64) {
    core.pointee.state.fpu.significand[Int(n & 7)] = value
    core.pointee.state.fpu.exponent[Int(n & 7)] = 0xffff
  }

  /// What every MMX instruction but EMMS does to the x87 (SDM 3A table 13-2): TOP is 0, all registers are valid.
  @inline(__always)
  func enterMMX() {
    core.pointee.state.fpu.status &= ~0x3800
    core.pointee.state.fpu.empty = 0
  }

  /// The second operand: register or 8 bytes in memory.
  @inline(__always)
  func secondMM(_ op: Op) throws(Fault) -> UInt64 {
    op.pointee.memory == .none ? mm(op.pointee.b) : try load(UInt64.self, op)
  }

  /// EMMS.
  func emms() {
    core.pointee.state.fpu.status &= ~0x3800
    core.pointee.state.fpu.empty = 0xff
  }

  /// MASKMOVQ and MASKMOVDQU: the bytes whose mask has its top bit set go to DS:EDI.
  func maskedStore(_ op: Op, _ value: Vector128, _ mask: Vector128, count: Int) throws(Fault) {
    var offset = register(UInt64.self, Self.rdi)
    switch op.pointee.addressSize {
    case 2: offset &= 0xffff
    case 4: offset &= 0xffff_ffff
    default: break
    }
    let segment = op.pointee.segment
    for i in 0..<count where mask.bytes[i] & 0x80 != 0 {
      try probeStore(UInt8.self, segment: segment, offset &+ UInt64(i))
    }
    for i in 0..<count where mask.bytes[i] & 0x80 != 0 {
      try store(value.bytes[i], segment: segment, offset &+ UInt64(i))
    }
  }
}

/// Runs an MMX instruction that goes on to the next one.
@inline(__always)
func mmx(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    let cpu = CPU(core)
    guard try cpu.waitForMMX() else { return Outcome.again }
    try body(cpu, op.assumingMemoryBound(to: Instruction.self))
    cpu.enterMMX()
    return goOn(core, op)
  } catch {
    return Outcome.fault
  }
}

/// Runs an instruction that works lane by lane, on MMX or XMM registers as `size` says.
@inline(__always)
func lanes(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ function: (Vector128, Vector128) -> Vector128
) -> Int32 {
  if op.assumingMemoryBound(to: Instruction.self).pointee.size != 8 { return packed(core, op, function) }
  return mmx(core, op) { cpu, op throws(Fault) in
    let source = try cpu.secondMM(op)
    cpu.setMM(op.pointee.a, function(Vector128(cpu.mm(op.pointee.a), 0), Vector128(source, 0))[0])
  }
}

/// Runs an instruction whose 16-byte form takes each half of its result from one operand: its MMX form is the
/// low half of that with both operands side by side.
@inline(__always)
func halves(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ function: (Vector128, Vector128) -> Vector128
) -> Int32 {
  if op.assumingMemoryBound(to: Instruction.self).pointee.size != 8 { return packed(core, op, function) }
  return mmx(core, op) { cpu, op throws(Fault) in
    let source = try cpu.secondMM(op)
    let pair = Vector128(cpu.mm(op.pointee.a), source)
    cpu.setMM(op.pointee.a, function(pair, pair)[0])
  }
}

/// Runs a shift by a register, memory or an immediate.
@inline(__always)
func shifts(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ function: (Vector128, UInt64) -> Vector128
) -> Int32 {
  let isImmediate = op.assumingMemoryBound(to: Instruction.self).pointee.flags.contains(.immediate)
  if op.assumingMemoryBound(to: Instruction.self).pointee.size != 8 {
    return sse(core, op) { cpu, op throws(Fault) in
      let count = isImmediate ? op.pointee.immediate & 0xff : try cpu.second128(op)[0]
      cpu.setXMM(op.pointee.a, function(cpu.xmm(op.pointee.a), count))
    }
  }
  return mmx(core, op) { cpu, op throws(Fault) in
    let count = isImmediate ? op.pointee.immediate & 0xff : try cpu.secondMM(op)
    cpu.setMM(op.pointee.a, function(Vector128(cpu.mm(op.pointee.a), 0), count)[0])
  }
}
