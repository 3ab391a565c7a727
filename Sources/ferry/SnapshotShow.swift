import ArgumentParser
import Snapshots

/// `ferry snapshot show FILE [PATH]`.
struct SnapshotShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print the state of the devices, or what is below a path.")

  @Argument(help: "A snapshot.")
  var file: String

  @Argument(help: "A path, such as /machine/serial0.")
  var path: String?

  @Flag(help: "The board, how it is equipped and its host resources instead.")
  var board = false

  func run() throws {
    let path = try SnapshotInput.path(path ?? "/")
    // Memory is not looked at: the state can be read where a base is missing.
    if board, !file.hasSuffix(".json") {
      let contents = try SnapshotFile(file).contents()
      return print(contents.boardText + contents.setup.text + contents.slots.text, terminator: "")
    }
    print(try SnapshotInput(file).text(at: path), terminator: "")
  }
}
