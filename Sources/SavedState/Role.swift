/// What becomes of one stored property when the machine is saved.
public enum Role: String, Sendable, CaseIterable {
  /// Written out, read back.
  case saved
  /// Never sent; recomputed by the device after a load.
  case derived
  /// Set when the board is built; sent, and a load compares it and never changes it.
  case fixed
}
