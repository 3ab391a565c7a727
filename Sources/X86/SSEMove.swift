// Moves, conversions between register files, and state (SDM 1 10.4.1, 10.4.6 and 11.4.1).
extension CPU {
  /// MOVUPS, MOVAPS, MOVDQA and their kind.
  @inline(__always)
  func move128(_ op: Op, aligned: Bool) throws(Fault) {
    if op.pointee.memory == .first { return try store128(xmm(op.pointee.b), op, aligned: aligned) }
    setXMM(op.pointee.a, try second128(op, aligned: aligned))
  }

  /// MOVSS: a load clears the other lanes, a move between registers keeps them.
  func movss(_ op: Op) throws(Fault) {
    switch op.pointee.memory {
    case .first: try store(UInt32(truncatingIfNeeded: xmm(op.pointee.b)[0]), op)
    case .second: setXMM(op.pointee.a, Vector128(UInt64(try load(UInt32.self, op)), 0))
    case .none: setXMMLong(op.pointee.a, UInt32(truncatingIfNeeded: xmm(op.pointee.b)[0]))
    }
  }

  /// MOVSD.
  func movsd(_ op: Op) throws(Fault) {
    switch op.pointee.memory {
    case .first: try store(xmm(op.pointee.b)[0], op)
    case .second: setXMM(op.pointee.a, Vector128(try load(UInt64.self, op), 0))
    case .none: setXMMLow(op.pointee.a, xmm(op.pointee.b)[0])
    }
  }

  /// MOVLPS and MOVLPD.
  func moveLow(_ op: Op) throws(Fault) {
    if op.pointee.memory == .first { return try store(xmm(op.pointee.b)[0], op) }
    setXMMLow(op.pointee.a, try load(UInt64.self, op))
  }

  /// MOVHPS and MOVHPD.
  func moveHigh(_ op: Op) throws(Fault) {
    if op.pointee.memory == .first { return try store(xmm(op.pointee.b)[1], op) }
    setXMMHigh(op.pointee.a, try load(UInt64.self, op))
  }

  /// PMOVSX and PMOVZX: the source's low bytes, as many as the memory form reads.
  @inline(__always)
  func extend(_ op: Op, _ function: (Vector128) -> Vector128) throws(Fault) {
    let source: UInt64
    if op.pointee.memory == .none {
      source = xmm(op.pointee.b)[0]
    } else {
      switch op.pointee.size {
      case 2: source = UInt64(try load(UInt16.self, op))
      case 4: source = UInt64(try load(UInt32.self, op))
      default: source = try load(UInt64.self, op)
      }
    }
    setXMM(op.pointee.a, function(Vector128(source, 0)))
  }

  /// INSERTPS.
  func insertps(_ op: Op) throws(Fault) {
    let control = Int(op.pointee.immediate & 0xff)
    let value =
      op.pointee.memory == .none ? xmm(op.pointee.b).longs[control >> 6] : try load(UInt32.self, op)
    var result = xmm(op.pointee.a).longs
    result[control >> 4 & 3] = value
    for i in 0..<4 where control >> i & 1 != 0 { result[i] = 0 }
    setXMM(op.pointee.a, result.vector)
  }

  // MARK: Conversions between XMM and other registers

  /// CVTPI2PS and CVTPI2PD.
  func cvtFromMMX(_ op: Op, isDouble: Bool) throws(Fault) {
    let source = try secondMM(op)
    let low = Int64(Int32(truncatingIfNeeded: source))
    let high = Int64(Int32(truncatingIfNeeded: source >> 32))
    var arithmetic = sseArithmetic
    if isDouble {
      setXMM(op.pointee.a, Vector128(arithmetic.real(low, Double.self), arithmetic.real(high, Double.self)))
      return
    }
    let first = arithmetic.real(low, Float.self)
    let second = arithmetic.real(high, Float.self)
    // Processors enter MMX state also where #XM follows, and with an operand in memory not at all.
    if op.pointee.memory == .none { enterMMX() }
    try settleSSE(arithmetic)
    setXMMLow(op.pointee.a, UInt64(first) | UInt64(second) << 32)
  }

  /// CVTPS2PI, CVTPD2PI and their truncating forms.
  func cvtToMMX(_ op: Op, isDouble: Bool, truncating: Bool) throws(Fault) {
    var arithmetic = sseArithmetic
    let low: Int64
    let high: Int64
    if isDouble {
      let source = try second128(op)
      low = arithmetic.integer(source[0], Double.self, bits: 32, truncating: truncating)
      high = arithmetic.integer(source[1], Double.self, bits: 32, truncating: truncating)
    } else {
      let source = try second64(op)
      low = arithmetic.integer(
        UInt32(truncatingIfNeeded: source), Float.self, bits: 32, truncating: truncating)
      high = arithmetic.integer(
        UInt32(truncatingIfNeeded: source >> 32), Float.self, bits: 32, truncating: truncating)
    }
    enterMMX()
    try settleSSE(arithmetic)
    setMM(
      op.pointee.a,
      UInt64(UInt32(truncatingIfNeeded: low)) | UInt64(UInt32(truncatingIfNeeded: high)) << 32)
  }

  /// CVTSI2SS and CVTSI2SD.
  func cvtFromInteger(_ op: Op, isDouble: Bool) throws(Fault) {
    let value = Int64(Int32(truncatingIfNeeded: try second(UInt32.self, op)))
    var arithmetic = sseArithmetic
    if isDouble { return setXMMLow(op.pointee.a, arithmetic.real(value, Double.self)) }
    let result = arithmetic.real(value, Float.self)
    try settleSSE(arithmetic)
    setXMMLong(op.pointee.a, result)
  }

  /// CVTSS2SI, CVTSD2SI and their truncating forms.
  func cvtToInteger(_ op: Op, isDouble: Bool, truncating: Bool) throws(Fault) {
    var arithmetic = sseArithmetic
    let value =
      isDouble
      ? arithmetic.integer(try second64(op), Double.self, bits: 32, truncating: truncating)
      : arithmetic.integer(try second32(op), Float.self, bits: 32, truncating: truncating)
    try settleSSE(arithmetic)
    setRegister(op.pointee.a, UInt32(truncatingIfNeeded: value))
  }

  func cvtss2sd(_ op: Op) throws(Fault) {
    var arithmetic = sseArithmetic
    let result = arithmetic.convert(try second32(op), Float.self, Double.self)
    try settleSSE(arithmetic)
    setXMMLow(op.pointee.a, result)
  }

  func cvtsd2ss(_ op: Op) throws(Fault) {
    var arithmetic = sseArithmetic
    let result = arithmetic.convert(try second64(op), Double.self, Float.self)
    try settleSSE(arithmetic)
    setXMMLong(op.pointee.a, result)
  }
}
