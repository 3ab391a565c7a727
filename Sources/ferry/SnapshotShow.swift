import ArgumentParser
import Snapshots

/// `ferry snapshot show FILE [PATH]`.
struct SnapshotShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print the state of the devices, or what is below a path.")

  @Argument(help: SnapshotInput.help)
  var file: String

  @Argument(help: "A path, such as /machine/serial0.")
  var path: String?

  @Flag(help: "The board, how it is equipped and its host resources instead.")
  var board = false

  func run() throws {
    let path = try SnapshotInput.path(path ?? "/")
    // Memory is not looked at: the state can be read where a base is missing.
    let input = try SnapshotInput(file)
    let contents = input.contents
    print(
      board ? contents.boardText + contents.setup.text + contents.slots.text : try input.text(at: path), terminator: "")
  }
}
