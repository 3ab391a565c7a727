import ArgumentParser
import Boards
import Host
import SavedState
import Snapshots

/// `ferry snapshot set FILE PATH VALUE`.
struct SnapshotSet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Change one value. The file is replaced when all of it fits.")

  @Argument(help: "A snapshot.")
  var file: String

  @Argument(help: "The value's path, such as /machine/serial0/line.")
  var path: String

  @Argument(help: "A number (decimal, or hexadecimal with 0x), true or false, bytes as hexadecimal digits, a text.")
  var value: String

  @Option(name: .shortAndLong, help: "Leave the file, and write this one.")
  var output: String?

  func run() throws {
    let input = try SnapshotInput(file)
    let path = try SnapshotInput.path(path)
    guard let old = input.tree.value(at: path) else { throw HostError("\(file): there is no value at \(path)") }
    guard let new = StateValue(value, like: old) else {
      throw HostError("\(path) holds \(old.kind), and \"\(value)\" is none")
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
    let compression: Int32? = (try? SnapshotFile(file).isCompressed) == true ? SnapshotConvert.level : nil
    let options = SnapshotOptions(compression: compression, base: input.memory?.base)
    let target = output ?? file
    guard !target.hasSuffix(".json") else { throw OptionError("\(target): convert the text to a snapshot first") }
    try input.write(contents, to: target, options)
    print("\(path): \(old.text) -> \(new.text)")
  }
}
