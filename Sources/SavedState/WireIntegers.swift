extension Wire where Self: FixedWidthInteger {
  public static var shape: StateShape {
    .integer(type: "\(Self.self)", range: Int128(Self.min)...Int128(Self.max))
  }
  public static func save(_ value: Self) -> StateValue { .integer(Int128(value)) }
  public static func load(_ value: StateValue, _ loader: inout Loader) -> Self? {
    guard case .integer(let number) = value else { return loader.refuse(.kind, value, "an integer") }
    guard let result = Self(exactly: number) else {
      return loader.refuse(.range, value, "\(Self.min)...\(Self.max)")
    }
    return result
  }
  public static func arbitrary(using random: inout SplitMix64) -> Self {
    switch random.next() % 8 {
    case 0: .min
    case 1: .max
    case 2: 1 &<< Self(truncatingIfNeeded: random.next())
    case 3: Self(truncatingIfNeeded: random.next() & 15)
    // Few bits: a row that allows only some of them takes one of these now and then.
    case 4: Self(truncatingIfNeeded: random.next() & random.next() & random.next())
    default: Self.random(in: .min ... .max, using: &random)
    }
  }
}

extension UInt8: Wire {}
extension UInt16: Wire {}
extension UInt32: Wire {}
extension UInt64: Wire {}
extension Int8: Wire {}
extension Int16: Wire {}
extension Int32: Wire {}
extension Int64: Wire {}

extension Bool: Wire {
  public static var shape: StateShape { .bool }
  public static func save(_ value: Bool) -> StateValue { .bool(value) }
  public static func load(_ value: StateValue, _ loader: inout Loader) -> Bool? {
    guard case .bool(let result) = value else { return loader.refuse(.kind, value, "true or false") }
    return result
  }
  public static func arbitrary(using random: inout SplitMix64) -> Bool { random.next() & 1 != 0 }
}

/// Enumerations travel as their raw value; an unknown one refuses the load.
extension Wire where Self: RawRepresentable, RawValue: Wire & FixedWidthInteger {
  public static var shape: StateShape {
    .enumeration(type: "\(Self.self)", raw: "\(RawValue.self)", symbols: symbols)
  }

  /// The cases: all of a `CaseIterable` type, and otherwise those found by trying the small raw values.
  static var symbols: [StateSymbol] {
    let values: [Self] =
      if let iterable = Self.self as? any CaseIterable.Type {
        cases(of: iterable)
      } else {
        (-128..<256).compactMap { RawValue(exactly: $0).flatMap(Self.init(rawValue:)) }
      }
    let symbols = values.map { StateSymbol(name: "\($0)", raw: Int128($0.rawValue)) }
    return symbols.allSatisfy { StateName.isValid($0.name) } ? symbols : []
  }

  private static func cases<C: CaseIterable>(of type: C.Type) -> [Self] { type.allCases.compactMap { $0 as? Self } }

  public static func save(_ value: Self) -> StateValue {
    let name = "\(value)"
    return .enumeration(Int128(value.rawValue), symbol: StateName.isValid(name) ? name : nil)
  }

  public static func load(_ value: StateValue, _ loader: inout Loader) -> Self? {
    guard case .enumeration(let number, _) = value else { return loader.refuse(.kind, value, "an enumeration") }
    guard let raw = RawValue(exactly: number), let result = Self(rawValue: raw) else {
      let known = symbols.map { "\($0.name) (\($0.raw))" }.joined(separator: ", ")
      return loader.refuse(.range, value, known.isEmpty ? "a value of \(Self.self)" : known)
    }
    return result
  }

  public static func arbitrary(using random: inout SplitMix64) -> Self {
    if let iterable = Self.self as? any CaseIterable.Type,
      let value = cases(of: iterable).randomElement(using: &random)
    {
      return value
    }
    // Without a list of cases only trying is left; the raw values of registers' fields are small.
    let small = (0..<256).compactMap { RawValue(exactly: $0).flatMap(Self.init(rawValue:)) }
    if let value = small.randomElement(using: &random) { return value }
    for _ in 0..<1_000_000 {
      if let value = Self(rawValue: RawValue.arbitrary(using: &random)) { return value }
    }
    preconditionFailure("\(Self.self) accepts no raw value: make it CaseIterable")
  }
}

/// Option sets travel as the number they are.
extension Wire where Self: OptionSet, RawValue: Wire & FixedWidthInteger {
  public static var shape: StateShape {
    .integer(type: "\(Self.self):\(RawValue.self)", range: Int128(RawValue.min)...Int128(RawValue.max))
  }
  public static func save(_ value: Self) -> StateValue { .integer(Int128(value.rawValue)) }
  public static func load(_ value: StateValue, _ loader: inout Loader) -> Self? {
    RawValue.load(value, &loader).map(Self.init(rawValue:))
  }
  public static func arbitrary(using random: inout SplitMix64) -> Self {
    Self(rawValue: RawValue.arbitrary(using: &random))
  }
}
