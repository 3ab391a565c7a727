/// Where a wire ends: `DEVICE.INPUT`.
public struct WireEnd: Sendable {
  public let device: String
  /// A name of the model's, or its number.
  public let input: String
  public let place: Place

  public init(device: String, input: String, place: Place) {
    self.device = device
    self.input = input
    self.place = place
  }

  var text: String { "\(device).\(input)" }
}
