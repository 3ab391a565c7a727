import Engine

// XMM registers, their memory operands and what precedes their instructions (SDM 1 chapters 10 to 12).

/// 128 bits as two halves, the low one first; an MMX register's 64 bits stand in the low half.
typealias Vector128 = SIMD2<UInt64>

extension SIMD2<UInt64> {
  @inline(__always) var bytes: SIMD16<UInt8> { unsafeBitCast(self, to: SIMD16<UInt8>.self) }
  @inline(__always) var words: SIMD8<UInt16> { unsafeBitCast(self, to: SIMD8<UInt16>.self) }
  @inline(__always) var longs: SIMD4<UInt32> { unsafeBitCast(self, to: SIMD4<UInt32>.self) }
  @inline(__always) var signedBytes: SIMD16<Int8> { unsafeBitCast(self, to: SIMD16<Int8>.self) }
  @inline(__always) var signedWords: SIMD8<Int16> { unsafeBitCast(self, to: SIMD8<Int16>.self) }
  @inline(__always) var signedLongs: SIMD4<Int32> { unsafeBitCast(self, to: SIMD4<Int32>.self) }
  @inline(__always) var signedQuads: SIMD2<Int64> { unsafeBitCast(self, to: SIMD2<Int64>.self) }
}
extension SIMD16<UInt8> {
  @inline(__always) var vector: Vector128 { unsafeBitCast(self, to: Vector128.self) }
}
extension SIMD8<UInt16> {
  @inline(__always) var vector: Vector128 { unsafeBitCast(self, to: Vector128.self) }
}
extension SIMD4<UInt32> {
  @inline(__always) var vector: Vector128 { unsafeBitCast(self, to: Vector128.self) }
}
extension SIMD16<Int8> {
  @inline(__always) var vector: Vector128 { unsafeBitCast(self, to: Vector128.self) }
}
extension SIMD8<Int16> {
  @inline(__always) var vector: Vector128 { unsafeBitCast(self, to: Vector128.self) }
}
extension SIMD4<Int32> {
  @inline(__always) var vector: Vector128 { unsafeBitCast(self, to: Vector128.self) }
}
extension SIMD2<Int64> {
  @inline(__always) var vector: Vector128 { unsafeBitCast(self, to: Vector128.self) }
}

extension CPU {
  /// #UD where CR0.EM is set or CR4.OSFXSR is clear, #NM where CR0.TS is set.
  @inline(__always)
  func checkSSE() throws(Fault) {
    if core.pointee.state.cr0 & 0xc != 0 || core.pointee.state.cr4 & 0x200 == 0 { throw unavailableSSE() }
  }

  @inline(never)
  private func unavailableSSE() -> Fault {
    if core.pointee.state.cr0 & 4 != 0 || core.pointee.state.cr4 & 0x200 == 0 { return undefined() }
    return raise(Vector.deviceNotAvailable)
  }

  @inline(__always)
  func xmm(_ n: UInt8) -> Vector128 {
    let i = Int(n & 15) &* 2
    return Vector128(core.pointee.state.sse.xmm[i], core.pointee.state.sse.xmm[i &+ 1])
  }

  @inline(__always)
  func setXMM(_ n: UInt8, _ value: Vector128) {
    let i = Int(n & 15) &* 2
    core.pointee.state.sse.xmm[i] = value[0]
    core.pointee.state.sse.xmm[i &+ 1] = value[1]
  }

  /// Writes the low half and leaves the high one.
  @inline(__always)
  func setXMMLow(_ n: UInt8, _ value: UInt64) { core.pointee.state.sse.xmm[Int(n & 15) &* 2] = value }

  @inline(__always)
  func setXMMHigh(_ n: UInt8, _ value: UInt64) { core.pointee.state.sse.xmm[Int(n & 15) &* 2 &+ 1] = value }

  /// Writes the lowest 32 bits and leaves the others.
  @inline(__always)
  func setXMMLong(_ n: UInt8, _ value: UInt32) {
    let i = Int(n & 15) &* 2
    core.pointee.state.sse.xmm[i] = core.pointee.state.sse.xmm[i] & 0xffff_ffff_0000_0000 | UInt64(value)
  }

  // MARK: Memory operands of 16 bytes

  /// Reads 16 bytes.
  ///
  /// - Throws: #GP(0) where they must be aligned and are not.
  @inline(__always)
  func load128(_ op: Op, aligned: Bool) throws(Fault) -> Vector128 {
    let offset = effectiveAddress(op)
    let segment = op.pointee.segment
    if aligned { try checkAlignment(segment, offset) }
    let low = try load(UInt64.self, segment: segment, offset)
    return Vector128(low, try load(UInt64.self, segment: segment, offset &+ 8))
  }

  /// Writes 16 bytes: all of them or, with a fault, none.
  @inline(__always)
  func store128(_ value: Vector128, _ op: Op, aligned: Bool) throws(Fault) {
    let offset = effectiveAddress(op)
    let segment = op.pointee.segment
    if aligned { try checkAlignment(segment, offset) } else { try probeStore(UInt64.self, segment: segment, offset) }
    // The part with the higher offset first: it is the one that a limit or a second page refuses.
    try store(value[1], segment: segment, offset &+ 8)
    try store(value[0], segment: segment, offset)
  }

  @inline(__always)
  private func checkAlignment(_ segment: UInt8, _ offset: UInt64) throws(Fault) {
    if (accessEntry(segment).pointee.base &+ offset) & 15 != 0 { throw protection() }
  }

  /// The second operand, 16 bytes.
  @inline(__always)
  func second128(_ op: Op, aligned: Bool = true) throws(Fault) -> Vector128 {
    op.pointee.memory == .none ? xmm(op.pointee.b) : try load128(op, aligned: aligned)
  }

  /// The second operand's low 8 bytes.
  @inline(__always)
  func second64(_ op: Op) throws(Fault) -> UInt64 {
    op.pointee.memory == .none ? xmm(op.pointee.b)[0] : try load(UInt64.self, op)
  }

  /// The second operand's low 4 bytes.
  @inline(__always)
  func second32(_ op: Op) throws(Fault) -> UInt32 {
    op.pointee.memory == .none ? UInt32(truncatingIfNeeded: xmm(op.pointee.b)[0]) : try load(UInt32.self, op)
  }
}

/// Runs an SSE instruction that goes on to the next one.
@inline(__always)
func sse(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    let cpu = CPU(core)
    try cpu.checkSSE()
    try body(cpu, op.assumingMemoryBound(to: Instruction.self))
    return goOn(core, op)
  } catch {
    return Outcome.fault
  }
}

/// Runs an SSE instruction that replaces its first operand by a function of both.
@inline(__always)
func packed(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ function: (Vector128, Vector128) -> Vector128
) -> Int32 {
  sse(core, op) { cpu, op throws(Fault) in
    let source = try cpu.second128(op)
    cpu.setXMM(op.pointee.a, function(cpu.xmm(op.pointee.a), source))
  }
}

/// The same with an immediate.
@inline(__always)
func packedImmediate(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ function: (Vector128, Vector128, UInt8) -> Vector128
) -> Int32 {
  sse(core, op) { cpu, op throws(Fault) in
    let source = try cpu.second128(op)
    let immediate = UInt8(truncatingIfNeeded: op.pointee.immediate)
    cpu.setXMM(op.pointee.a, function(cpu.xmm(op.pointee.a), source, immediate))
  }
}
