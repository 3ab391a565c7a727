import Engine

extension CPU {
  /// Instructions with one operand, multiplication and division (SDM 1 7.3.2).
  static func bindUnary(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .inc:
      choose(
        i,
        (
          { CPU.increment(UInt8.self, $0, $1) }, { CPU.increment(UInt16.self, $0, $1) },
          { CPU.increment(UInt32.self, $0, $1) },
          { CPU.increment(UInt64.self, $0, $1) }
        ))
    case .dec:
      choose(
        i,
        (
          { CPU.decrement(UInt8.self, $0, $1) }, { CPU.decrement(UInt16.self, $0, $1) },
          { CPU.decrement(UInt32.self, $0, $1) },
          { CPU.decrement(UInt64.self, $0, $1) }
        ))
    case .neg:
      choose(
        i,
        (
          { CPU.negate(UInt8.self, $0, $1) }, { CPU.negate(UInt16.self, $0, $1) }, { CPU.negate(UInt32.self, $0, $1) },
          { CPU.negate(UInt64.self, $0, $1) }
        ))
    case .not:
      choose(
        i,
        (
          { CPU.invert(UInt8.self, $0, $1) }, { CPU.invert(UInt16.self, $0, $1) }, { CPU.invert(UInt32.self, $0, $1) },
          { CPU.invert(UInt64.self, $0, $1) }
        ))
    case .mul:
      choose(
        i,
        (
          { CPU.multiply(UInt8.self, $0, $1) }, { CPU.multiply(UInt16.self, $0, $1) },
          { CPU.multiply(UInt32.self, $0, $1) },
          { CPU.multiply(UInt64.self, $0, $1) }
        ))
    case .imul:
      choose(
        i,
        (
          { CPU.multiplySigned(UInt8.self, $0, $1) }, { CPU.multiplySigned(UInt16.self, $0, $1) },
          { CPU.multiplySigned(UInt32.self, $0, $1) }, { CPU.multiplySigned(UInt64.self, $0, $1) }
        ))
    case .imul3:
      choose(
        i,
        (
          { CPU.multiplyTruncated(UInt8.self, $0, $1) }, { CPU.multiplyTruncated(UInt16.self, $0, $1) },
          { CPU.multiplyTruncated(UInt32.self, $0, $1) }, { CPU.multiplyTruncated(UInt64.self, $0, $1) }
        ))
    case .div:
      choose(
        i,
        (
          { CPU.divide(UInt8.self, $0, $1) }, { CPU.divide(UInt16.self, $0, $1) }, { CPU.divide(UInt32.self, $0, $1) },
          { CPU.divide(UInt64.self, $0, $1) }
        ))
    case .idiv:
      choose(
        i,
        (
          { CPU.divideSigned(UInt8.self, $0, $1) }, { CPU.divideSigned(UInt16.self, $0, $1) },
          { CPU.divideSigned(UInt32.self, $0, $1) }, { CPU.divideSigned(UInt64.self, $0, $1) }
        ))
    case .xadd:
      choose(
        i,
        (
          { CPU.exchangeAdd(UInt8.self, $0, $1) }, { CPU.exchangeAdd(UInt16.self, $0, $1) },
          { CPU.exchangeAdd(UInt32.self, $0, $1) }, { CPU.exchangeAdd(UInt64.self, $0, $1) }
        ))
    case .cmpxchg:
      choose(
        i,
        (
          { CPU.compareExchange(UInt8.self, $0, $1) }, { CPU.compareExchange(UInt16.self, $0, $1) },
          { CPU.compareExchange(UInt32.self, $0, $1) }, { CPU.compareExchange(UInt64.self, $0, $1) }
        ))
    case .cmpxchg8b: { straight($0, $1) { cpu, op throws(Fault) in try cpu.compareExchange8(op) } }
    case .daa: { straight($0, $1) { cpu, _ in cpu.decimalAdjust(subtracting: false) } }
    case .das: { straight($0, $1) { cpu, _ in cpu.decimalAdjust(subtracting: true) } }
    case .aaa: { straight($0, $1) { cpu, _ in cpu.asciiAdjust(subtracting: false) } }
    case .aas: { straight($0, $1) { cpu, _ in cpu.asciiAdjust(subtracting: true) } }
    case .aam: { straight($0, $1) { cpu, op throws(Fault) in try cpu.asciiAdjustMultiply(op) } }
    case .aad: { straight($0, $1) { cpu, op in cpu.asciiAdjustDivide(op) } }
    default: nil
    }
  }

  /// Changes the first operand, register or memory.
  @inline(__always)
  func update<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op, _ change: (W) -> W
  ) throws(Fault) {
    if op.pointee.memory == .first { return try modify(W.self, op, change) }
    setRegister(op.pointee.a, change(register(W.self, op.pointee.a)))
  }

  /// INC: CF stays.
  @inline(__always)
  static func increment<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.update(W.self, op) { a in
        let r = a &+ 1
        cpu.setFlagsKeepingCarry(r, carries: a & ~r)
        return r
      }
    }
  }

  /// DEC: CF stays.
  @inline(__always)
  static func decrement<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.update(W.self, op) { a in
        let r = a &- 1
        cpu.setFlagsKeepingCarry(r, carries: ~a & r)
        return r
      }
    }
  }

  /// Flags of INC and DEC: OF is the difference of the carries into and out of the sign, CF is kept.
  @inline(__always)
  func setFlagsKeepingCarry<W: FixedWidthInteger & UnsignedInteger>(_ result: W, carries: W) {
    let packed = packCarries(carries)
    let kept = core.pointee.flagCarries & 0x8000_0000
    let overflow = (packed ^ (packed &<< 1)) & 0x8000_0000
    core.pointee.flagResult = extendSign(result)
    core.pointee.flagCarries = (packed & 8) | kept | ((kept ^ overflow) &>> 1)
  }

  @inline(__always)
  static func negate<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.update(W.self, op) { a in Subtract.apply(cpu, 0, a) }
    }
  }

  @inline(__always)
  static func invert<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in try cpu.update(W.self, op) { a in ~a } }
  }

  // MARK: Multiplication and division

  @inline(__always)
  static func multiply<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let product = cpu.register(W.self, CPU.rax).multipliedFullWidth(by: try cpu.first(W.self, op))
      cpu.setProduct(high: product.high, low: W(truncatingIfNeeded: product.low))
      cpu.setFlags(W(truncatingIfNeeded: product.low), carry: product.high != 0, overflow: product.high != 0)
    }
  }

  @inline(__always)
  static func multiplySigned<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let a = cpu.register(W.self, CPU.rax)
      let b = try cpu.first(W.self, op)
      let product = signedProduct(a, b)
      cpu.setProduct(high: product.high, low: product.low)
      cpu.setFlags(product.low, carry: product.overflows, overflow: product.overflows)
    }
  }

  /// IMUL with two or three operands: the upper half is lost.
  @inline(__always)
  static func multiplyTruncated<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let source = op.pointee.memory == .second ? try cpu.load(W.self, op) : cpu.register(W.self, op.pointee.b)
      let factor =
        op.pointee.flags.contains(.immediate)
        ? W(truncatingIfNeeded: op.pointee.immediate) : cpu.register(W.self, op.pointee.a)
      let product = signedProduct(source, factor)
      cpu.setRegister(op.pointee.a, product.low)
      cpu.setFlags(product.low, carry: product.overflows, overflow: product.overflows)
    }
  }

  @inline(__always)
  static func signedProduct<W: FixedWidthInteger & UnsignedInteger>(_ a: W, _ b: W) -> (
    high: W, low: W, overflows: Bool
  ) {
    let full = a.multipliedFullWidth(by: b)
    let low = W(truncatingIfNeeded: full.low)
    let top = W(truncatingIfNeeded: W.bitWidth - 1)
    // Two's complement: take off what the sign bits added in the upper half.
    var high = full.high
    if a &>> top != 0 { high = high &- b }
    if b &>> top != 0 { high = high &- a }
    let signs: W = low &>> top != 0 ? ~0 : 0
    return (high, low, high != signs)
  }

  /// AX, DX:AX, EDX:EAX or RDX:RAX.
  @inline(__always)
  func setProduct<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(high: W, low: W) {
    setRegister(Self.rax, low)
    setRegister(W.bitWidth == 8 ? Self.ah : Self.rdx, high)
  }

  @inline(__always)
  static func divide<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let divisor = try cpu.first(W.self, op)
      let high = cpu.register(W.self, W.bitWidth == 8 ? CPU.ah : CPU.rdx)
      let low = cpu.register(W.self, CPU.rax)
      guard high < divisor else { throw cpu.raise(Vector.divide) }
      let (quotient, remainder) = divisor.dividingFullWidth((high, W.Magnitude(truncatingIfNeeded: low)))
      cpu.setProduct(high: remainder, low: quotient)
    }
  }

  @inline(__always)
  static func divideSigned<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let top = W(truncatingIfNeeded: W.bitWidth - 1)
      var divisor = try cpu.first(W.self, op)
      var high = cpu.register(W.self, W.bitWidth == 8 ? CPU.ah : CPU.rdx)
      var low = cpu.register(W.self, CPU.rax)
      let isNegative = high &>> top != 0
      let negatesQuotient = isNegative != (divisor &>> top != 0)
      if isNegative {
        low = 0 &- low
        high = ~high &+ (low == 0 ? 1 : 0)
      }
      if divisor &>> top != 0 { divisor = 0 &- divisor }
      guard high < divisor else { throw cpu.raise(Vector.divide) }
      let (quotient, remainder) = divisor.dividingFullWidth((high, W.Magnitude(truncatingIfNeeded: low)))
      let limit: W = (1 &<< top) &- (negatesQuotient ? 0 : 1)
      guard quotient <= limit else { throw cpu.raise(Vector.divide) }
      cpu.setProduct(high: isNegative ? 0 &- remainder : remainder, low: negatesQuotient ? 0 &- quotient : quotient)
    }
  }

  // MARK: Exchanges

  @inline(__always)
  static func exchangeAdd<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      if op.pointee.memory == .first {
        var old: W = 0
        let addend = cpu.register(W.self, op.pointee.b)
        try cpu.modify(W.self, op) { a in
          old = a
          return Add.apply(cpu, a, addend)
        }
        cpu.setRegister(op.pointee.b, old)
      } else {
        let a = cpu.register(W.self, op.pointee.a)
        let sum = Add.apply(cpu, a, cpu.register(W.self, op.pointee.b))
        cpu.setRegister(op.pointee.b, a)
        cpu.setRegister(op.pointee.a, sum)
      }
    }
  }

  /// CMPXCHG writes its destination in either case, so that a page is faulted and marked alike.
  @inline(__always)
  static func compareExchange<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      var old: W = 0
      let expected = cpu.register(W.self, CPU.rax)
      let new = cpu.register(W.self, op.pointee.b)
      try cpu.update(W.self, op) { a in
        old = a
        _ = Compare.apply(cpu, expected, a)
        return a == expected ? new : a
      }
      if old != expected { cpu.setRegister(CPU.rax, old) }
    }
  }

  func compareExchange8(_ op: Op) throws(Fault) {
    let expected = UInt64(register(UInt32.self, Self.rdx)) << 32 | UInt64(register(UInt32.self, Self.rax))
    let new = UInt64(register(UInt32.self, Self.rcx)) << 32 | UInt64(register(UInt32.self, Self.rbx))
    var old: UInt64 = 0
    try modify(UInt64.self, op) { a in
      old = a
      return a == expected ? new : a
    }
    setZero(old == expected)
    if old != expected {
      setRegister(Self.rax, UInt32(truncatingIfNeeded: old))
      setRegister(Self.rdx, UInt32(truncatingIfNeeded: old >> 32))
    }
  }

  /// Sets or clears ZF and leaves the other flags.
  func setZero(_ on: Bool) { setArithmeticFlags((rflags & ~Flag.zero) | (on ? Flag.zero : 0)) }
}
