import SavedState

/// The machine's time as it is saved.
struct ClockState: DeviceState {
  /// Nanoseconds since power on.
  var now: Int64 = 0

  static let table = StateTable<ClockState>("clock") {
    saved(\.now, where: { $0 >= 0 })
  }
}
