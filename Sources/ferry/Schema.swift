import ArgumentParser
import Boards
import DeviceModel
import Host
import SavedState
import Snapshots

/// `ferry schema [MODEL|MACHINE]`.
struct Schema: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print what is saved of a model, of a board, or of all.")

  /// How it is printed.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case jsonSchema = "json-schema"
    case asn1
    case text
  }

  @Argument(help: "A model or a board; all models when there is none.")
  var name: String?

  @Option(help: "json-schema, asn1 or text.")
  var format = Format.text

  @Option(name: .customShort("L"), help: "Another place for board files.")
  var folder: [String] = []

  @Option(help: "Say whether this snapshot fits the tables of this program.")
  var against: String?

  func run() throws {
    if let against { return try check(against) }
    let tables = try tables()
    switch format {
    case .text: print(tables.map(\.schema).joined(separator: "\n"), terminator: "")
    case .asn1: print(ASN1Module.text(tables), terminator: "")
    case .jsonSchema: print(JSONSchema.text(tables), terminator: "")
    }
  }

  /// Prints every row of the snapshot at `path` that its table no longer takes.
  private func check(_ path: String) throws {
    let tree = try SnapshotFile(path).contents().tree
    let faults = Catalogue.faults(of: tree)
    guard faults.isEmpty else {
      for fault in faults { print(fault) }
      throw HostError("\(path): \(faults.count) rows do not fit the tables of this program")
    }
    print("\(path): fits")
  }

  private func tables() throws -> [AnyStateTable] {
    guard let name else { return Catalogue.models.map(Catalogue.table) }
    if let type = Catalogue.model(name) { return [Catalogue.table(of: type)] }
    let files = BoardFiles(DataFolders(extra: folder))
    let boards = files.all.map(\.name)
    let known = Catalogue.names + boards
    guard boards.contains(where: { name == $0 || name.hasPrefix($0 + "-") }) || name.hasSuffix(".yaml") else {
      throw OptionError.unknown("model or board", name, among: known)
    }
    let models = Set(try files.board(name).devices.map(\.model))
    return Catalogue.models.filter { models.contains($0.model.name) }.map(Catalogue.table)
  }
}
