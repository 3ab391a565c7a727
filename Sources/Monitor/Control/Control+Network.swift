import Boards
import DeviceModel
import Host

/// The machine's networks.
extension Control {
  /// What a device calls the end of its network.
  private static let kinds = ["net", "netdev"]

  /// Whether a device of that kind has a network.
  static func hasNetwork(_ device: PlacedDevice) -> Bool { device.model.backends.contains { kinds.contains($0) } }

  /// The name of the network's end that a device has; nil where it has none.
  static func networkEnd(of device: PlacedDevice) -> String? { kinds.lazy.compactMap { device.backends[$0] }.first }

  /// Pulls the cable of a network, or plugs it in; `name` is the network's, or a device's at it.
  func setLink(_ name: String, up: Bool) throws(CommandError) {
    let networks = host.networks
    let device = machine.placed.first { $0.name == name }.flatMap(Self.networkEnd)
    guard let end = networks[name] ?? device.flatMap({ networks[$0] }) else {
      throw CommandError(.deviceNotFound, "Device '\(name)' not found")
    }
    end.isPlugged = up
  }

  /// Has devices tell their neighbours where they are.
  func announce() {
    for entry in machine.devices { (entry.device as? any NetworkInterface)?.machineHasMoved() }
  }

  /// Has a port of the host lead to the guest; `network` names a user network where there are several.
  func addForward(_ network: String?, _ text: String) throws(CommandError) {
    do {
      try host.networks.user(network).add(try PortForward(text))
    } catch {
      throw CommandError("\(error)")
    }
  }

  /// Takes that back.
  func removeForward(_ network: String?, _ text: String) throws(CommandError) {
    do {
      try host.networks.user(network).removeForward(text)
    } catch {
      throw CommandError("\(error)")
    }
  }
}
