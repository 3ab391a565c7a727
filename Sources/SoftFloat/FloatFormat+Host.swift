// Where the host's own arithmetic, rounding to nearest, gives what `SoftContext` would, and whether its results are
// exact, found from the error term.
extension FloatFormat {
  /// Whether no unit's rules make an exception or a zero of it: normal or zero.
  @inlinable @inline(__always)
  public var isPlain: Bool { isNormal || isZero }

  /// Whether `self` is x + y without an exception but inexactness.
  @inlinable @inline(__always)
  public func isPlainSum(_ x: Self, _ y: Self) -> Bool { x.isPlain && y.isPlain && isPlain }
  /// Whether a plain sum differs from the exact one: Knuth's two-sum gives the error of the addition.
  @inlinable @inline(__always)
  public func isInexactSum(_ x: Self, _ y: Self) -> Bool {
    let part = self - x
    return (x - (self - part)) + (y - part) != 0
  }

  /// Whether `self` is x times y without an exception but inexactness.
  @inlinable @inline(__always)
  public func isPlainProduct(_ x: Self, _ y: Self) -> Bool {
    x.isPlain && y.isPlain && isFinite && magnitude >= Self.safeMagnitude
  }
  /// Whether a plain product differs from the exact one.
  @inlinable @inline(__always)
  public func isInexactProduct(_ x: Self, _ y: Self) -> Bool { (-self).addingProduct(x, y) != 0 }

  /// Whether `self` is x / y without an exception but inexactness.
  @inlinable @inline(__always)
  public func isPlainQuotient(_ x: Self, _ y: Self) -> Bool {
    x.isNormal && x.magnitude >= Self.safeMagnitude && y.isNormal && isFinite && magnitude >= Self.safeMagnitude
  }
  /// Whether a plain quotient differs from the exact one.
  @inlinable @inline(__always)
  public func isInexactQuotient(_ x: Self, _ y: Self) -> Bool { x.addingProduct(-self, y) != 0 }

  /// Whether the host's square root of `self` has no exception but inexactness.
  @inlinable @inline(__always)
  public var hasPlainRoot: Bool { self >= Self.safeMagnitude && isFinite }
  /// Whether `self` differs from the exact square root of x, which has a plain one.
  @inlinable @inline(__always)
  public func isInexactRoot(_ x: Self) -> Bool { x.addingProduct(-self, self) != 0 }
}
