import Boards
import DeviceModel
import GuestMemory

/// What the board is made of: `info mtree` and `info qtree`.
extension HumanMonitor {
  /// `info mtree`.
  func memoryTreeText(isFlat: Bool) -> String {
    let machine = control.machine
    return [machine.memory, machine.ports].filter { !$0.regions.isEmpty }.map { space in
      var text = "address-space: \(space.name)\n"
      if isFlat {
        for span in space.spans { text += Self.line(span.base, span.last, span.region) }
      } else {
        let sorted = space.regions.enumerated().sorted {
          ($0.element.base, -$0.element.priority, $0.offset) < ($1.element.base, -$1.element.priority, $1.offset)
        }
        for (_, region) in sorted { text += Self.line(region.base, region.last, region) }
      }
      return text
    }.joined(separator: "\n")
  }

  private static func line(_ base: UInt64, _ last: UInt64, _ region: Region) -> String {
    var kind: String
    switch region.content {
    case .memory(let block, let offset):
      kind = block.isReadOnly ? "rom" : "ram"
      let start = UInt64(offset) &+ (base &- region.base)
      if block.name != region.name || start != 0 { kind += " \(block.name)+0x\(String(start, radix: 16))" }
    case .device: kind = "i/o"
    case .hole: kind = "nothing"
    }
    return "  \(Columns.hex(base, digits: 16))-\(Columns.hex(last, digits: 16)) (prio \(region.priority), \(kind)): "
      + "\(region.name)\n"
  }

  /// `info qtree`.
  var deviceTreeText: String {
    var text = "board: \(control.machine.board.fullName)\n"
    for device in control.machine.placed {
      text += "  dev: \(device.model.name), id \"\(device.name)\"\n"
      for parameter in device.model.parameters {
        guard let value = device.parameters[parameter.name] ?? own(parameter, of: device) else { continue }
        text += "    \(parameter.name) = \(value)\n"
      }
      for (index, region) in device.model.regions.enumerated() {
        guard let base = device.bases[index] else { continue }
        text +=
          "    \(region.space == .io ? "io" : "mmio") \(Columns.hex(base, digits: 16))/"
          + "\(Columns.hex(device.sizes[index], digits: 16)) \(region.name)\n"
      }
      for output in device.model.outputs {
        for end in device.wires[output] ?? [] { text += "    wire \(output) -> \(end.text)\n" }
      }
      for (backend, name) in device.backends.sorted(by: { $0.key < $1.key }) {
        text += "    \(backend) = \(name)\n"
      }
    }
    return text
  }

  /// A parameter that the board did not set: the default, but for those of CPUs that the machine gives itself.
  private func own(_ parameter: ParameterModel, of device: PlacedDevice) -> String? {
    device.cpu == nil ? parameter.defaultValue : nil
  }
}
