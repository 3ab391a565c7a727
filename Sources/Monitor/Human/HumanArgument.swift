/// One argument of a command of the human monitor.
struct HumanArgument: Sendable {
  /// What is typed for it, and what Tab offers.
  enum Kind: Sendable {
    /// `/`, a count, a form and a width in any order; right behind the command's name.
    case format
    /// The argument's name, typed as it is, or nothing.
    case flag
    /// The argument's name and a word behind it, which usage lines call so, or nothing.
    case option(String)
    /// Arithmetic over numbers and registers.
    case expression
    /// One of these words.
    case choice([String])
    /// A device of the board.
    case device
    /// A place in the state tree, or a register of a device.
    case place
    /// Keys, with hyphens between those that are pressed together.
    case keys
    /// Items of the log, with commas between.
    case logItems
    /// A command of the monitor.
    case command
    /// A word, or words in double quotes.
    case word
    /// All the rest of the line.
    case rest
  }

  /// The name in usage lines, and the one that handlers ask for.
  let name: String
  let kind: Kind
  let isOptional: Bool

  init(_ name: String, _ kind: Kind, optional isOptional: Bool = false) {
    self.name = name
    self.kind = kind
    self.isOptional = isOptional
  }

  /// Whether it is known by its name, wherever it stands among its like.
  var isSwitch: Bool {
    switch kind {
    case .flag, .option: true
    default: false
    }
  }

  /// What a usage line has for it.
  var usage: String {
    switch kind {
    case .format: "[/FORMAT]"
    case .flag: "[\(name)]"
    case .option(let value): "[\(name) \(value)]"
    case .choice(let words): isOptional ? "[\(words.joined(separator: "|"))]" : words.joined(separator: "|")
    default: isOptional ? "[\(name)]" : name
    }
  }
}
