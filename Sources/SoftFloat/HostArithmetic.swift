/// Operations with a CPU's rounding and exceptions.
///
/// Where the host's own arithmetic gives the same it is used, and inexactness found from the error term; else
/// `SoftContext` is. The slow ones are functions of their own, so that the fast ones need no stack frame.
public protocol HostArithmetic {
  /// Exceptions met, as `SoftContext` notes them.
  var flags: UInt8 { get set }
  /// Whether the host's arithmetic may be used: rounding to nearest, no exception that traps.
  var isDefault: Bool { get }
  /// Whether it matters if a result is inexact.
  var wantsInexact: Bool { get }
  /// How results are rounded.
  func context<F: FloatFormat>(_: F.Type) -> SoftContext
}

extension HostArithmetic {
  /// Notes inexactness where that matters.
  @inlinable @inline(__always)
  public mutating func note(_ isInexact: @autoclosure () -> Bool) {
    if wantsInexact, isInexact() { flags |= SoftContext.inexact }
  }

  /// Computes with `SoftContext`.
  @inlinable @inline(__always)
  public mutating func soft<F: FloatFormat>(
    _ a: F.Bits, _ b: F.Bits, _: F.Type, _ body: (inout SoftContext, SoftFloat, SoftFloat) -> SoftFloat
  ) -> F.Bits {
    var context = context(F.self)
    let result = body(&context, F.unpack(a), F.unpack(b))
    flags |= context.flags
    return F.pack(result)
  }

  @inlinable @inline(never)
  mutating func softAdd<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type, subtracting: Bool) -> F.Bits {
    soft(a, b, F.self) { $0.add($1, $2, subtracting: subtracting) }
  }
  @inlinable @inline(never)
  mutating func softMultiply<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type) -> F.Bits {
    soft(a, b, F.self) { $0.multiply($1, $2) }
  }
  @inlinable @inline(never)
  mutating func softDivide<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type) -> F.Bits {
    soft(a, b, F.self) { $0.divide($1, $2) }
  }
  @inlinable @inline(never)
  mutating func softRoot<F: FloatFormat>(_ a: F.Bits, _: F.Type) -> F.Bits {
    soft(a, a, F.self) { context, a, _ in context.squareRoot(a) }
  }

  /// a + b, or a - b.
  @inlinable @inline(__always)
  public mutating func add<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type, subtracting: Bool = false) -> F.Bits {
    let x = F(bitPattern: a)
    let y = subtracting ? -F(bitPattern: b) : F(bitPattern: b)
    let sum = x + y
    guard isDefault, sum.isPlainSum(x, y) else { return softAdd(a, b, F.self, subtracting: subtracting) }
    note(sum.isInexactSum(x, y))
    return sum.bitPattern
  }

  /// a x b.
  @inlinable @inline(__always)
  public mutating func multiply<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type) -> F.Bits {
    let x = F(bitPattern: a)
    let y = F(bitPattern: b)
    let product = x * y
    guard isDefault, product.isPlainProduct(x, y) else { return softMultiply(a, b, F.self) }
    note(product.isInexactProduct(x, y))
    return product.bitPattern
  }

  /// a / b.
  @inlinable @inline(__always)
  public mutating func divide<F: FloatFormat>(_ a: F.Bits, _ b: F.Bits, _: F.Type) -> F.Bits {
    let x = F(bitPattern: a)
    let y = F(bitPattern: b)
    let quotient = x / y
    guard isDefault, quotient.isPlainQuotient(x, y) else { return softDivide(a, b, F.self) }
    note(quotient.isInexactQuotient(x, y))
    return quotient.bitPattern
  }

  /// The square root.
  @inlinable @inline(__always)
  public mutating func squareRoot<F: FloatFormat>(_ a: F.Bits, _: F.Type) -> F.Bits {
    let x = F(bitPattern: a)
    guard isDefault, x.hasPlainRoot else { return softRoot(a, F.self) }
    let root = x.squareRoot()
    note(root.isInexactRoot(x))
    return root.bitPattern
  }
}
