import Bits
import SavedState

/// Which frames a network device lets through to its driver (Virtual I/O Device 1.2, 5.1.6.5.1 to 5.1.6.5.3).
struct NetFilter: DeviceState {
  /// The most addresses of a table; of a longer one all are let through.
  static let limit = 64

  /// All frames are let through. A driver that knows of no filter has it so.
  var isPromiscuous = true
  var takesAllMulticast = false
  var takesAllUnicast = false
  var refusesMulticast = false
  var refusesUnicast = false
  var refusesBroadcast = false
  var unicast = FixedQueue<64, HardwareAddress>(filler: HardwareAddress())
  var multicast = FixedQueue<64, HardwareAddress>(filler: HardwareAddress())
  /// The driver's table was longer.
  var hasMoreUnicast = false
  var hasMoreMulticast = false
  /// The VLANs of which frames are let through, a bit for each.
  var vlans = InlineArray<512, UInt8>(repeating: 0)

  static let table = StateTable<NetFilter>("virtio-net-filter") {
    saved(\.isPromiscuous)
    saved(\.takesAllMulticast)
    saved(\.takesAllUnicast)
    saved(\.refusesMulticast)
    saved(\.refusesUnicast)
    saved(\.refusesBroadcast)
    list(\.unicast)
    list(\.multicast)
    saved(\.hasMoreUnicast)
    saved(\.hasMoreMulticast)
    subsection("vlans") {
      saved(\.vlans, doc: "let through, a bit for each")
    } when: { filter in
      filter.vlans.indices.contains { filter.vlans[$0] != 0 }
    }
  }

  /// Whether `frame`, of at least 14 bytes, gets to the driver of a device with that address.
  func accepts(_ frame: [UInt8], own: HardwareAddress, filtersVLANs: Bool) -> Bool {
    if filtersVLANs, frame.count >= 16, frame[12] == 0x81, frame[13] == 0 {
      let vlan = Int(frame[14] & 0x0f) << 8 | Int(frame[15])
      guard vlans[vlan >> 3].bit(vlan & 7) else { return false }
    }
    if isPromiscuous { return true }
    guard frame[0] & 1 != 0 else {
      if refusesUnicast { return false }
      return takesAllUnicast || hasMoreUnicast || own.isDestination(of: frame)
        || unicast.elements.contains { $0.isDestination(of: frame) }
    }
    if (0..<6).allSatisfy({ frame[$0] == 0xff }) { return !refusesBroadcast }
    if refusesMulticast { return false }
    return takesAllMulticast || hasMoreMulticast || multicast.elements.contains { $0.isDestination(of: frame) }
  }
}
