/// Where a wire ends: `DEVICE.INPUT`.
public struct WireEnd: Sendable {
  /// The device's name on the board.
  public let device: String
  /// A name of the model's, or its number.
  public let input: String
  /// Where the board file says so.
  public let place: Place

  /// The input `input` of `device`.
  public init(device: String, input: String, place: Place) {
    self.device = device
    self.input = input
    self.place = place
  }

  /// `DEVICE.INPUT`.
  public var text: String { "\(device).\(input)" }
}
