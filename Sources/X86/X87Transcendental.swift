import SoftFloat

// Trigonometric, logarithmic and exponential instructions (SDM 1 8.3.7 to 8.3.10): rounded once from 120 bits,
// so that they are within half a unit of the last place of the true value, pi having 66 bits in reductions.
extension CPU {
  enum X87Angle: Sendable { case sine, cosine, tangent, both }

  /// FSIN, FCOS, FPTAN and FSINCOS: from 2^63 on they set C2 and do nothing.
  func x87Trigonometric(_ op: Op, _ function: X87Angle) {
    recordX87(op)
    let isPushing = function == .tangent || function == .both
    if isEmpty(0) || (isPushing && !isEmpty(7)) {
      guard stackFault(overflow: !isEmpty(0)) else { return }
      setConditions(0, of: X87Status.c2)
      setST(0, .indefinite)
      if isPushing { pushX87(.indefinite) }
      return
    }
    var context = x87Context()
    let a = st(0)
    if a.kind == .finite, a.exponent >= 63 {
      setConditions(X87Status.c2, of: X87Status.c2 | X87Status.c1)
      return
    }
    var first: SoftFloat
    var second = SoftFloat.one
    if let result = context.nan(a, a) {
      first = result
      second = result
    } else if a.kind == .infinity {
      first = context.invalidResult()
      second = first
    } else {
      context.noteDenormals(a, a)
      if a.kind == .zero {
        first = function == .cosine ? .one : a
      } else {
        let (sine, cosine) = WideFloat.sineCosine(a)
        switch function {
        case .sine: first = sine.rounded(&context)
        case .cosine: first = cosine.rounded(&context)
        case .tangent: first = (sine / cosine).rounded(&context)
        case .both:
          first = sine.rounded(&context)
          second = cosine.rounded(&context)
        }
      }
    }
    guard settleX87(context) else { return }
    setConditions(0, of: X87Status.c2)
    setST(0, first)
    if isPushing { pushX87(second) }
  }

  /// F2XM1: defined from -1 to 1; outside, the operand stays.
  func f2xm1(_ op: Op) {
    x87Unary(op) { context, a in
      if let result = context.nan(a, a) { return result }
      if a.kind == .infinity { return a.isNegative ? SoftFloat.one.negated : a }
      context.noteDenormals(a, a)
      guard a.kind == .finite else { return a }
      if a.exponent >= 0 {
        context.raise(SoftContext.inexact)
        guard a.exponent == 0, a.significand == SoftFloat.integerBit else { return a }
        return a.isNegative ? SoftFloat(.finite, isNegative: true, exponent: -1, significand: a.significand) : a
      }
      return WideFloat.exp2MinusOne(WideFloat(a)).rounded(&context)
    }
  }

  /// Replaces ST(1) by a function of ST(0) and ST(1), and pops.
  @inline(__always)
  private func x87Binary(_ op: Op, _ function: (inout SoftContext, SoftFloat, SoftFloat) -> SoftFloat) {
    recordX87(op)
    if isEmpty(0) || isEmpty(1) {
      guard stackFault(overflow: false) else { return }
      setST(1, .indefinite)
      return popX87()
    }
    var context = x87Context()
    let result = function(&context, st(0), st(1))
    guard settleX87(context) else { return }
    setST(1, result)
    popX87()
  }

  /// FYL2X: ST(1) x log2(ST(0)).
  func fyl2x(_ op: Op) {
    x87Binary(op) { context, x, y in
      if let result = context.nan(x, y) { return result }
      if x.isNegative, x.kind != .zero { return context.invalidResult() }
      if x.kind == .zero {
        if y.kind == .zero { return context.invalidResult() }
        if y.kind == .finite { context.raise(SoftContext.zeroDivide) }
        return .infinity(!y.isNegative)
      }
      let isOne = x.kind == .finite && x.exponent == 0 && x.significand == SoftFloat.integerBit
      let isBelowOne = x.kind == .finite && x.exponent < 0
      if y.kind == .infinity {
        if isOne { return context.invalidResult() }
        context.noteDenormals(x, y)
        return .infinity(y.isNegative != isBelowOne)
      }
      if x.kind == .infinity {
        if y.kind == .zero { return context.invalidResult() }
        context.noteDenormals(x, y)
        return .infinity(y.isNegative)
      }
      context.noteDenormals(x, y)
      if y.kind == .zero || isOne { return .zero(y.isNegative != isBelowOne) }
      if x.significand == SoftFloat.integerBit {
        // A power of two has an exact logarithm, but the processor says inexact all the same.
        context.raise(SoftContext.inexact)
        let product = context.multiply(y, SoftFloat(integer: Int64(x.exponent)))
        if product.kind == .finite, product.exponent < -16382 { context.raise(SoftContext.underflow) }
        return product
      }
      return (WideFloat(y) * WideFloat.log2(x)).rounded(&context)
    }
  }

  /// FYL2XP1: ST(1) x log2(ST(0) + 1).
  func fyl2xp1(_ op: Op) {
    x87Binary(op) { context, x, y in
      if let result = context.nan(x, y) { return result }
      let negative = x.isNegative != y.isNegative
      if x.kind == .zero || y.kind == .zero {
        if x.kind == .infinity || y.kind == .infinity { return context.invalidResult() }
        context.noteDenormals(x, y)
        return .zero(negative)
      }
      if x.kind == .infinity || (x.isNegative && x.exponent >= 0) {
        // Outside of what is defined: as the logarithm of a number that is not positive.
        if x.isNegative { return context.invalidResult() }
        return .infinity(negative)
      }
      context.noteDenormals(x, y)
      if y.kind == .infinity { return .infinity(negative) }
      return (WideFloat(y) * WideFloat.log2(onePlus: WideFloat(x))).rounded(&context)
    }
  }

  /// FPATAN: the angle of the point (ST(0), ST(1)).
  func fpatan(_ op: Op) {
    x87Binary(op) { context, x, y in
      if let result = context.nan(x, y) { return result }
      context.noteDenormals(x, y)
      let pi = WideFloat.pi
      var angle: WideFloat
      if y.kind == .zero || (x.kind == .infinity && y.kind != .infinity) {
        guard x.isNegative else { return .zero(y.isNegative) }
        angle = pi
      } else if y.kind == .infinity {
        angle = pi.scaled(-1)
        if x.kind == .infinity { angle = x.isNegative ? pi.scaled(-1) + pi.scaled(-2) : pi.scaled(-2) }
      } else if x.kind == .zero {
        angle = pi.scaled(-1)
      } else {
        return WideFloat.arcTangent(WideFloat(y), WideFloat(x)).rounded(&context)
      }
      angle.isNegative = y.isNegative
      return angle.rounded(&context)
    }
  }
}
