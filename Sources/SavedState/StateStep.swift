/// One small change to a node of the tree, in both directions. Fields are named by their path within the node, as
/// `timer/reload`. A field or child that is not there leaves a step without effect, as an absent attribute has its
/// reset value on either side.
public struct StateStep: Sendable {
  /// What it does, for messages.
  public let summary: String
  let up: @Sendable (inout StateNode, StatePath) throws(StateFault) -> Void
  let down: @Sendable (inout StateNode, StatePath) throws(StateFault) -> Void

  /// Any change. The path is where the node is.
  public init(
    _ summary: String, up: @escaping @Sendable (inout StateNode, StatePath) throws(StateFault) -> Void,
    down: @escaping @Sendable (inout StateNode, StatePath) throws(StateFault) -> Void
  ) {
    self.summary = summary
    self.up = up
    self.down = down
  }

  /// The field `old` is called `new` from here on; both are paths and lie in the same group.
  public static func renameField(_ old: String, to new: String) -> StateStep {
    StateStep("field \(old) is called \(new)") { (node, _) throws(StateFault) in
      node.state.rename(old, to: new)
    } down: { (node, _) throws(StateFault) in
      node.state.rename(new, to: old)
    }
  }

  /// The child `old` is called `new` from here on.
  public static func renameChild(_ old: String, to new: String) -> StateStep {
    StateStep("child \(old) is called \(new)") { (node, path) throws(StateFault) in
      try node.renameChild(old, to: new, path)
    } down: { (node, path) throws(StateFault) in
      try node.renameChild(new, to: old, path)
    }
  }

  /// The children of model `old` are of model `new` from here on: two implementations of one device meet.
  public static func renameModel(_ old: String, to new: String) -> StateStep {
    StateStep("model \(old) is called \(new)") { (node, _) throws(StateFault) in
      for child in node.children where child.model == old { node[child: child.name]?.model = new }
    } down: { (node, _) throws(StateFault) in
      for child in node.children where child.model == new { node[child: child.name]?.model = old }
    }
  }

  /// The field means something else from here on; a direction that answers nil refuses.
  public static func mapField(
    _ name: String, up: @escaping @Sendable (StateValue) -> StateValue?,
    down: @escaping @Sendable (StateValue) -> StateValue?
  ) -> StateStep {
    StateStep("field \(name) means something else") { (node, path) throws(StateFault) in
      try node.state.map(name, path, up)
    } down: { (node, path) throws(StateFault) in
      try node.state.map(name, path, down)
    }
  }

  /// There is a new field; trees without it get `value`, and only with `value` can it be left out again.
  public static func addField(_ name: String, _ value: StateValue, mustUnderstand: Bool = true) -> StateStep {
    StateStep("field \(name) is new") { (node, _) throws(StateFault) in
      node.state.add(name, value, mustUnderstand)
    } down: { (node, path) throws(StateFault) in
      try node.state.drop(name, value, path)
    }
  }

  /// The field is gone from here on: only with `value` can it be left out.
  public static func dropField(_ name: String, _ value: StateValue, mustUnderstand: Bool = true) -> StateStep {
    StateStep("field \(name) is gone") { (node, path) throws(StateFault) in
      try node.state.drop(name, value, path)
    } down: { (node, _) throws(StateFault) in
      node.state.add(name, value, mustUnderstand)
    }
  }
}

extension StateNode {
  fileprivate mutating func renameChild(_ old: String, to new: String, _ path: StatePath) throws(StateFault) {
    guard let child = self[child: old] else { return }
    guard self[child: new] == nil, state[new] == nil else {
      throw StateFault(
        .path, path: path.appending(.name(new)).description, found: "a node or attribute",
        expected: "none, so that \(old) can have its name")
    }
    self[child: old] = nil
    self[child: new] = child
  }
}

extension StateGroup {
  /// Does `change` to the group that holds the last step of `name`, with that step; nothing when there is none.
  private mutating func reach<E>(_ name: Substring, _ change: (inout StateGroup, String) throws(E) -> Void) throws(E) {
    guard let slash = name.firstIndex(of: "/") else { return try change(&self, String(name)) }
    let first = String(name[..<slash])
    guard case .group(var inner)? = self[first] else { return }
    try inner.reach(name[name.index(after: slash)...], change)
    self[first] = .group(inner)
  }

  fileprivate mutating func rename(_ old: String, to new: String) {
    reach(old[...]) { group, last in
      guard var attribute = group.remove(last) else { return }
      attribute.name = String(new.split(separator: "/").last ?? new[...])
      group.set(attribute)
    }
  }

  fileprivate mutating func add(_ name: String, _ value: StateValue, _ mustUnderstand: Bool) {
    reach(name[...]) { group, last in
      if group[last] == nil { group.set(StateAttribute(last, value, mustUnderstand: mustUnderstand)) }
    }
  }

  fileprivate mutating func drop(_ name: String, _ value: StateValue, _ path: StatePath) throws(StateFault) {
    try reach(name[...]) { (group, last) throws(StateFault) in
      guard let attribute = group.remove(last), attribute.mustUnderstand, attribute.value != value else { return }
      throw StateFault(
        .lost, path: "\(path)/\(name)", found: attribute.value.summary,
        expected: "\(value.summary): the field is left out")
    }
  }

  fileprivate mutating func map(_ name: String, _ path: StatePath, _ change: (StateValue) -> StateValue?)
    throws(StateFault)
  {
    try reach(name[...]) { (group, last) throws(StateFault) in
      guard let old = group[last] else { return }
      guard let new = change(old) else {
        throw StateFault(
          .range, path: "\(path)/\(name)", found: old.summary, expected: "a value that the other version can express")
      }
      group[last] = new
    }
  }
}
