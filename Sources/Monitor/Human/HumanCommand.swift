/// A command of the human monitor: what help, completion and the check of arguments are read off.
struct HumanCommand: Sendable {
  typealias Handler = @Sendable (HumanMonitor, HumanArguments) throws(CommandError) -> String

  let name: String
  let alias: String?
  let arguments: [HumanArgument]
  /// One line.
  let summary: String
  /// Commands of which the next word names one; then there is no handler.
  let subcommands: [HumanCommand]
  let handler: Handler?

  init(
    _ name: String, alias: String? = nil, _ arguments: [HumanArgument] = [], _ summary: String,
    _ handler: @escaping Handler
  ) {
    self.name = name
    self.alias = alias
    self.arguments = arguments
    self.summary = summary
    self.handler = handler
    subcommands = []
  }

  init(_ name: String, of subcommands: [HumanCommand], _ summary: String) {
    self.name = name
    alias = nil
    arguments = []
    self.summary = summary
    self.subcommands = subcommands
    handler = nil
  }

  /// How it is typed.
  var usage: String {
    var text = alias.map { "\(name)|\($0)" } ?? name
    if !subcommands.isEmpty { text += " SUBJECT" }
    for argument in arguments {
      if case .format = argument.kind { text += argument.usage } else { text += " " + argument.usage }
    }
    return text
  }

  /// Every command, in the order of the help.
  static let all = (running + memory + network + human + logging + state + snapshots + migration).sorted {
    $0.name < $1.name
  }

  /// The command called `name`, also by its alias.
  static func named(_ name: String, in list: [HumanCommand] = all) -> HumanCommand? {
    list.first { $0.name == name || $0.alias == name }
  }
}
