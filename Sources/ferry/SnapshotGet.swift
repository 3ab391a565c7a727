import ArgumentParser
import Host

/// `ferry snapshot get FILE PATH`.
struct SnapshotGet: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "get", abstract: "Print one value.")

  @Argument(help: SnapshotInput.help)
  var file: String

  @Argument(help: "The value's path, such as /machine/serial0/line.")
  var path: String

  func run() throws {
    let input = try SnapshotInput(file)
    let path = try SnapshotInput.path(path)
    guard let value = input.tree.value(at: path) else { throw HostError("\(file): there is no value at \(path)") }
    print(value.text)
  }
}
