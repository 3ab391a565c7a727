import SavedState

extension MigrationError {
  /// What of the other side's state does not fit this machine.
  init(_ error: LoadError) {
    self.init(error.faults.map { "\($0.path): \($0.found) there, \($0.expected) here" })
  }

  /// What of this machine's state its board's version cannot hold.
  init(_ error: SaveError) { self.init(error.faults.map(\.description)) }
}
