/// A row of a `Wire` property.
private func wireField<State: DeviceState, T: Wire>(
  _ path: KeyPath<State, T>, _ role: Role, _ options: RowOptions, range: ClosedRange<Int128>? = nil,
  conditions: [Condition<T>] = [], candidate: @escaping @Sendable (inout SplitMix64) -> T
) -> Field<State> {
  Field(
    path, role, options, shape: T.shape, range: range,
    save: { value, _ in T.save(value) },
    load: { value, _, live, loader in
      guard let loaded = T.load(value, &loader) else { return nil }
      for condition in conditions where !condition.holds(loaded) {
        return loader.refuse(condition.kind, value, condition.expected)
      }
      guard role == .fixed else { return loaded }
      let here = T.save(live)
      if loader.comparesFixed, T.save(loaded) != here {
        return loader.refuse(.fixed, value, "\(here.summary), as this board has")
      }
      return loader.comparesFixed ? live : loaded
    },
    draw: { old, roles, random in
      guard roles.contains(role) else { return old }
      for _ in 0..<1000 {
        let value = candidate(&random)
        if conditions.allSatisfy({ $0.holds(value) }) { return value }
      }
      return old
    })
}

/// A property that is written out and read back.
///
/// - Parameters:
///   - since: the first version of the table that has it.
///   - condition: what a loaded value must satisfy.
///   - mustUnderstand: whether a reader that does not know it must refuse; false for what a machine can lose.
///   - name: the name in the tree, when it is not the property's.
///   - doc: a few words for the schema.
public func saved<State: DeviceState, T: Wire>(
  _ path: KeyPath<State, T>, since: Int = 1, where condition: (@Sendable (T) -> Bool)? = nil,
  mustUnderstand: Bool = true, named name: String? = nil, doc: String = ""
) -> Field<State> {
  wireField(
    path, .saved, RowOptions(since: since, mustUnderstand: mustUnderstand, name: name, doc: doc),
    conditions: Condition.own(condition),
    candidate: { T.arbitrary(using: &$0) })
}

/// An integer that is written out and read back, and lies in `range`; see `saved(_:since:where:mustUnderstand:named:doc:)`.
public func saved<State: DeviceState, T: Wire & FixedWidthInteger>(
  _ path: KeyPath<State, T>, since: Int = 1, in range: ClosedRange<T>, where condition: (@Sendable (T) -> Bool)? = nil,
  mustUnderstand: Bool = true, named name: String? = nil, doc: String = ""
) -> Field<State> {
  wireField(
    path, .saved, RowOptions(since: since, mustUnderstand: mustUnderstand, name: name, doc: doc),
    range: Int128(range.lowerBound)...Int128(range.upperBound),
    conditions: [Condition(.range, expected: "\(range)") { range.contains($0) }]
      + Condition.own(condition),
    candidate: { T.random(in: range, using: &$0) })
}

/// An array of integers that are written out and read back, and each lie in `range`.
public func saved<State: DeviceState, let count: Int, T: Wire & FixedWidthInteger>(
  _ path: KeyPath<State, InlineArray<count, T>>, since: Int = 1, in range: ClosedRange<T>,
  where condition: (@Sendable (InlineArray<count, T>) -> Bool)? = nil,
  mustUnderstand: Bool = true, named name: String? = nil, doc: String = ""
) -> Field<State> {
  wireField(
    path, .saved, RowOptions(since: since, mustUnderstand: mustUnderstand, name: name, doc: doc),
    range: Int128(range.lowerBound)...Int128(range.upperBound),
    conditions: [
      Condition(.range, expected: "\(count) numbers of \(range)") { array in
        array.indices.allSatisfy { range.contains(array[$0]) }
      }
    ] + Condition.own(condition),
    candidate: { random in InlineArray { _ in T.random(in: range, using: &random) } })
}

/// A property that the device recomputes after a load and that is never sent.
public func derived<State: DeviceState, T: Wire>(_ path: KeyPath<State, T>, doc: String = "") -> Field<State> {
  wireField(path, .derived, RowOptions(doc: doc), candidate: { T.arbitrary(using: &$0) })
}

/// A nested state that the device recomputes after a load and that is never sent.
public func derived<State: DeviceState, T: DeviceState>(_ path: KeyPath<State, T>, doc: String = "") -> Field<State> {
  nestedField(path, .derived, RowOptions(doc: doc), versions: [:])
}

/// An array of nested states that the device recomputes after a load and that is never sent.
public func derived<State: DeviceState, let count: Int, T: DeviceState>(
  _ path: KeyPath<State, InlineArray<count, T>>, doc: String = ""
) -> Field<State> {
  nestedField(path, .derived, RowOptions(doc: doc), versions: [:])
}

/// A property that is set when the board is built: it is sent, and a load compares it and never changes it.
public func fixed<State: DeviceState, T: Wire>(
  _ path: KeyPath<State, T>, since: Int = 1, mustUnderstand: Bool = true, named name: String? = nil, doc: String = ""
) -> Field<State> {
  wireField(
    path, .fixed, RowOptions(since: since, mustUnderstand: mustUnderstand, name: name, doc: doc),
    candidate: { T.arbitrary(using: &$0) })
}
