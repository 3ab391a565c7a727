import SavedState

/// An address in a network device's filter.
struct HardwareAddress: DeviceState {
  /// In the order in which they go over the wire.
  var bytes = InlineArray<6, UInt8>(repeating: 0)

  init() {}

  /// The six bytes of `list` from `offset` on, which are there.
  init(_ list: [UInt8], at offset: Int = 0) {
    for index in 0..<6 { bytes[index] = list[offset + index] }
  }

  static let table = StateTable<HardwareAddress>("virtio-net-address") { saved(\.bytes) }

  /// Whether `frame`, of at least 6 bytes, is sent to it.
  func isDestination(of frame: [UInt8]) -> Bool { (0..<6).allSatisfy { bytes[$0] == frame[$0] } }

  var list: [UInt8] { (0..<6).map { bytes[$0] } }
}
