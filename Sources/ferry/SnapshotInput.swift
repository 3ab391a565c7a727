import ArgumentParser
import Boards
import Glibc
import Host
import Monitor
import SavedState
import Snapshots

/// A snapshot as the commands read it: a file of the format, its JSON text, or what a running machine would save now.
struct SnapshotInput {
  /// What arguments of commands are.
  static let help: ArgumentHelp = "A snapshot, or unix:PATH, the QMP socket of a running machine."

  let path: String
  let contents: SnapshotContents
  /// Nil for a JSON text, and where the memory was not asked for.
  let memory: SnapshotMemory?
  /// Whether the file's chunks are compressed.
  let isCompressed: Bool
  private let pages: SparsePages?

  /// With `memory` that can be read too: of a running machine it is written to a file that goes away at once.
  init(_ path: String, memory withMemory: Bool = false) throws {
    self.path = path
    if let address = Self.socket(path) {
      let client = try QMPClient(address)
      guard withMemory else {
        (contents, _) = try SnapshotJSON.read(try client.execute("x-ferry-snapshot-contents"))
        memory = nil
        pages = nil
        isCompressed = false
        return
      }
      let file = try Self.take(client, path)
      contents = try file.contents()
      memory = try SnapshotMemory(file)
      pages = nil
      isCompressed = false
    } else if path.hasSuffix(".json") {
      let bytes = try HostFile.read(path, what: "snapshot", limit: 2 << 30)
      let (contents, pages) = try SnapshotJSON.read(bytes, file: path)
      self.contents = contents
      self.pages = pages
      memory = nil
      isCompressed = false
    } else {
      let file = try SnapshotFile(path)
      contents = try file.contents()
      memory = withMemory ? try SnapshotMemory(file) : nil
      pages = nil
      isCompressed = file.isCompressed
    }
  }

  /// The socket that `text` names; nil for a file.
  static func socket(_ text: String) -> SocketAddress? {
    var status = stat()
    let isSocket = stat(text, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    return isSocket || text.hasPrefix("unix:") || text.hasPrefix("tcp:") ? SocketAddress(text) : nil
  }

  /// A snapshot of the machine that `client` talks to. Its file has no name any more.
  private static func take(_ client: QMPClient, _ name: String) throws -> SnapshotFile {
    var template = Array("/tmp/ferry-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let folder = made else { throw HostError("\(name): /tmp: \(String(cString: strerror(errno)))") }
    let path = folder + "/now\(SnapshotFormat.suffix)"
    defer {
      unlink(path)
      rmdir(folder)
    }
    let answer = try client.execute(
      "human-monitor-command", [JSONMember("command-line", .string("savevm \(path)"))])
    if case .string(let words) = answer, !words.isEmpty { throw HostError("\(name): \(words)") }
    return try SnapshotFile(path)
  }

  /// The tree with the names of its enumerations' values.
  var tree: StateNode { Catalogue.naming(contents.tree) }

  /// Writes `contents` with this file's memory to `path`.
  func write(_ contents: SnapshotContents, to path: String, _ options: SnapshotOptions) throws {
    var options = options
    for delta in try memory?.chain.first?.deltas() ?? [] { options.disks[delta.name] = delta }
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
