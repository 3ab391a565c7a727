extension AnyStateTable {
  /// `node` with the names of its enumerations' values, which the wire does not carry. What does not fit the table
  /// stays as it is.
  public func naming(_ node: StateNode) -> StateNode {
    guard node.model == name else { return node }
    var result = node
    name(&result.state, rows)
    return result
  }

  private func name(_ group: inout StateGroup, _ rows: [StateRow]) {
    for row in rows {
      if let value = group[row.name] { group[row.name] = named(value, row.shape) }
    }
  }

  private func named(_ value: StateValue, _ shape: StateShape) -> StateValue {
    switch (value, shape) {
    case (.enumeration(let raw, nil), .enumeration(_, _, let symbols)):
      return .enumeration(raw, symbol: symbols.first { $0.raw == raw }?.name)
    case (.list(let values), .array(let element, _)), (.list(let values), .list(let element, _)),
      (.list(let values), .optional(let element)):
      return .list(values.map { named($0, element) })
    case (.group(var group), .table(let table)):
      table.name(&group, table.rows)
      return .group(group)
    case (.group(var group), .subsection(let rows)):
      name(&group, rows)
      return .group(group)
    default: return value
    }
  }
}
