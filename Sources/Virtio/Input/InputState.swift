import Bits
import SavedState

/// What an input device keeps beside its queues: what its driver asks the configuration space for, and events for which
/// there was no buffer yet.
struct InputState: DeviceState {
  /// Which piece of information the configuration space shows (5.8.4), and of what.
  var select: UInt8 = 0
  var subselect: UInt8 = 0
  /// Events that wait for buffers, as they will be in these: type, code and value from bit 0 up.
  var events = FixedQueue<64, UInt64>(filler: 0)
  /// The pointer's buttons that are down, from bit 0 up as `PointerInput` has them.
  var buttons: UInt8 = 0
  /// The lamps that the driver has lit, by the codes of `EV_LED`.
  var lamps: UInt16 = 0

  init() {}

  static let table = StateTable<InputState>("virtio-input") {
    saved(\.select)
    saved(\.subselect)
    list(\.events)
    saved(\.buttons)
    saved(\.lamps)
  }
}
