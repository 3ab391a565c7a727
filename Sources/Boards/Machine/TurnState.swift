import SavedState

/// Which CPU has its turn. Part of the machine's state, so that a machine that was stopped or moved in the middle of a
/// round goes on as one that was not.
struct TurnState: DeviceState {
  /// Its number.
  var cpu: UInt32 = 0
  /// Instructions left of the turn; 0 when it has not begun.
  var left: Int64 = 0
  /// Whether a CPU has had something to do in this round.
  var isBusy = false

  static let table = StateTable<TurnState>("turn") {
    saved(\.cpu)
    saved(\.left, where: { $0 >= 0 })
    saved(\.isBusy)
  }
}
