public import SavedState

/// What is wrong with a state's table, in words; empty when all is well.
///
/// Every stored property has exactly one row and no two rows overlap, in nested states too; the reset state and
/// `rounds` random ones survive tree, DER and JSON; older versions of a reset state can be written and read.
public func auditState<S: DeviceState>(_: S.Type, seed: UInt64 = 1, rounds: Int = 20) -> [String] {
  let table = S.table
  let structure = auditStructure(AnyStateTable(table))
  // Reading and writing rows that overlap would only tell the same again.
  guard structure.isEmpty else { return structure }
  var faults = AnyStateTable(table).check(table.save(S())).map { "\(table.name): reset state: \($0)" }
  var random = SplitMix64(seed: seed)
  for round in 0..<rounds where faults.isEmpty {
    var state = round == 0 ? S() : table.drawn(from: S(), &random)
    table.scrambleDerived(&state, using: &random)
    faults += auditRoundTrip(state).map { "\(table.name): round \(round) from seed \(seed): \($0)" }
  }
  return faults + auditVersions(table)
}

/// Every stored property has exactly one row, and no two rows overlap. The row of `missing`, a stored property of the
/// table itself, is looked away from, as if somebody had forgotten it.
public func auditStructure(_ table: AnyStateTable, without missing: String? = nil) -> [String] {
  var faults: [String] = []
  let rows = table.properties.filter { $0.property != missing }
  let names = Set(rows.map(\.property))
  func cover(_ mirror: Mirror, _ prefix: String) {
    for child in mirror.children {
      let name = prefix + (child.label.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 } ?? "?")
      if names.contains(name) { continue }
      if names.contains(where: { $0.hasPrefix(name + ".") }) {
        cover(Mirror(reflecting: child.value), name + ".")
      } else {
        faults.append("\(table.name): \(name) has no row")
      }
    }
  }
  cover(table.reflect(), "")
  for name in names.sorted() where rows.count(where: { $0.property == name }) > 1 {
    faults.append("\(table.name): \(name) has two rows")
  }
  let spans = rows.filter { $0.size > 0 }.sorted { ($0.offset, $0.property) < ($1.offset, $1.property) }
  for (a, b) in zip(spans, spans.dropFirst()) where a.property != b.property && a.offset + a.size > b.offset {
    faults.append("\(table.name): \(a.property) overlaps \(b.property)")
  }
  for row in spans where row.offset + row.size > table.size {
    faults.append("\(table.name): \(row.property) lies outside the state")
  }
  for nested in rows.compactMap(\.nested) { faults += auditStructure(nested).map { "\(table.name): \($0)" } }
  return faults
}

/// What a state loses on its way through a tree and the encodings.
func auditRoundTrip<S: DeviceState>(_ state: S) -> [String] {
  let table = S.table
  let tree = table.save(state)
  var faults: [String] = []
  do {
    // The board's own state is the one that was saved as far as fixed rows go.
    let loaded = try table.load(tree, over: state)
    faults += tree.differences(to: table.save(loaded)).map { "after a load: \($0)" }
    let der = tree.der()
    let fromDER = try StateNode(der: der)
    faults += tree.differences(to: fromDER).map { "after DER: \($0)" }
    if fromDER.der() != der { faults.append("DER is not the same again") }
    let json = tree.json()
    let fromJSON = try StateNode(json: json)
    faults += tree.differences(to: fromJSON).map { "after JSON: \($0)" }
    if fromJSON.json() != json { faults.append("JSON is not the same again") }
  } catch {
    faults.append("\(error)")
  }
  return faults
}

/// A reset state can be written as each older version and read again.
private func auditVersions<S: DeviceState>(_ table: StateTable<S>) -> [String] {
  (1..<max(table.version, 1)).flatMap { version -> [String] in
    do {
      let tree = try table.save(S(), version: version)
      let loaded = try table.load(tree, over: S())
      return table.save(S()).differences(to: table.save(loaded)).map { "\(table.name) v\(version): \($0)" }
    } catch {
      return ["\(table.name) v\(version): \(error)"]
    }
  }
}
