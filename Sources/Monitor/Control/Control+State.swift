import Boards
public import SavedState

/// The machine's state by path, read off the tables.
extension Control {
  /// All of the machine at `path` for people, `derived` rows and subsections included; see `StateNode.text`.
  public func shownNode(_ path: StatePath) throws(CommandError) -> StateNode {
    guard path.steps.count > 1, case .name(let name) = path.steps[1] else {
      guard path.steps.isEmpty || path.steps == [.name("machine")] else { throw noPlace(path) }
      return machine.show()
    }
    guard path.steps.first == .name("machine"), path.steps.count == 2, let node = machine.show(name) else {
      throw noPlace(path)
    }
    return node
  }

  /// The value at `path`, such as `/machine/pit/counter[0]/count`; nil when a node is there.
  public func value(_ path: StatePath) throws(CommandError) -> StateValue? {
    if path.steps.count <= 2 {
      _ = try shownNode(path)
      return nil
    }
    guard case .name(let name) = path.steps[1], let node = machine.show(name),
      let value = node.value(at: StatePath(Array(path.steps.dropFirst())))
    else { throw noPlace(path) }
    return value
  }

  /// Replaces the value at `path`. Nothing has changed when it does not fit: the whole machine is loaded with the
  /// checks of any load.
  public func setValue(_ path: StatePath, _ value: StateValue) throws(CommandError) {
    try setValues([(path, value)])
  }

  /// Replaces several values, all of them or none.
  public func setValues(_ values: [(path: StatePath, value: StateValue)]) throws(CommandError) {
    var tree = machine.save()
    for (path, value) in values {
      do throws(StateFault) {
        try tree.set(value, at: path)
      } catch {
        // What is there but is not saved follows from the rest.
        guard try self.value(path) == nil else {
          throw CommandError("\(path) is derived from other rows or is not in use, and cannot be set")
        }
        throw CommandError("\(path) is a node, and a value is set by its path")
      }
    }
    do throws(LoadError) {
      try machine.load(tree)
    } catch {
      throw CommandError(error.faults.map(\.description).joined(separator: "; "))
    }
  }

  /// The state path that `text` means.
  public func path(_ text: String) throws(CommandError) -> StatePath {
    guard let path = StatePath(text) else {
      throw CommandError("'\(text)' is no path; one looks like /machine/pit/counter[0]/count")
    }
    return path
  }

  func noPlace(_ path: StatePath) -> CommandError {
    CommandError(.deviceNotFound, "Device '\(path)' not found")
  }
}
