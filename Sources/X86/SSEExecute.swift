import SoftFloat

// How floating-point instructions meet MXCSR: results are written only if no exception is unmasked.
extension CPU {
  /// Enters exceptions into MXCSR.
  ///
  /// - Throws: #XM for an unmasked one, or #UD where CR4.OSXMMEXCPT is clear.
  @inline(__always)
  func settleSSE(_ arithmetic: SSEArithmetic) throws(Fault) {
    let flags = UInt32(arithmetic.flags)
    if flags & ~core.pointee.state.sse.mxcsr != 0 { try settleSSESlow(arithmetic) }
  }

  @inline(never)
  private func settleSSESlow(_ arithmetic: SSEArithmetic) throws(Fault) {
    let unmasked = arithmetic.flags & ~arithmetic.masks
    // An exception found before the results keeps those of the results from being noticed.
    let flags = unmasked & SoftContext.early != 0 ? arithmetic.flags & SoftContext.early : arithmetic.flags
    core.pointee.state.sse.mxcsr |= UInt32(flags)
    if unmasked == 0 { return }
    throw core.pointee.state.cr4 & 0x400 != 0 ? raise(Vector.simd) : undefined()
  }

  @inline(__always)
  var sseArithmetic: SSEArithmetic { SSEArithmetic(core.pointee.state.sse.mxcsr) }

  /// ANDPS and the like have no exceptions; COMISS and UCOMISS set ZF, PF and CF.
  @inline(__always)
  func comi<F: FloatFormat>(_ op: Op, _ target: F.Bits, _ source: F.Bits, _: F.Type, quietly: Bool) throws(Fault) {
    var arithmetic = sseArithmetic
    let order = arithmetic.order(target, source, F.self, quietly: quietly)
    try settleSSE(arithmetic)
    setOrderFlags(order)
  }

  /// LDMXCSR.
  func ldmxcsr(_ op: Op) throws(Fault) {
    let value = try load(UInt32.self, op)
    guard value & ~mxcsrMask == 0 else { throw protection() }
    core.pointee.state.sse.mxcsr = value
  }
}

/// Runs a packed single-precision instruction lane by lane.
@inline(__always)
func ps(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer,
  _ function: (inout SSEArithmetic, UInt32, UInt32, UInt8) -> UInt32
) -> Int32 {
  sse(core, op) { cpu, op throws(Fault) in
    let source = try cpu.second128(op).longs
    var result = cpu.xmm(op.pointee.a).longs
    let immediate = UInt8(truncatingIfNeeded: op.pointee.immediate)
    var arithmetic = cpu.sseArithmetic
    for i in 0..<4 { result[i] = function(&arithmetic, result[i], source[i], immediate) }
    try cpu.settleSSE(arithmetic)
    cpu.setXMM(op.pointee.a, result.vector)
  }
}

/// Runs a packed double-precision instruction lane by lane.
@inline(__always)
func pd(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer,
  _ function: (inout SSEArithmetic, UInt64, UInt64, UInt8) -> UInt64
) -> Int32 {
  sse(core, op) { cpu, op throws(Fault) in
    let source = try cpu.second128(op)
    var result = cpu.xmm(op.pointee.a)
    let immediate = UInt8(truncatingIfNeeded: op.pointee.immediate)
    var arithmetic = cpu.sseArithmetic
    for i in 0..<2 { result[i] = function(&arithmetic, result[i], source[i], immediate) }
    try cpu.settleSSE(arithmetic)
    cpu.setXMM(op.pointee.a, result)
  }
}

/// Runs a scalar single-precision instruction: the other lanes stay.
@inline(__always)
func ss(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer,
  _ function: (inout SSEArithmetic, UInt32, UInt32, UInt8) -> UInt32
) -> Int32 {
  sse(core, op) { cpu, op throws(Fault) in
    let source = try cpu.second32(op)
    var arithmetic = cpu.sseArithmetic
    let target = UInt32(truncatingIfNeeded: cpu.xmm(op.pointee.a)[0])
    let result = function(&arithmetic, target, source, UInt8(truncatingIfNeeded: op.pointee.immediate))
    try cpu.settleSSE(arithmetic)
    cpu.setXMMLong(op.pointee.a, result)
  }
}

/// Runs a scalar double-precision instruction: the high lane stays.
@inline(__always)
func sd(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer,
  _ function: (inout SSEArithmetic, UInt64, UInt64, UInt8) -> UInt64
) -> Int32 {
  sse(core, op) { cpu, op throws(Fault) in
    let source = try cpu.second64(op)
    var arithmetic = cpu.sseArithmetic
    let target = cpu.xmm(op.pointee.a)[0]
    let result = function(&arithmetic, target, source, UInt8(truncatingIfNeeded: op.pointee.immediate))
    try cpu.settleSSE(arithmetic)
    cpu.setXMMLow(op.pointee.a, result)
  }
}

/// Runs an instruction that makes a whole XMM register of both operands, with exceptions.
@inline(__always)
func rounding(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer,
  _ function: (inout SSEArithmetic, Vector128, Vector128, UInt8) -> Vector128
) -> Int32 {
  sse(core, op) { cpu, op throws(Fault) in
    let source = try cpu.second128(op)
    var arithmetic = cpu.sseArithmetic
    let result = function(
      &arithmetic, cpu.xmm(op.pointee.a), source, UInt8(truncatingIfNeeded: op.pointee.immediate))
    try cpu.settleSSE(arithmetic)
    cpu.setXMM(op.pointee.a, result)
  }
}

/// The same for a source whose memory form has 8 bytes.
@inline(__always)
func widening(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ function: (inout SSEArithmetic, UInt64) -> Vector128
) -> Int32 {
  sse(core, op) { cpu, op throws(Fault) in
    let source = try cpu.second64(op)
    var arithmetic = cpu.sseArithmetic
    let result = function(&arithmetic, source)
    try cpu.settleSSE(arithmetic)
    cpu.setXMM(op.pointee.a, result)
  }
}
