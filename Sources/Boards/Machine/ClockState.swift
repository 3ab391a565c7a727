import SavedState

/// The machine's time as it is saved.
struct ClockState: DeviceState {
  /// The latest time that is saved: 18 years. Behind it there is room for deadlines, which would be past for ever if
  /// they wrapped round, and for counts of chips that have run all the time.
  static let limit: Int64 = 1 << 59

  /// Nanoseconds since power on.
  var now: Int64 = 0
  /// The guest's wall-clock time at power on, nanoseconds since 1970.
  var epoch: Int64 = 0

  static let table = StateTable<ClockState>("clock") {
    saved(\.now, in: 0...limit)
    saved(\.epoch)
  }
}
