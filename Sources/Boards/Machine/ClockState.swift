import SavedState

/// The machine's time as it is saved.
struct ClockState: DeviceState {
  /// The latest time that is saved: 73 years. Behind it there is room for deadlines, which would be past for ever if
  /// they wrapped round.
  static let limit: Int64 = 1 << 61

  /// Nanoseconds since power on.
  var now: Int64 = 0
  /// The guest's wall-clock time at power on, nanoseconds since 1970.
  var epoch: Int64 = 0

  static let table = StateTable<ClockState>("clock") {
    saved(\.now, in: 0...limit)
    saved(\.epoch)
  }
}
