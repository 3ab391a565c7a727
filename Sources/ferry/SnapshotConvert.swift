import ArgumentParser
import Boards
import Host
import SavedState
import Snapshots

/// `ferry snapshot convert FROM TO`.
struct SnapshotConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a snapshot anew: without its base, compressed or not, as JSON and back, for an older board.",
    discussion: "A file whose name ends with .json is, or becomes, a JSON text.")

  /// The level where none is named: the best that is as fast as a disk.
  static let level: Int32 = 3

  @Argument(help: SnapshotInput.help)
  var from: String

  @Argument(help: "The file to write.")
  var to: String

  @Flag(inversion: .prefixedNo, help: "Compress the memory; as it was, where neither is said.")
  var compress: Bool?

  @Option(help: "How much to compress, 1 to 19.")
  var level: Int?

  @Flag(help: "Store all of the memory. Without this, the difference to a base stays one.")
  var flatten = false

  @Option(help: "Store only the difference to this snapshot.")
  var base: String?

  @Option(help: "For this version of the board, such as microvm-1.")
  var board: String?

  @Option(help: "Another comment.")
  var comment: String?

  @Option(name: .customShort("L"), help: "Another place for board files.")
  var folder: [String] = []

  func run() throws {
    if let level, !(1...19).contains(level) { throw OptionError("--level \(level): expected 1 to 19") }
    guard base == nil || !flatten else { throw OptionError("--base and --flatten exclude each other") }
    let input = try SnapshotInput(from, memory: true)
    var contents = input.contents
    if let comment { contents.header.comment = comment }
    if let board { try lower(&contents, to: try BoardFiles(DataFolders(extra: folder)).board(board)) }
    if to.hasSuffix(".json") {
      guard let memory = input.memory else { throw OptionError("\(from) is a JSON text already") }
      guard contents.disks.isEmpty else {
        throw OptionError("\(from): what the disks of \(contents.disks.joined(separator: ", ")) had is no text")
      }
      contents.tree = Catalogue.naming(contents.tree)
      let text = try SnapshotJSON.text(contents, memory)
      return try HostFile.write(text, to: to, what: "snapshot")
    }
    var options = SnapshotOptions()
    if compress ?? (level != nil || input.isCompressed) { options.compression = Int32(level ?? Int(Self.level)) }
    if let base {
      options.base = try SnapshotMemory(try SnapshotFile(base))
    } else if !flatten {
      options.base = input.memory?.base
    }
    try input.write(contents, to: to, options)
  }

  /// Makes `contents` those of an older board.
  private func lower(_ contents: inout SnapshotContents, to board: BoardDescription) throws {
    guard board.name == contents.header.board else {
      throw OptionError("\(from) is of \(contents.header.board), not of \(board.name)")
    }
    do throws(SaveError) {
      contents.tree = try board.lower(contents.tree)
    } catch {
      throw HostError("\(from): \(board.fullName) cannot hold it:\n\(error)")
    }
    contents.boardText = board.canonicalText
    contents.header.boardVersion = UInt32(clamping: board.version)
  }
}
