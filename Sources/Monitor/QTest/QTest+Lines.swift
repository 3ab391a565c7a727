import Boards
import DeviceModel

/// Interrupt lines: what a device's inputs or outputs are driven to, and driving them.
///
/// The device hears what it always hears. Lines count as low until they are first seen high, as QEMU counts them.
extension QTest {
  /// Shows the inputs of the device at `path`.
  func interceptInputs(of path: String) throws(QTestFailure) {
    let device = try claim(path)
    machine.tapInputs(of: device) { [unowned self] in show($0, $1) }
  }

  /// Shows the outputs of the device at `path`, or the one called `name`. Each has its number in the model.
  func interceptOutputs(of path: String, named name: String?) throws(QTestFailure) {
    let device = try find(path)
    // QEMU's names for lines that have none of their own.
    let own = name.flatMap { ["unnamed-gpio-out", "sysbus-irq"].contains($0) ? nil : $0 }
    let outputs = machine.model(of: device).outputs
    if let own, !outputs.contains(own) {
      throw QTestFailure("\(path) has no output '\(own)' (\(outputs.joined(separator: ", ")))")
    }
    try claim(device)
    machine.tapOutputs(of: device, named: own) { [unowned self] in show($0, $1) }
  }

  /// Drives input `number` of those that are called `name`: `unnamed-gpio-in` for all by their number in the model, or
  /// what the names of some begin with.
  func drive(_ path: String, _ name: String, _ number: UInt64, _ level: Bool) throws(QTestFailure) {
    let device = try find(path)
    let inputs = machine.model(of: device).inputs
    if name == "unnamed-gpio-in" {
      guard number < UInt64(inputs.count) else {
        throw QTestFailure("\(path) has \(inputs.count) inputs, and no input \(number)")
      }
      return machine.drive(input: Int(number), of: device, level)
    }
    guard let input = inputs.firstIndex(of: "\(name)\(number)") ?? (number == 0 ? inputs.firstIndex(of: name) : nil)
    else {
      throw QTestFailure("\(path) has no input '\(name)' \(number) (\(inputs.joined(separator: ", ")))")
    }
    machine.drive(input: input, of: device, level)
  }

  /// Shows nothing any more.
  func releaseLines() {
    guard let intercepted else { return }
    machine.tapInputs(of: intercepted, nil)
    machine.tapOutputs(of: intercepted, nil)
    self.intercepted = nil
    levels = [:]
  }

  private func show(_ line: Int, _ level: Bool) {
    guard level != levels[line, default: false] else { return }
    levels[line] = level
    say("IRQ \(level ? "raise" : "lower") \(line)")
  }

  private func claim(_ path: String) throws(QTestFailure) -> Int {
    let device = try find(path)
    try claim(device)
    return device
  }

  private func claim(_ device: Int) throws(QTestFailure) {
    guard intercepted == nil || intercepted == device else { throw QTestFailure("IRQ intercept already enabled") }
    intercepted = device
  }

  // MARK: Paths

  /// The device that `path` names: `/machine/NAME`, its name on the board, or, where only the last part of a path fits
  /// a kind of device, the first one of that kind.
  private func find(_ path: String) throws(QTestFailure) -> Int {
    let name = String(path.split(separator: "/").last ?? "")
    if let index = machine.devices.firstIndex(where: { $0.name == name }) { return index }
    let model = Self.models[name] ?? name
    if let index = machine.devices.indices.first(where: { machine.model(of: $0).name == model }) { return index }
    throw QTestFailure("Unknown device")
  }

  /// Kinds of devices by the names that QEMU has for them, where they differ.
  static let models = [
    "isa-pit": "i8254", "isa-i8259": "i8259", "mc146818rtc": "mc146818", "isa-serial": "uart16550", "apic": "lapic",
    "integrator_core": "integrator-cm", "integrator_pic": "integrator-pic", "integrator_pit": "integrator-timers",
    "icp-ctrl-regs": "integrator-cp", "arm926-arm-cpu": "arm-cpu", "pl050_keyboard": "pl050",
  ]
}

extension Machine {
  /// The model of `devices[index]`.
  fileprivate func model(of index: Int) -> Model { type(of: devices[index].device).model }
}
