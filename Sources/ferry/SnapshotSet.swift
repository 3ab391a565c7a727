import ArgumentParser
import Boards
import Host
import Monitor
import SavedState
import Snapshots

/// `ferry snapshot set FILE PATH VALUE`.
struct SnapshotSet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Change one value. The file is replaced, or the machine changed, when all of it fits."
  )

  @Argument(help: SnapshotInput.help)
  var file: String

  @Argument(help: "The value's path, such as /machine/serial0/line.")
  var path: String

  @Argument(help: "A number (decimal, or hexadecimal with 0x), true or false, bytes as hexadecimal digits, a text.")
  var value: String

  @Option(name: .shortAndLong, help: "Leave the file, and write this one.")
  var output: String?

  func run() throws {
    let socket = SnapshotInput.socket(file)
    let input = try SnapshotInput(file, memory: socket == nil)
    let path = try SnapshotInput.path(path)
    guard let old = input.tree.value(at: path) else { throw HostError("\(file): there is no value at \(path)") }
    guard let new = StateValue(value, like: old) else {
      throw HostError("\(path) holds \(old.kind), and \"\(value)\" is none")
    }
    if let socket {
      guard output == nil else { throw OptionError("-o: what is set in a running machine goes into no file") }
      try Self.set(new, at: path, in: socket)
      return print("\(path): \(old.text) -> \(new.text)")
    }
    var contents = input.contents
    do {
      try contents.tree.set(new, at: path)
    } catch {
      throw HostError("\(file): \(error)")
    }
    let before = Set(Catalogue.faults(of: input.contents.tree).map(\.description))
    let faults = Catalogue.faults(of: contents.tree).map(\.description).filter { !before.contains($0) }
    guard faults.isEmpty else { throw HostError(faults.joined(separator: "\n")) }
    let compression: Int32? = input.isCompressed ? SnapshotConvert.level : nil
    let options = SnapshotOptions(compression: compression, base: input.memory?.base)
    let target = output ?? file
    guard !target.hasSuffix(".json") else { throw OptionError("\(target): convert the text to a snapshot first") }
    try input.write(contents, to: target, options)
    print("\(path): \(old.text) -> \(new.text)")
  }

  /// Changes the machine at `socket`, which checks the value as a load does.
  private static func set(_ value: StateValue, at path: StatePath, in socket: SocketAddress) throws {
    let arguments = [JSONMember("path", .string(path.description)), JSONMember("value", value.json)]
    do {
      _ = try QMPClient(socket).execute("x-ferry-state-set", arguments)
    } catch let error as CommandError {
      throw HostError("\(socket): \(error)")
    }
  }
}
