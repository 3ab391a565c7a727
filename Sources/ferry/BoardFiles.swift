import Boards
import DeviceModel
import Host

/// Finds boards by name or file.
struct BoardFiles {
  let folders: DataFolders

  init(_ folders: DataFolders) { self.folders = folders }

  /// The board that `-M TEXT` means: a file when it looks like one, else a name with or without a version.
  func board(_ text: String) throws -> BoardDescription {
    let option = OptionText(text)
    if let (key, _) = option.pairs.first {
      throw OptionError("-M: boards take no parameter \"\(key)\" in this version")
    }
    let name = option.kind
    if name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/") {
      return try versions(file: name)[0]
    }
    let known = all
    for entry in known {
      let versions = try versions(file: entry.path)
      if let newest = versions.first, newest.name == name { return newest }
      if let exact = versions.first(where: { $0.fullName == name }) { return exact }
    }
    throw OptionError.unknown("board", name, among: known.map(\.name))
  }

  /// The installed boards.
  var all: [(name: String, path: String)] {
    folders.list("machines", suffix: ".yaml").compactMap { file in
      folders.find("machines/" + file).map { (String(file.dropLast(5)), $0) }
    }
  }

  /// Every version in a board file, newest first.
  func versions(file: String) throws -> [BoardDescription] {
    let bytes = try HostFile.read(file, what: "board file", limit: 1 << 20)
    return try BoardReader(String(decoding: bytes, as: UTF8.self), file: file).versions()
  }
}
