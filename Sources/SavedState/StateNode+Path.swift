/// Reading and changing by path. A path's first step is the name of the node it is asked of.
extension StateNode {
  /// The node at `path`.
  public func node(at path: StatePath) -> StateNode? {
    guard path.steps.first == .name(name) else { return nil }
    var node = self
    for step in path.steps.dropFirst() {
      guard case .name(let name) = step, let child = node[child: name] else { return nil }
      node = child
    }
    return node
  }

  /// The value at `path`: an attribute's, or what lies inside it.
  public func value(at path: StatePath) -> StateValue? {
    guard path.steps.first == .name(name) else { return nil }
    return value(at: path.steps.dropFirst())
  }

  private func value(at steps: ArraySlice<StatePath.Step>) -> StateValue? {
    guard case .name(let first)? = steps.first else { return nil }
    if let value = state[first] { return value.value(at: steps.dropFirst()) }
    return self[child: first]?.value(at: steps.dropFirst())
  }

  /// Replaces the value at `path`, which must exist; whether the new one fits its row shows when the tree is loaded.
  public mutating func set(_ value: StateValue, at path: StatePath) throws(StateFault) {
    var done = false
    if path.steps.first == .name(name) { done = replace(value, at: path.steps.dropFirst()) }
    guard done else {
      throw StateFault(.path, path: path.description, found: "nothing", expected: "an attribute")
    }
  }

  private mutating func replace(_ value: StateValue, at steps: ArraySlice<StatePath.Step>) -> Bool {
    guard case .name(let first)? = steps.first else { return false }
    if var old = state[first] {
      guard old.replace(value, at: steps.dropFirst()) else { return false }
      state[first] = old
      return true
    }
    guard var child = self[child: first], child.replace(value, at: steps.dropFirst()) else { return false }
    self[child: first] = child
    return true
  }

  /// Every node from this one down, with its path, parents before children.
  public func walk(below parent: StatePath = StatePath(), _ visit: (StatePath, StateNode) -> Void) {
    let here = parent.appending(.name(name))
    visit(here, self)
    for child in children { child.walk(below: here, visit) }
  }
}

extension StateValue {
  func value(at steps: ArraySlice<StatePath.Step>) -> StateValue? {
    switch (steps.first, self) {
    case (nil, _): self
    case (.name(let name)?, .group(let group)): group[name]?.value(at: steps.dropFirst())
    case (.index(let index)?, .list(let values)) where values.indices.contains(index):
      values[index].value(at: steps.dropFirst())
    case (.index(let index)?, .bytes(let bytes)) where bytes.indices.contains(index) && steps.count == 1:
      .integer(Int128(bytes[index]))
    default: nil
    }
  }

  mutating func replace(_ value: StateValue, at steps: ArraySlice<StatePath.Step>) -> Bool {
    switch (steps.first, self) {
    case (nil, _):
      self = value
    case (.name(let name)?, .group(var group)):
      guard var old = group[name], old.replace(value, at: steps.dropFirst()) else { return false }
      group[name] = old
      self = .group(group)
    case (.index(let index)?, .list(var values)) where values.indices.contains(index):
      guard values[index].replace(value, at: steps.dropFirst()) else { return false }
      self = .list(values)
    case (.index(let index)?, .bytes(var bytes)) where bytes.indices.contains(index) && steps.count == 1:
      guard case .integer(let number) = value, let byte = UInt8(exactly: number) else { return false }
      bytes[index] = byte
      self = .bytes(bytes)
    default:
      return false
    }
    return true
  }

  /// The value that a person's `text` means where `old` stands now: a number (decimal, or hexadecimal with `0x`),
  /// `true` or `false`, bytes as hexadecimal digits, a text. Nil when it means none.
  public init?(_ text: String, like old: StateValue) {
    switch old {
    case .integer, .enumeration:
      let negative = text.hasPrefix("-")
      let digits = negative ? text.dropFirst() : text[...]
      let magnitude = digits.hasPrefix("0x") ? Int128(digits.dropFirst(2), radix: 16) : Int128(digits)
      guard let magnitude, magnitude >= 0, magnitude <= Int128(UInt64.max) else { return nil }
      let number = negative ? -magnitude : magnitude
      guard StateValue.integers.contains(number) else { return nil }
      if case .enumeration = old { self = .enumeration(number, symbol: nil) } else { self = .integer(number) }
    case .bool:
      guard let flag = Bool(text) else { return nil }
      self = .bool(flag)
    case .bytes:
      guard let bytes = Hex.bytes(text.filter { $0 != " " }.lowercased()) else { return nil }
      self = .bytes(bytes)
    case .text: self = .text(text)
    case .list, .group: return nil
    }
  }
}
