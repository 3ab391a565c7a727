/// A table without its state's type, so that a catalogue can hold those of all models.
public struct AnyStateTable: Sendable {
  public let name: String
  public let version: Int
  /// The rows in the order of their declaration.
  public let rows: [StateRow]
  /// The state's size in bytes.
  public let size: Int
  /// The labels and values of the state's stored properties, as reflection sees them.
  public let reflect: @Sendable () -> Mirror
  /// What does not fit when `node` is read as this model's; `fixed` rows are checked for their form only.
  public let check: @Sendable (_ node: StateNode, _ parent: StatePath) -> [StateFault]
  /// The node, called `name`, of a device after reset.
  public let reset: @Sendable (_ name: String) -> StateNode

  public init<State: DeviceState>(_ table: StateTable<State>) {
    name = table.name
    version = table.version
    rows = table.rows
    size = MemoryLayout<State>.size
    reflect = { Mirror(reflecting: State()) }
    check = { node, parent in
      var loader = Loader(at: parent.appending(.name(node.name)), comparesFixed: false)
      _ = table.read(node, live: State(), &loader)
      return loader.faults
    }
    reset = { table.save(State(), as: $0) }
  }
}
