import SavedState

/// What a serial device keeps of a port.
struct SerialPort: DeviceState {
  /// Whether the driver has taken it up.
  var isReady = false
  /// Whether somebody in the guest has opened it.
  var isOpen = false

  static let table = StateTable<SerialPort>("virtio-serial-port") {
    saved(\.isReady)
    saved(\.isOpen)
  }
}
