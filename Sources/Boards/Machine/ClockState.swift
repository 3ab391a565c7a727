import SavedState

/// The machine's time as it is saved.
struct ClockState: DeviceState {
  /// Nanoseconds since power on.
  var now: Int64 = 0
  /// The guest's wall-clock time at power on, nanoseconds since 1970.
  var epoch: Int64 = 0

  static let table = StateTable<ClockState>("clock") {
    // The rest of the range is left for deadlines: at its end timers would be due for ever.
    saved(\.now, in: 0...(1 << 62))
    saved(\.epoch)
  }
}
