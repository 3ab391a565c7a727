public import Snapshots

/// Everything that reading a file is.
public enum SnapshotProbe {
  /// Reads and checks all of the file at `path`.
  ///
  /// - Throws: `SnapshotError` for anything but a whole snapshot.
  @discardableResult
  public static func read(_ path: String) throws(SnapshotError) -> SnapshotContents {
    let file = try SnapshotFile(path)
    let contents = try file.contents()
    try SnapshotMemory(file).verify()
    return contents
  }
}
