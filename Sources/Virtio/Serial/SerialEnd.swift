import DeviceModel

/// The host's side of a serial device's port.
struct SerialEnd: HostSide {
  /// What the guest finds it by; empty for none.
  let name: String
  /// Whether the guest shall take it for a console.
  let isConsole: Bool
  let end: (any CharacterBackend)?
}
