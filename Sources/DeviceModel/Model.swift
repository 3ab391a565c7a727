/// What a board description needs to know of a kind of device before one is built.
public struct Model: Sendable {
  /// The name in board files, `-device` and snapshots.
  public let name: String
  /// One line for `ferry devices`.
  public let summary: String
  /// Where its registers are, in the order of the `region` number of bus accesses.
  public let regions: [RegionModel]
  /// Lines it drives.
  public let outputs: [String]
  /// Lines that drive it, in the order of `Device.input(_:_:)`'s number.
  public let inputs: [String]
  /// What the board file can choose.
  public let parameters: [ParameterModel]
  /// Host resources it can be given: a serial end, a disk, a display.
  public let backends: [String]
  /// The model of the empty slot in whose place it goes; nil for a device with a place of its own.
  public let slot: String?

  /// A model called `name` with one line of `summary`.
  public init(
    _ name: String, _ summary: String, regions: [RegionModel] = [], outputs: [String] = [], inputs: [String] = [],
    parameters: [ParameterModel] = [], backends: [String] = [], slot: String? = nil
  ) {
    self.name = name
    self.summary = summary
    self.regions = regions
    self.outputs = outputs
    self.inputs = inputs
    self.parameters = parameters
    self.backends = backends
    self.slot = slot
  }
}
