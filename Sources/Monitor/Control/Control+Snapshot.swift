import Boards
import Host
import SavedState
public import Snapshots

/// Snapshots of the whole machine, which stands still meanwhile.
extension Control {
  /// Saves the machine to a snapshot at `path`: that is there whole then, or what was there before. The guest runs on
  /// afterwards where it ran before, also when the save failed.
  ///
  /// - Parameter progress: told how many bytes of memory are done; says whether to go on.
  public func saveSnapshot(
    to path: String, comment: String = "", _ options: SnapshotOptions = SnapshotOptions(),
    progress: (Int) -> Bool = { _ in true }
  ) throws(CommandError) {
    let wasRunning = machine.isRunning
    if wasRunning { machine.pause(.saveVM) }
    defer { if wasRunning { machine.resume() } }
    let notes = notes(comment)
    do throws(SnapshotError) {
      try machine.save(to: path, notes, options, progress: progress)
    } catch {
      throw CommandError(error.description.split(separator: "\n").joined(separator: "; "))
    }
  }

  /// What a snapshot's header would say now.
  func notes(_ comment: String = "") -> SnapshotNotes {
    var notes = SnapshotNotes()
    notes.wallTime = HostClock.wall
    notes.comment = comment
    notes.console = host.console
    if let picture = host.makePicture() { notes.thumbnail = Thumbnail.png(of: picture) }
    return notes
  }

  /// Everything of a snapshot of the machine as it is but its memory.
  func snapshotContents() throws(CommandError) -> SnapshotContents {
    do throws(SaveError) { return try machine.contents(notes()) } catch { throw CommandError("\(error)") }
  }

  /// Loads the snapshot at `path` into the machine: all of it, or nothing, with everything said that is damaged or
  /// does not fit. The guest runs on afterwards where it ran before.
  public func loadSnapshot(from path: String) throws(CommandError) {
    let wasRunning = machine.isRunning
    if wasRunning { machine.pause(.restoreVM) }
    defer { if wasRunning { machine.resume() } }
    do throws(SnapshotError) {
      let file = try SnapshotFile(path)
      try machine.load(file)
      host.console = file.header.console
    } catch {
      throw CommandError(error.description.split(separator: "\n").joined(separator: "; "))
    }
  }
}
