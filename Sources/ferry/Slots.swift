import Glibc
import Host
import Snapshots

/// Ten places for snapshots of a machine, from 0 to 9, for those who sit in front of it.
struct Slots {
  /// Where they are.
  let folder: String
  /// Whose they are, as the beginning of a file's name.
  let name: String

  /// The slots in `folder`, or those of the machines called `name`: a folder of that name in ferry's of the user's state
  /// folder (XDG Base Directory Specification, `XDG_STATE_HOME`).
  init(folder: String?, name: String) {
    let safe = name.replacing("/", with: "_")
    self.name = safe == "." || safe == ".." ? "_" : safe
    if let folder {
      self.folder = folder
      return
    }
    let state = getenv("XDG_STATE_HOME").map { String(cString: $0) } ?? ""
    let home = getenv("HOME").map { String(cString: $0) } ?? "."
    // The specification has relative paths ignored.
    let base = state.hasPrefix("/") ? state : home + "/.local/state"
    self.folder = base + "/ferry/" + self.name
  }

  /// The file of slot `number`.
  func path(_ number: Int) -> String { "\(folder)/slot-\(number).ferry" }

  /// The path to save slot `number` to; its folder is there afterwards.
  func prepare(_ number: Int) throws(HostError) -> String {
    try HostFile.makeFolder(folder, what: "slots")
    return path(number)
  }

  /// A line for each slot: when it was saved, by the file.
  var list: [String] {
    (0...9).map { number in
      var status = stat()
      guard stat(path(number), &status) == 0 else { return "  \(number)  empty" }
      return "  \(number)  \(SnapshotSeries.text(Int64(status.st_mtim.tv_sec) * 1_000_000_000))"
    }
  }
}
