/// What a migration can be told to do, by the names that clients of QMP know.
public enum MigrationCapability: String, Sendable, CaseIterable {
  /// Slows the guest down when it changes pages faster than they can be sent.
  case autoConverge = "auto-converge"
  /// Disks are copied to those of the destination, and not handed over.
  case block
  /// Data of pages is compressed, with zstd.
  case compress
  /// Events MIGRATION and MIGRATION_PASS.
  case events
  /// Pages of rounds go over several connections side by side, where the other side can be connected to more than once.
  case multifd
  /// Waits before the guest is stopped for good, until `migrate-continue`.
  case pauseBeforeSwitchover = "pause-before-switchover"
  /// The guest may run at the destination before all of its memory is there.
  case postcopyRAM = "postcopy-ram"
  /// Both sides make the digest of the memory from all of it while the guest stands still.
  case verifyMemory = "x-verify-memory"

  /// Pages that were sent before are sent as the difference to what they were.
  case xbzrle

  /// Whether the other side has to know of it.
  var isShared: Bool { [.block, .compress, .multifd, .postcopyRAM, .verifyMemory, .xbzrle].contains(self) }

  /// Those of `offered` that a peer has named, which may know others.
  static func agreed(_ names: Set<String>, of offered: some Sequence<Self>) -> Set<Self> {
    Set(offered.filter { $0.isShared && names.contains($0.rawValue) })
  }
}
