import SavedState

/// A message between a serial device and its driver (Virtual I/O Device 1.2, 5.3.6.2).
struct SerialControl: DeviceState {
  /// What a message is about.
  enum Event: UInt16, CaseIterable, Wire {
    case deviceReady, portAdd, portRemove, portReady, consolePort, resize, portOpen, portName
  }

  /// The port's number.
  var port: UInt32 = 0
  var event = Event.deviceReady
  var value: UInt16 = 0

  static let table = StateTable<SerialControl>("virtio-serial-control") {
    saved(\.port)
    saved(\.event)
    saved(\.value)
  }

  /// As it is in a buffer.
  var bytes: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: port >> UInt32($0 * 8)) }
      + [event.rawValue, value].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }
}
