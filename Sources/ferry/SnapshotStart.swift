import Boards
import Snapshots

/// `-loadvm FILE`: a run that goes on where a snapshot was saved.
struct SnapshotStart {
  private let file: SnapshotFile
  let saved: SavedBoard

  /// - Throws: `SnapshotError` when the file is damaged; the memory is not looked at yet.
  init(_ path: String) throws(SnapshotError) {
    file = try SnapshotFile(path)
    saved = try SavedBoard(try file.contents(), from: path)
  }

  /// What the guest had printed last.
  var console: String { file.header.console }

  /// Puts the machine into the file's state, or says everything that does not fit.
  func load(into machine: Machine) throws(SnapshotError) { try machine.loadLate(file) }
}
