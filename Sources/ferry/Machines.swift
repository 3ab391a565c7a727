import ArgumentParser
import Boards
import Host

/// `ferry machines [NAME]`.
struct Machines: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the boards, or print one's resolved map.")

  @Argument(help: "A board's name, with or without a version, or a board file.")
  var name: String?

  @Option(name: .customShort("L"), help: "Another place for board files.")
  var folder: [String] = []

  @Option(help: "For how many CPUs to resolve it.")
  var smp = 1

  func run() throws {
    let files = BoardFiles(DataFolders(extra: folder))
    guard let name else {
      for entry in files.all {
        for board in try files.versions(file: entry.path) {
          print("  \(board.fullName.padding(18))\(board.summary)")
        }
      }
      return
    }
    print(try BoardMap(board: try files.board(name), cpus: smp).text, terminator: "")
  }
}
