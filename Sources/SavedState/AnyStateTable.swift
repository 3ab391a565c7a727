/// A table without its state's type, so that a catalogue can hold those of all models.
public struct AnyStateTable: Sendable {
  /// The model's name.
  public let name: String
  /// The newest version.
  public let version: Int
  /// The rows in the order of their declaration.
  public let rows: [StateRow]
  /// Whether the newest version has all rows as they are now, those of nested tables too: then nothing is lost by it.
  public let isWhole: Bool
  /// The state's size in bytes.
  public let size: Int
  /// The state after reset, as reflection sees it.
  public let reflect: @Sendable () -> Mirror
  /// The node, called `name`, of a device after reset.
  public let reset: @Sendable (_ name: String) -> StateNode
  /// The value of a row in the state after reset.
  let resetValue: @Sendable (StateRow) -> StateValue?
  private let read: @Sendable (_ node: StateNode, inout Loader) -> Void

  /// `table`, without its type.
  public init<State: DeviceState>(_ table: StateTable<State>) {
    name = table.name
    version = table.version
    rows = table.rows
    isWhole = Self.areAll(table.rows, of: table.version)
    size = MemoryLayout<State>.size
    reflect = { Mirror(reflecting: State()) }
    reset = { table.save(State(), as: $0) }
    resetValue = { table.value(of: $0, in: State()) }
    read = { node, loader in _ = table.read(node, live: State(), &loader) }
  }

  /// What does not fit when `node` is read as this model's. The values of `fixed` rows are not compared: no board is
  /// at hand.
  public func check(_ node: StateNode, below parent: StatePath = StatePath()) -> [StateFault] {
    var loader = Loader(at: parent.appending(.name(node.name)), comparesFixed: false)
    read(node, &loader)
    return loader.faults
  }

  /// A stored property in each row: the rows themselves and those of subsections.
  public var properties: [StateRow] { rows.flatMap(\.properties) }
}
