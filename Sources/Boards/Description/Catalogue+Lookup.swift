public import DeviceModel
public import SavedState

extension Model {
  /// The number of an input, by name or number.
  func input(_ text: String) -> Int? {
    if let index = inputs.firstIndex(of: text) { return index }
    guard let number = Int(text), inputs.indices.contains(number) else { return nil }
    return number
  }
}

extension Device {
  /// The newest version of the state.
  static var stateVersion: Int { State.table.version }
  static var anyTable: AnyStateTable { AnyStateTable(State.table) }
}

extension Catalogue {
  static func version(of type: any Device.Type) -> Int { type.stateVersion }

  /// The state table of a model.
  public static func table(of type: any Device.Type) -> AnyStateTable { type.anyTable }
}
