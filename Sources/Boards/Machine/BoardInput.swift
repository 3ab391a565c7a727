/// Inputs of the board itself, as wires name them: `board.a20`.
enum BoardInput: String, CaseIterable {
  /// While any of its drivers is high, address bit 20 of all CPUs is let through.
  case a20
  /// While it is low, the boot aliases of ROMs answer.
  case remap

  static let device = "board"
}
