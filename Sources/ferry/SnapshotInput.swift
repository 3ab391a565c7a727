import Boards
import Host
import SavedState
import Snapshots

/// A snapshot as the commands read it: a file of the format, or its JSON text.
struct SnapshotInput {
  let path: String
  let contents: SnapshotContents
  /// Nil for a JSON text.
  let memory: SnapshotMemory?
  private let pages: SparsePages?

  init(_ path: String) throws {
    self.path = path
    if path.hasSuffix(".json") {
      let bytes = try HostFile.read(path, what: "snapshot", limit: 2 << 30)
      let (contents, pages) = try SnapshotJSON.read(bytes, file: path)
      self.contents = contents
      self.pages = pages
      memory = nil
    } else {
      let file = try SnapshotFile(path)
      contents = try file.contents()
      memory = try SnapshotMemory(file)
      pages = nil
    }
  }

  /// The tree with the names of its enumerations' values.
  var tree: StateNode { Catalogue.naming(contents.tree) }

  /// Writes `contents` with this file's memory to `path`.
  func write(_ contents: SnapshotContents, to path: String, _ options: SnapshotOptions) throws {
    let writer = try SnapshotWriter(path, contents, options)
    if let memory { try writer.writeAll(from: memory) }
    if let pages { try writer.writeAll(from: pages) }
    try writer.finish()
  }

  /// A path in the tree, or what is wrong with the text.
  static func path(_ text: String) throws(OptionError) -> StatePath {
    guard let path = StatePath(text) else {
      throw OptionError("\"\(text)\" is no path such as /machine/serial0/line")
    }
    return path
  }

  /// What is at `path`, as text.
  func text(at path: StatePath) throws(HostError) -> String {
    if path.steps.isEmpty { return tree.text }
    if let node = tree.node(at: path) { return node.text }
    guard let value = tree.value(at: path) else { throw HostError("\(self.path): there is nothing at \(path)") }
    return value.text + "\n"
  }
}
