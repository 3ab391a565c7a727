import Boards
import SavedState
import Snapshots

/// The machine's state by path: `x-ferry-state-…`.
extension QMPCommand {
  static let state: [QMPCommand] = [
    QMPCommand(
      "x-ferry-state-get", "the state at a path: a device, a row, or what lies in it",
      [QMPMember("path", .string)], returns: .any
    ) { control, arguments throws(CommandError) in
      switch try control.place(try control.path(arguments.text("path"))) {
      case .node(let node): node.shownJSON
      case .value(let value): value.json
      }
    },
    .action(
      "x-ferry-state-set", "replaces the value at a path; the machine stays as it is when the value does not fit",
      [QMPMember("path", .string), QMPMember("value", .any)]
    ) { control, arguments throws(CommandError) in
      try set(control, try control.path(arguments.text("path")), arguments["value"] ?? .null)
    },
    QMPCommand(
      "x-ferry-state-schema", "the rows at a path",
      [QMPMember("path", .string)],
      returns: .list(
        "StateRowInfo",
        [
          QMPMember("name", .string), QMPMember("type", .string),
          QMPMember("role", .enumeration("StateRole", ["saved", "derived", "fixed"])),
          QMPMember("since", .integer), QMPMember("must-understand", .boolean),
          QMPMember("minimum", .integer, optional: true), QMPMember("maximum", .integer, optional: true),
          QMPMember("symbols", .array(.string), optional: true), QMPMember("doc", .string, optional: true),
        ])
    ) { control, arguments throws(CommandError) in
      .array(try rows(control, try control.path(arguments.text("path"))).map(describe))
    },
    QMPCommand(
      "x-ferry-snapshot-contents", "everything of a snapshot but the memory, as a snapshot's JSON text has it",
      returns: .any
    ) { control, _ throws(CommandError) in SnapshotJSON.value(try control.snapshotContents()) },
    QMPCommand(
      "x-ferry-state-digest", "a number that machines in the same state share",
      returns: .object(
        QMPObject(
          "StateDigest",
          [
            QMPMember("digest", .string), QMPMember("tree", .string),
            QMPMember("memory", .list("MemoryDigest", [QMPMember("name", .string), QMPMember("digest", .string)])),
          ]))
    ) { control, _ in
      func text(_ digest: UInt64) -> JSONValue {
        let digits = String(digest, radix: 16)
        return .string(String(repeating: "0", count: 16 - digits.count) + digits)
      }
      let digest = StateDigest(control.machine)
      return .object([
        "digest": text(digest.combined), "tree": text(digest.tree),
        "memory": .array(digest.memory.map { .object(["name": .string($0.name), "digest": text($0.digest)]) }),
      ])
    },
  ]

  static func set(_ control: Control, _ path: StatePath, _ json: JSONValue) throws(CommandError) {
    guard case .value(let old) = try control.place(path) else {
      throw CommandError("\(path) is a device; what can be set is below it")
    }
    // What is sent has no derived rows in it, and neither has what is set.
    let sent = control.machine.save().value(at: path)
    try control.setValue(path, try StateValue(json, try control.shape(path), old: sent ?? old))
  }

  /// The rows of the node, nested state or subsection at `path`, or the one row of a plain value.
  private static func rows(_ control: Control, _ path: StatePath) throws(CommandError) -> [StateRow] {
    if path.steps.count == 2, path.steps[0] == .name("machine"), case .name(let name) = path.steps[1],
      let table = control.table(name)
    {
      return table.rows
    }
    switch try control.shape(path) {
    case .table(let table): return table.rows
    case .subsection(let rows): return rows
    case .array(.table(let table), _), .list(.table(let table), _), .optional(.table(let table)): return table.rows
    default:
      guard case .name(let last)? = path.steps.last else { throw control.noPlace(path) }
      let parent = StatePath(Array(path.steps.dropLast()))
      return try rows(control, parent).filter { $0.name == last }
    }
  }

  private static func describe(_ row: StateRow) -> JSONValue {
    var members = [
      JSONMember("name", .string(row.name)), JSONMember("type", .string(row.shape.type)),
      JSONMember("role", .string("\(row.role)")), JSONMember("since", .integer(Int128(row.since))),
      JSONMember("must-understand", .bool(row.mustUnderstand)),
    ]
    if case .integer(_, let range) = row.shape {
      members.append(JSONMember("minimum", .integer(range.lowerBound)))
      members.append(JSONMember("maximum", .integer(range.upperBound)))
    }
    if case .enumeration(_, _, let symbols) = row.shape {
      members.append(JSONMember("symbols", .array(symbols.map { .string($0.name) })))
    }
    if !row.doc.isEmpty { members.append(JSONMember("doc", .string(row.doc))) }
    return .object(members)
  }
}
