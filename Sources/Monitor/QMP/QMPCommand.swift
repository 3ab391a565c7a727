import SavedState

/// A command of QMP: everything about it, introspection and the checking of arguments included, is read off this.
package struct QMPCommand: Sendable {
  typealias Handler = @Sendable (Control, QMPArguments) throws(CommandError) -> JSONValue

  /// As in `query-status`.
  package let name: String
  /// One line.
  package let summary: String
  let arguments: QMPObject
  let result: QMPType
  let handler: Handler

  init(
    _ name: String, _ summary: String, _ arguments: [QMPMember] = [], returns result: QMPType = .nothing,
    _ handler: @escaping Handler
  ) {
    self.name = name
    self.summary = summary
    self.arguments = arguments.isEmpty ? QMPObject("Nothing", []) : QMPObject("\(name)-arguments", arguments)
    self.result = result
    self.handler = handler
  }

  /// One that gives nothing back.
  static func action(
    _ name: String, _ summary: String, _ arguments: [QMPMember] = [],
    _ handler: @escaping @Sendable (Control, QMPArguments) throws(CommandError) -> Void
  ) -> QMPCommand {
    QMPCommand(name, summary, arguments) { control, arguments throws(CommandError) in
      try handler(control, arguments)
      return .object([])
    }
  }

  /// Every command, by name.
  package static let all: [QMPCommand] =
    (session + running + machine + balloon + hostThings + network + input + files + objects + state + migration + jobs)
    .sorted { $0.name < $1.name }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  static func named(_ name: String) -> QMPCommand? { byName[name] }

  /// Checks `arguments` and carries the command out.
  func run(_ control: Control, _ arguments: [JSONMember]) throws(CommandError) -> JSONValue {
    try self.arguments.check(arguments)
    return try handler(control, QMPArguments(arguments))
  }
}
