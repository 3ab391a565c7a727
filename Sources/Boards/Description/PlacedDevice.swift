import DeviceModel

/// A device of the board with everything resolved: one for each CPU where the board says so, addresses and
/// parameters checked.
struct PlacedDevice {
  let name: String
  let type: any Device.Type
  let version: Int
  /// By the model's region numbers; nil where the region is mapped by somebody else.
  let bases: [UInt64?]
  let sizes: [UInt64]
  let wires: [String: [WireEnd]]
  let parameters: [String: String]
  let backends: [String: String]
  /// The CPU it belongs to.
  let cpu: Int?
  let place: Place

  var model: Model { type.model }

  /// An integer parameter, or its default.
  func integer(_ name: String) -> Int64 {
    let text = parameters[name] ?? model.parameters.first { $0.name == name }?.defaultValue ?? ""
    return (text.hasPrefix("0x") ? Int64(text.dropFirst(2), radix: 16) : Int64(text)) ?? 0
  }
}
