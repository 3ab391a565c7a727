/// A device asked for beside those of the board: `-device MODEL[,id=NAME][,property=value…]`.
public struct DeviceRequest: Sendable, Equatable {
  /// The name of its model.
  public let model: String
  /// The name on the board; nil takes one from the model.
  public let id: String?
  /// Parameters and back ends, by name.
  public let properties: [String: String]

  /// A device of `model`, called `id` or, without one, after its model.
  public init(model: String, id: String? = nil, properties: [String: String] = [:]) {
    self.model = model
    self.id = id
    self.properties = properties
  }
}
