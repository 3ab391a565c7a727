import SavedState

/// The machine's time as it is saved.
struct ClockState: DeviceState {
  /// Nanoseconds since power on.
  var now: Int64 = 0
  /// The guest's wall-clock time at power on, nanoseconds since 1970.
  var epoch: Int64 = 0

  static let table = StateTable<ClockState>("clock") {
    saved(\.now, where: { $0 >= 0 })
    saved(\.epoch)
  }
}
