/// A set of attributes: each name occurs once, and their order means nothing.
public struct StateGroup: Sendable, Equatable {
  /// The version of the nested table that wrote the group; nil for a subsection, which follows its owner's.
  public var version: Int?
  /// The attributes, ordered by name.
  public private(set) var attributes: [StateAttribute]

  /// An empty group.
  public init(version: Int? = nil) {
    self.version = version
    attributes = []
  }

  /// A group of `attributes` in any order; nil when two have one name.
  public init?(version: Int? = nil, _ attributes: [StateAttribute]) {
    let sorted = attributes.sorted { $0.name < $1.name }
    for (a, b) in zip(sorted, sorted.dropFirst()) where a.name == b.name { return nil }
    self.version = version
    self.attributes = sorted
  }

  /// A group of attributes that are already ordered by name without repetition.
  init(version: Int?, sorted attributes: [StateAttribute]) {
    self.version = version
    self.attributes = attributes
  }

  /// The place of `name`, or where it would be inserted.
  private func place(of name: String) -> (index: Int, found: Bool) {
    var low = 0
    var high = attributes.count
    while low < high {
      let middle = (low + high) / 2
      if attributes[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return (low, low < attributes.count && attributes[low].name == name)
  }

  /// The attribute called `name`.
  public func attribute(_ name: String) -> StateAttribute? {
    let (index, found) = place(of: name)
    return found ? attributes[index] : nil
  }

  /// Adds `attribute`, or replaces the one of its name.
  public mutating func set(_ attribute: StateAttribute) {
    let (index, found) = place(of: attribute.name)
    if found { attributes[index] = attribute } else { attributes.insert(attribute, at: index) }
  }

  /// Takes the attribute called `name` out.
  @discardableResult
  public mutating func remove(_ name: String) -> StateAttribute? {
    let (index, found) = place(of: name)
    return found ? attributes.remove(at: index) : nil
  }

  /// The value called `name`. Setting keeps the must-understand flag of an attribute that is there; setting nil
  /// removes it.
  public subscript(name: String) -> StateValue? {
    get { attribute(name)?.value }
    set {
      guard let newValue else {
        remove(name)
        return
      }
      let (index, found) = place(of: name)
      if found {
        attributes[index].value = newValue
      } else {
        attributes.insert(StateAttribute(name, newValue), at: index)
      }
    }
  }
}
