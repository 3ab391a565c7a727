/// One device of a board, as its file describes it.
public struct DeviceDescription: Sendable {
  /// The name on the board and in snapshots.
  public let name: String
  /// The name of its model.
  public let model: String
  /// The version of the model's state.
  public let version: Int
  /// Addresses by the model's region names, where the file gives one.
  public var addresses: [String: (value: UInt64, place: Place)]
  /// Which inputs an output drives, by output.
  public var wires: [String: [WireEnd]]
  /// Values by the parameter's name, not checked yet.
  public var parameters: [String: (value: String, place: Place)]
  /// Host resources by the model's back end names: what the machine calls them.
  public var backends: [String: String]
  /// One for each CPU, numbered; accesses go to the one of the CPU that makes them.
  public let isPerCPU: Bool
  /// Where the board file names it.
  public let place: Place

  /// A device as it is written, nothing of it checked.
  public init(
    name: String, model: String, version: Int, addresses: [String: (value: UInt64, place: Place)] = [:],
    wires: [String: [WireEnd]] = [:], parameters: [String: (value: String, place: Place)] = [:],
    backends: [String: String] = [:], isPerCPU: Bool = false, place: Place
  ) {
    self.name = name
    self.model = model
    self.version = version
    self.addresses = addresses
    self.wires = wires
    self.parameters = parameters
    self.backends = backends
    self.isPerCPU = isPerCPU
    self.place = place
  }
}
