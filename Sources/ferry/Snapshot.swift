import ArgumentParser

/// `ferry snapshot …`: snapshot files, looked at and changed without a machine.
struct Snapshot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look at snapshot files, compare, check and convert them.",
    subcommands: [
      SnapshotInfo.self, SnapshotShow.self, SnapshotGet.self, SnapshotSet.self, SnapshotDiff.self, SnapshotVerify.self,
      SnapshotCheck.self, SnapshotConvert.self,
    ])
}
