public import DeviceModel

/// A device of the board with everything resolved: one for each CPU where the board says so, addresses and
/// parameters checked.
public struct PlacedDevice {
  /// The name on the board.
  public let name: String
  let type: any Device.Type
  /// The version of the model.
  public let version: Int
  /// By the model's region numbers; nil where the region is mapped by somebody else.
  public let bases: [UInt64?]
  /// Bytes, by the model's region numbers.
  public let sizes: [UInt64]
  /// Where each output goes.
  public let wires: [String: [WireEnd]]
  /// Parameters that are not left at the model's default.
  public let parameters: [String: String]
  /// The names of host resources, by the model's names for them.
  public let backends: [String: String]
  /// The CPU it belongs to.
  public let cpu: Int?
  let place: Place

  /// The kind of device.
  public var model: Model { type.model }
  /// The programmer's view.
  public var registers: [RegisterRow] { type.registers }

  /// An integer parameter, or its default.
  func integer(_ name: String) -> Int64 {
    let text = parameters[name] ?? model.parameters.first { $0.name == name }?.defaultValue ?? ""
    return (text.hasPrefix("0x") ? Int64(text.dropFirst(2), radix: 16) : Int64(text)) ?? 0
  }
}
