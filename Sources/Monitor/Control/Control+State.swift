import Boards
public import SavedState

/// The machine's state by path, read off the tables.
extension Control {
  /// What stands at a path.
  public enum Place {
    /// A device, a CPU, or what holds them.
    case node(StateNode)
    /// A row's value, or what lies in it.
    case value(StateValue)
  }

  /// What stands at `path`, such as `/machine/pit` or `/machine/pit/counter[0]/count`; `derived` rows and every
  /// subsection are there too.
  public func place(_ path: StatePath) throws(CommandError) -> Place {
    guard path.steps.first ?? .name("machine") == .name("machine") else { throw noPlace(path) }
    guard path.steps.count > 1 else { return .node(machine.show()) }
    guard case .name(let name) = path.steps[1], let node = machine.show(name) else { throw noPlace(path) }
    guard path.steps.count > 2 else { return .node(node) }
    guard let value = node.value(at: StatePath(Array(path.steps.dropFirst()))) else { throw noPlace(path) }
    return .value(value)
  }

  /// The form of the value at `path`.
  public func shape(_ path: StatePath) throws(CommandError) -> StateShape {
    guard path.steps.count > 2, path.steps[0] == .name("machine"), case .name(let name) = path.steps[1],
      let table = table(name), let shape = table.shape(at: path.steps.dropFirst(2))
    else { throw noPlace(path) }
    return shape
  }

  /// The table behind the node of that name.
  public func table(_ name: String) -> AnyStateTable? { machine.tables.first { $0.name == name }?.table }

  /// Replaces the value at `path`. The whole machine is loaded with the checks of any load, and nothing has changed
  /// when something does not fit.
  public func setValue(_ path: StatePath, _ value: StateValue) throws(CommandError) {
    try checkStays()
    var tree = machine.save()
    do throws(StateFault) {
      try tree.set(value, at: path)
    } catch {
      guard case .value = try place(path) else {
        throw CommandError("\(path) is a device; what can be set is below it")
      }
      throw CommandError("\(path) cannot be set: it follows from other rows, or is not in use")
    }
    do throws(LoadError) {
      try machine.load(tree)
    } catch {
      throw CommandError(error.faults.map(\.description).joined(separator: "; "))
    }
  }

  /// The path that `text` means.
  public func path(_ text: String) throws(CommandError) -> StatePath {
    guard let path = StatePath(text) else {
      throw CommandError("'\(text.prefix(80))' is no path; one looks like /machine/pit/counter[0]/count")
    }
    return path
  }

  func noPlace(_ path: StatePath) -> CommandError {
    CommandError(.deviceNotFound, "Device '\(path.description.prefix(200))' not found")
  }
}
