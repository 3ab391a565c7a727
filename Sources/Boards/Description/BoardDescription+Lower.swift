public import SavedState

extension BoardDescription {
  /// A machine's `tree` as this board, which may be an older version of the machine's own, has it: each device in the
  /// version that the board gives its model.
  ///
  /// - Throws: `SaveError` with every device and value that this board cannot hold.
  public func lower(_ tree: StateNode) throws(SaveError) -> StateNode {
    var result = tree
    var faults: [StateFault] = []
    for node in tree.children where !Machine.ownNodes.contains(node.name) {
      let described = devices.first { device in
        guard device.isPerCPU, node.name.hasPrefix(device.name) else { return device.name == node.name }
        return Int(node.name.dropFirst(device.name.count)) != nil
      }
      // What `-device` has put beside the board's own comes in its newest version.
      guard let described, let type = Catalogue.model(node.model), type.model.slot != described.model else { continue }
      guard described.model == node.model else {
        faults.append(
          StateFault(
            .model, path: Machine.path.appending(.name(node.name)).description, found: "model \(node.model)",
            expected: "model \(described.model), as \(fullName) has it"))
        continue
      }
      do throws(SaveError) {
        result[child: node.name] = try Catalogue.table(of: type).lower(node, to: described.version, below: Machine.path)
      } catch {
        faults += error.faults
      }
    }
    guard faults.isEmpty else { throw SaveError(faults) }
    return result
  }
}
