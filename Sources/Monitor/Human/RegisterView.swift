import Boards
import DeviceModel

/// The registers of a device as its guest would read them now.
struct RegisterView {
  private let device: PlacedDevice
  private let machine: Machine

  /// Nil when the device's registers are not reached by address.
  init?(_ device: PlacedDevice, _ machine: Machine) {
    guard !device.registers.isEmpty else { return nil }
    self.device = device
    self.machine = machine
  }

  /// The row of the manual's name.
  func row(_ name: String) -> RegisterRow? { device.registers.first { $0.name == name } }

  /// What the register reads as; nil when there is none of that name that can be read.
  func value(_ name: String) -> UInt64? {
    guard let row = row(name), row.access != .writeOnly else { return nil }
    // Each from a twin of its own: reading one may change another.
    return machine.twin(of: device.name)?.read(row)
  }

  /// What a field of a register reads as.
  func field(_ register: String, _ field: String) -> UInt64? {
    guard let row = row(register), let field = row.fields.first(where: { $0.name == field }),
      let value = value(register)
    else { return nil }
    return field.value(in: value)
  }

  /// A line with the register's value and fields.
  func line(_ name: String) -> String {
    guard let row = row(name), let value = value(name) else { return "" }
    let fields = row.fields.map { field in
      let value = field.value(in: value)
      return "\(field.name)=\(value < 10 ? "\(value)" : "0x" + String(value, radix: 16))"
    }
    let text = "  \(Columns.left(name, 17))\(Columns.hex(value, digits: row.width * 2))"
    return text + (fields.isEmpty ? "" : "  " + fields.joined(separator: " ")) + "\n"
  }

  /// Lines of all registers that can be read.
  var text: String { device.registers.map { line($0.name) }.joined() }
}
