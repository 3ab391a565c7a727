import Boards
import DeviceModel
import SavedState

/// The machine's state by the names in its tables: `info device` and `set`.
extension HumanMonitor {
  /// `info device`.
  func deviceText(_ name: String?) throws(CommandError) -> String {
    let machine = control.machine
    guard let name else {
      return machine.placed.map { "\(Columns.left($0.name, 16))\($0.model.summary)\n" }.joined()
    }
    let device = try placed(name)
    guard let node = machine.show(name) else { throw Self.noDevice(name, machine) }
    var text = node.text
    if let view = RegisterView(device, machine) { text += "registers:\n" + view.text }
    return text
  }

  func placed(_ name: String) throws(CommandError) -> PlacedDevice {
    guard let device = control.machine.placed.first(where: { $0.name == name }) else {
      throw Self.noDevice(name, control.machine)
    }
    return device
  }

  private static func noDevice(_ name: String, _ machine: Machine) -> CommandError {
    let near = NearestName.of(name, among: machine.placed.map(\.name)).map { "; did you mean \"\($0)\"?" } ?? ""
    return CommandError(.deviceNotFound, "There is no device \"\(name.prefix(40))\"\(near)")
  }

  /// `set`.
  func set(_ place: String, to text: String) throws(CommandError) -> String {
    if place.contains("/") || !place.contains(".") { return try setState(place, text) }
    var expression = Expression(Substring(text)) { self.register($0) }
    let value = try expression.value()
    guard expression.rest.allSatisfy({ $0 == " " }) else {
      throw CommandError("\"\(expression.rest.prefix(40))\" is too much behind the value")
    }
    try setRegister(place, value)
    return ""
  }

  private func setState(_ place: String, _ text: String) throws(CommandError) -> String {
    var text = text
    while text.last == " " { text.removeLast() }
    let path = try statePath(place)
    guard case .value(let old) = try control.place(path) else {
      throw CommandError("\(path) is a device; what can be set is below it")
    }
    guard let value = StateValue(text, like: old) else {
      throw CommandError("\(path): \"\(text.prefix(40))\" is not \(old.kind)")
    }
    try control.setValue(path, value)
    return ""
  }

  /// A path from the root, from the machine, or from a device.
  func statePath(_ text: String) throws(CommandError) -> StatePath {
    let path = try control.path(text)
    return path.steps.first == .name("machine") ? path : StatePath([.name("machine")] + path.steps)
  }

  /// Writes `value` to `DEVICE.REGISTER` or to `DEVICE.REGISTER.FIELD`.
  private func setRegister(_ place: String, _ value: UInt64) throws(CommandError) {
    let parts = place.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let device = try placed(parts[0])
    guard parts.count <= 3, let row = device.registers.first(where: { $0.name == parts[1] }) else {
      let near = NearestName.of(parts[1], among: device.registers.map(\.name)).map { "; did you mean \"\($0)\"?" } ?? ""
      throw CommandError("\(device.name) has no register \"\(parts[1].prefix(40))\"\(near)")
    }
    guard row.access != .readOnly else { throw CommandError("\(row.name) can only be read") }
    var whole = value
    var limit = row.width >= 8 ? UInt64.max : (1 << UInt64(row.width * 8)) - 1
    if parts.count == 3 {
      guard let field = row.fields.first(where: { $0.name == parts[2] }) else {
        let names = row.fields.map(\.name).joined(separator: " ")
        throw CommandError("\(row.name) has no field \"\(parts[2].prefix(40))\" (there are: \(names))")
      }
      guard let old = RegisterView(device, control.machine)?.value(row.name) else {
        throw CommandError("\(row.name) can only be written, and as a whole")
      }
      limit = field.limit
      whole = field.setting(value, in: old)
    }
    guard value <= limit else {
      throw CommandError("\(place) holds 0 to 0x\(String(limit, radix: 16)), not 0x\(String(value, radix: 16))")
    }
    control.machine.write(whole, to: row, of: device.name)
  }
}
