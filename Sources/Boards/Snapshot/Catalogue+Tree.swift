public import SavedState

/// State trees, looked at with the tables of this program.
extension Catalogue {
  /// The tables of all device models and of the nodes that every machine has.
  public static var tables: [AnyStateTable] {
    models.map(table) + [AnyStateTable(ClockState.table), AnyStateTable(TurnState.table)]
  }

  /// `tree` with the names of its enumerations' values.
  public static func naming(_ tree: StateNode) -> StateNode {
    var byName: [String: AnyStateTable] = [:]
    for table in tables { byName[table.name] = table }
    func naming(_ node: StateNode) -> StateNode {
      var node = byName[node.model]?.naming(node) ?? node
      for child in node.children { node[child: child.name] = naming(child) }
      return node
    }
    return naming(tree)
  }

  /// What of `tree` does not fit the tables: models and versions that are not known, rows that a table does not take.
  public static func faults(of tree: StateNode) -> [StateFault] {
    var byName: [String: AnyStateTable] = [:]
    for table in tables { byName[table.name] = table }
    var faults: [StateFault] = []
    tree.walk { path, node in
      guard !node.model.isEmpty else { return }
      if let table = byName[node.model] {
        faults += table.check(node, below: StatePath(path.steps.dropLast()))
      } else {
        faults.append(
          StateFault(.model, path: path.description, found: "model \(node.model)", expected: "one that is known"))
      }
    }
    return faults
  }
}
