/// A named node of the state tree: one device, or what holds several.
public struct StateNode: Sendable, Equatable {
  /// The device's name on its board.
  public var name: String
  /// The model whose table made the attributes; empty for a node that only holds others.
  public var model: String
  /// The version of that model.
  public var version: Int
  public var state: StateGroup
  /// The nodes below, ordered by name.
  public private(set) var children: [StateNode]

  /// A node without children.
  public init(_ name: String, model: String = "", version: Int = 1, state: StateGroup = StateGroup()) {
    self.name = name
    self.model = model
    self.version = version
    self.state = state
    children = []
  }

  /// A node with `children` in any order; nil when two have one name, or one has the name of an attribute: a path
  /// would then mean two things.
  public init?(_ name: String, model: String, version: Int, state: StateGroup, children: [StateNode]) {
    let sorted = children.sorted { $0.name < $1.name }
    for (a, b) in zip(sorted, sorted.dropFirst()) where a.name == b.name { return nil }
    for child in sorted where state.attribute(child.name) != nil { return nil }
    self.init(name, model: model, version: version, state: state)
    self.children = sorted
  }

  private func place(of name: String) -> (index: Int, found: Bool) {
    var low = 0
    var high = children.count
    while low < high {
      let middle = (low + high) / 2
      if children[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return (low, low < children.count && children[low].name == name)
  }

  /// The child called `name`. Setting adds, replaces (under the key's name) or, with nil, removes.
  public subscript(child name: String) -> StateNode? {
    get {
      let (index, found) = place(of: name)
      return found ? children[index] : nil
    }
    set {
      let (index, found) = place(of: name)
      guard var node = newValue else {
        if found { children.remove(at: index) }
        return
      }
      node.name = name
      if found { children[index] = node } else { children.insert(node, at: index) }
    }
  }

  /// The value of the attribute called `name`.
  public subscript(name: String) -> StateValue? {
    get { state[name] }
    set { state[name] = newValue }
  }

  /// Adds `child`, or replaces the one of its name.
  public mutating func add(_ child: StateNode) { self[child: child.name] = child }
}
