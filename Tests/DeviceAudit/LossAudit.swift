public import SavedState

/// Where each saved row of a table is in a node: the names that lead to it. Subsections and nested tables are in it, and
/// so are their rows.
public func savedRows(_ table: AnyStateTable) -> [[String]] { savedRows(table.rows) }

private func savedRows(_ rows: [StateRow]) -> [[String]] {
  rows.filter { $0.role == .saved }.flatMap { row in
    let inner = row.nested.map(savedRows) ?? savedRows(row.subrows)
    return [[row.name]] + inner.map { [row.name] + $0 }
  }
}

extension StateGroup {
  /// The group without the attribute at `row`, of each element where the way leads through a list; nil when it is
  /// nowhere in it.
  public func dropping(_ row: [String]) -> StateGroup? {
    guard let name = row.first, let value = self[name] else { return nil }
    var group = self
    guard row.count > 1 else {
      group.remove(name)
      return group
    }
    let rest = Array(row.dropFirst())
    switch value {
    case .group(let inner):
      guard let dropped = inner.dropping(rest) else { return nil }
      group[name] = .group(dropped)
    case .list(let values):
      var hasDropped = false
      group[name] = .list(
        values.map { value in
          guard case .group(let inner) = value, let dropped = inner.dropping(rest) else { return value }
          hasDropped = true
          return .group(dropped)
        })
      guard hasDropped else { return nil }
    default: return nil
    }
    return group
  }
}

/// Those of `rows` whose loss on the way is not noticed; empty when each one's is.
///
/// States are drawn until each row has been in one that is not the same without it. A row that is never found out has
/// always its reset value, or is recomputed from others: then it is no saved one.
///
/// - Parameters:
///   - rounds: how many states are drawn at most.
///   - draw: a tree that comes back as it is, in whose child called `name` the rows have any values; nil when there
///     is none this time.
///   - move: the tree of the machine that a tree makes; nil when that is refused.
public func unnoticed(
  _ rows: [[String]], in name: String, rounds: Int, draw: () -> StateNode?, move: (StateNode) -> StateNode?
) -> [[String]] {
  var left = rows
  for _ in 0..<rounds where !left.isEmpty {
    guard let tree = draw() else { continue }
    left.removeAll { isNoticed($0, in: name, tree, move) }
  }
  return left
}

/// The same for rows whose values are too rare to be drawn: `tree` as it is, and with a flag, or one bit of a number
/// after the other, turned.
public func unnoticed(
  _ rows: [[String]], in name: String, turning tree: StateNode, move: (StateNode) -> StateNode?
) -> [[String]] {
  rows.filter { row in
    let path = StatePath([.name(tree.name), .name(name)] + row.map { .name($0) })
    let others: [StateValue] =
      switch tree.value(at: path) {
      case .integer(let number): [.integer(number)] + (0..<64).map { .integer(number ^ 1 << Int128($0)) }
      case .bool(let flag): [.bool(flag), .bool(!flag)]
      default: []
      }
    return !others.contains { value in
      var other = tree
      return (try? other.set(value, at: path)) != nil && move(other) == other && isNoticed(row, in: name, other, move)
    }
  }
}

private func isNoticed(
  _ row: [String], in name: String, _ tree: StateNode, _ move: (StateNode) -> StateNode?
) -> Bool {
  guard let state = tree[child: name]?.state.dropping(row) else { return false }
  var mutant = tree
  mutant[child: name]?.state = state
  return move(mutant) != tree
}
