/// Arrays travel as lists of their elements, arrays of `UInt8` as bytes.
extension InlineArray: Wire where Element: Wire {
  public static var shape: StateShape {
    Element.self == UInt8.self ? .bytes(type: "UInt8[\(count)]", count: count) : .array(Element.shape, count: count)
  }

  public static func save(_ value: Self) -> StateValue {
    if Element.self == UInt8.self { return withUnsafeBytes(of: value) { .bytes([UInt8]($0.prefix(count))) } }
    var values: [StateValue] = []
    values.reserveCapacity(count)
    for index in value.indices { values.append(Element.save(value[index])) }
    return .list(values)
  }

  public static func load(_ value: StateValue, _ loader: inout Loader) -> Self? {
    switch value {
    case .bytes(let bytes) where Element.self == UInt8.self:
      guard bytes.count == count else { return loader.refuse(.range, value, "\(count) bytes") }
      return bytes.withUnsafeBytes { raw in
        Self { raw.loadUnaligned(fromByteOffset: $0, as: Element.self) }
      }
    case .list(let values) where Element.self != UInt8.self:
      guard values.count == count else { return loader.refuse(.range, value, "a list of \(count)") }
      // Every element is read before one is missed, so that all faults are told.
      var elements: [Element] = []
      elements.reserveCapacity(count)
      for (index, value) in values.enumerated() {
        if let element = loader.at(index, { Element.load(value, &$0) }) { elements.append(element) }
      }
      return elements.count == count ? Self { elements[$0] } : nil
    default:
      return loader.refuse(.kind, value, Element.self == UInt8.self ? "\(count) bytes" : "a list of \(count)")
    }
  }

  public static func arbitrary(using random: inout SplitMix64) -> Self {
    Self { _ in Element.arbitrary(using: &random) }
  }
}

/// An optional travels as a list of one or none.
extension Optional: Wire where Wrapped: Wire {
  public static var shape: StateShape { .optional(Wrapped.shape) }

  public static func save(_ value: Self) -> StateValue {
    switch value {
    case .none: .list([])
    case .some(let wrapped): .list([Wrapped.save(wrapped)])
    }
  }

  public static func load(_ value: StateValue, _ loader: inout Loader) -> Self? {
    guard case .list(let values) = value else { return loader.refuse(.kind, value, "a list of one or none") }
    guard values.count <= 1 else { return loader.refuse(.range, value, "a list of one or none") }
    guard let only = values.first else { return .some(.none) }
    guard let wrapped = loader.at(0, { Wrapped.load(only, &$0) }) else { return nil }
    return .some(.some(wrapped))
  }

  public static func arbitrary(using random: inout SplitMix64) -> Self {
    random.next() & 1 == 0 ? .none : .some(Wrapped.arbitrary(using: &random))
  }
}
