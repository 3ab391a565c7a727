extension AnyStateTable {
  /// `node`, which is of a newer version, as `version` has it: without the rows that came later. Those must have
  /// their reset value or be skippable; every one that would be lost is told.
  public func lower(_ node: StateNode, to version: Int, below parent: StatePath = StatePath()) throws(SaveError)
    -> StateNode
  {
    let path = parent.appending(.name(node.name))
    guard version >= 1, version <= self.version, node.version <= self.version else {
      let fault = StateFault(
        .version, path: path.description, found: "version \(version)", expected: "1...\(self.version) of \(name)")
      throw SaveError([fault])
    }
    if node.version == version, version == self.version, isWhole { return node }
    var faults: [StateFault] = []
    var result = node
    result.version = version
    lower(&result.state, rows, reset: reset(node.name).state, version, path, &faults)
    guard faults.isEmpty else { throw SaveError(faults) }
    return result
  }

  /// Whether `version` has all of `rows`, as they are now.
  static func areAll(_ rows: [StateRow], of version: Int) -> Bool {
    rows.allSatisfy { row in
      guard row.since <= version else { return false }
      if case .subsection(let rows) = row.shape { return areAll(rows, of: version) }
      guard let table = row.nested else { return true }
      let inner = row.nestedVersion(for: version) ?? table.version
      return inner >= table.version && table.isWhole
    }
  }

  private func lower(
    _ group: inout StateGroup, _ rows: [StateRow], reset: StateGroup, _ version: Int, _ path: StatePath,
    _ faults: inout [StateFault]
  ) {
    for row in rows where row.role != .derived {
      guard let value = group[row.name] else { continue }
      let here = path.appending(.name(row.name))
      // A subsection that a reset state does not send has reset values all the same.
      let plain = reset[row.name] ?? resetValue(row) ?? resetGroup(row)
      if row.since > version {
        if row.mustUnderstand, value != plain {
          faults.append(
            StateFault(
              .lost, path: here.description, found: value.summary,
              expected: "its reset value, as version \(version) does not have it (since \(row.since))"))
        }
        group.remove(row.name)
      } else {
        group[row.name] = lowered(value, row, reset: plain, version, here, &faults)
      }
    }
  }

  private func resetGroup(_ row: StateRow) -> StateValue? {
    let attributes = row.subrows.filter { $0.role != .derived }.compactMap { row in
      (resetValue(row) ?? resetGroup(row)).map { StateAttribute(row.name, $0, mustUnderstand: row.mustUnderstand) }
    }
    return StateGroup(attributes).map(StateValue.group)
  }

  private func lowered(
    _ value: StateValue, _ row: StateRow, reset: StateValue?, _ version: Int, _ path: StatePath,
    _ faults: inout [StateFault]
  ) -> StateValue {
    switch value {
    case .group(var group):
      let plain: StateGroup = if case .group(let plain)? = reset { plain } else { StateGroup() }
      if case .subsection(let rows) = row.shape {
        lower(&group, rows, reset: plain, version, path, &faults)
      } else if let table = row.nested {
        let inner = min(row.nestedVersion(for: version) ?? table.version, table.version)
        table.lower(&group, table.rows, reset: plain, inner, path, &faults)
        group.version = inner
      }
      return .group(group)
    case .list(let values):
      guard let table = row.nested else { return value }
      let plain: [StateValue] = if case .list(let plain)? = reset { plain } else { [] }
      return .list(
        values.enumerated().map { index, value in
          let reset = index < plain.count ? plain[index] : StateValue.group(table.reset(table.name).state)
          return lowered(value, row, reset: reset, version, path.appending(.index(index)), &faults)
        })
    default:
      return value
    }
  }
}
