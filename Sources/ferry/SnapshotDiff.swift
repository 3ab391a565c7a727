import ArgumentParser
import Boards
import DeviceModel
import Host
import SavedState
import Snapshots

/// `ferry snapshot diff A B`.
struct SnapshotDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Say how two snapshots or machines differ: fields, registers, ranges of memory.",
    discussion: "The exit status is 0 when they are the same machine in the same state, else 1.")

  @Argument(help: SnapshotInput.help)
  var first: String

  @Argument(help: "Another, or another's.")
  var second: String

  @Option(help: "A System.map of the guest's kernel: memory is also told by its symbols.")
  var symbols: String?

  @Option(help: "What to take from the symbols' addresses to get physical ones, such as 0xc0000000.")
  var offset: String?

  @Option(help: "How many ranges and symbols are told of each block.")
  var limit = 20

  func run() throws {
    let a = try SnapshotInput(first, memory: true)
    let b = try SnapshotInput(second, memory: true)
    var lines: [String] = []
    lines += Self.boards(a.contents, b.contents)
    lines += a.contents.setup.differences(to: b.contents.setup).map(\.description)
    lines += a.contents.slots.differences(to: b.contents.slots).map(\.description)
    lines += a.tree.differences(to: b.tree).map(Self.field)
    lines += RegisterComparison.lines(a, b)
    if let mine = a.memory, let theirs = b.memory {
      let map = try symbols.map { try SymbolMap($0).physical(offset: offset) }
      lines += try MemorySummary.lines(mine, theirs, map, limit: max(1, limit))
    } else {
      throw OptionError("diff compares snapshots, not JSON texts; convert makes one of the other")
    }
    for line in lines { print(line) }
    if !lines.isEmpty { throw ExitCode(1) }
  }

  private static func boards(_ a: SnapshotContents, _ b: SnapshotContents) -> [String] {
    let mine = a.boardText.split(separator: "\n")
    let theirs = b.boardText.split(separator: "\n")
    return theirs.difference(from: mine).map { change in
      switch change {
      case .remove(_, let line, _): "board, only in the first: \(line)"
      case .insert(_, let line, _): "board, only in the second: \(line)"
      }
    }
  }

  /// A difference, numbers also with the bits that changed.
  private static func field(_ difference: StateDifference) -> String {
    guard let before = difference.before.flatMap({ UInt64($0) }), let after = difference.after.flatMap({ UInt64($0) })
    else { return difference.description }
    return "\(difference.path): \(BitText.change(before, after))"
  }
}
