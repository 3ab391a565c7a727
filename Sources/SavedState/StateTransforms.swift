/// All transforms of a catalogue. They are applied to a whole tree between its reading and the devices.
public struct StateTransforms: Sendable {
  private let steps: [String: [Int: [StateTransform]]]

  /// Transforms of one model and version apply in their order here.
  public init(_ transforms: [StateTransform] = []) {
    var steps: [String: [Int: [StateTransform]]] = [:]
    for transform in transforms { steps[transform.model, default: [:]][transform.from, default: []].append(transform) }
    self.steps = steps
  }

  /// The tree as the newest versions have it: for every node the transforms from its version up to the one in
  /// `versions` (by model; nodes of other models stay as they are). A parent goes before its children, so that a
  /// renamed model finds its own steps.
  public func raised(_ tree: StateNode, to versions: [String: Int]) throws(LoadError) -> StateNode {
    var faults: [StateFault] = []
    let result = raised(tree, versions, StatePath(), &faults)
    guard faults.isEmpty else { throw LoadError(faults) }
    return result
  }

  private func raised(
    _ node: StateNode, _ versions: [String: Int], _ parent: StatePath, _ faults: inout [StateFault]
  ) -> StateNode {
    var result = node
    let path = parent.appending(.name(node.name))
    if let target = versions[node.model], node.version >= 1, node.version < target {
      for version in (steps[node.model] ?? [:]).keys.sorted() where version >= node.version && version < target {
        for step in (steps[node.model]?[version] ?? []).flatMap(\.steps) {
          do { try step.up(&result, path) } catch { faults.append(error) }
        }
      }
      result.version = target
    }
    for child in result.children { result[child: child.name] = raised(child, versions, path, &faults) }
    return result
  }

  /// The tree, which is of the newest versions, as older ones have it: the transforms downwards, and then without
  /// the rows that came later (`AnyStateTable.lower`). Everything that would be lost is told.
  public func lowered(_ tree: StateNode, to versions: [String: Int], tables: [String: AnyStateTable]) throws(SaveError)
    -> StateNode
  {
    var faults: [StateFault] = []
    let result = lowered(tree, versions, tables, StatePath(), &faults)
    guard faults.isEmpty else { throw SaveError(faults) }
    return result
  }

  private func lowered(
    _ node: StateNode, _ versions: [String: Int], _ tables: [String: AnyStateTable], _ parent: StatePath,
    _ faults: inout [StateFault]
  ) -> StateNode {
    var result = node
    let path = parent.appending(.name(node.name))
    // Children first: a renamed model still has its new name while its own steps are looked up.
    for child in result.children {
      let lower = lowered(child, versions, tables, path, &faults)
      result[child: child.name] = lower
    }
    guard let target = versions[node.model], target >= 1, target < node.version else { return result }
    for version in (steps[node.model] ?? [:]).keys.sorted(by: >) where version >= target && version < node.version {
      for step in (steps[node.model]?[version] ?? []).flatMap(\.steps).reversed() {
        do { try step.down(&result, path) } catch { faults.append(error) }
      }
    }
    if let table = tables[node.model] {
      do { result = try table.lower(result, to: target, below: parent) } catch { faults += error.faults }
    }
    result.version = target
    return result
  }
}
