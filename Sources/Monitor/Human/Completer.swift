import Boards
import DeviceModel
import Engine
import SavedState

/// What Tab offers in a line of the human monitor.
struct Completer {
  /// Words, and how much of the line they replace.
  struct Answer: Equatable {
    var words: [String]
    /// Characters before the cursor that they take the place of.
    var replacing: Int
    /// What follows when only one is left.
    var ending = " "
  }

  /// The most words that are offered.
  static let limit = 500
  private let monitor: HumanMonitor

  init(_ monitor: HumanMonitor) { self.monitor = monitor }

  /// What fits behind `line`, which ends where the cursor is.
  func answer(_ line: String) -> Answer {
    var words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    let last = line.isEmpty || line.last == " " ? "" : words.removeLast()
    guard let name = words.first else { return among(HumanCommand.all.map(\.name), last) }
    guard var command = HumanCommand.named(String(name.prefix { $0 != "/" })) else { return among([], last) }
    words.removeFirst()
    while !command.subcommands.isEmpty {
      guard !words.isEmpty else { return among(command.subcommands.map(\.name), last) }
      guard let next = HumanCommand.named(words.removeFirst(), in: command.subcommands) else { return among([], last) }
      command = next
    }
    if let dollar = last.lastIndex(of: "$") {
      let typed = String(last[dollar...])
      let names = (try? monitor.debug())?.debugRegisters.map { "$" + $0.name } ?? []
      return among(names + ["$pc"], typed)
    }
    let arguments = command.arguments.filter { if case .format = $0.kind { false } else { true } }
    guard let argument = words.count < arguments.count ? arguments[words.count] : arguments.last else {
      return among([], last)
    }
    return answer(argument, last)
  }

  private func answer(_ argument: HumanArgument, _ word: String) -> Answer {
    let control = monitor.control
    switch argument.kind {
    case .flag, .option: return among([argument.name], word)
    case .choice(let words): return among(words, word)
    case .device: return among(control.machine.placed.map(\.name), word)
    case .command: return among(HumanCommand.all.map(\.name), word)
    case .keys: return among(control.keyNames, word.ending { $0 != "-" }, ending: "")
    case .logItems:
      return among(control.host.logSwitches.map(\.name) + ["none"], word.ending { $0 != "," }, ending: "")
    case .place: return word.contains("/") || !word.contains(".") ? path(word) : register(word)
    case .format, .expression, .word, .rest: return among([], word)
    }
  }

  private func among(_ words: [String], _ typed: String, ending: String = " ") -> Answer {
    let fitting = Set(words.filter { $0.hasPrefix(typed) }).sorted().prefix(Self.limit)
    return Answer(words: Array(fitting), replacing: typed.unicodeScalars.count, ending: ending)
  }

  /// `DEVICE.REGISTER` and `DEVICE.REGISTER.FIELD`.
  private func register(_ word: String) -> Answer {
    let parts = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let device = monitor.control.machine.placed.first(where: { $0.name == parts[0] }), parts.count <= 3 else {
      return among([], word)
    }
    if parts.count == 2 {
      return among(device.registers.filter { $0.access != .readOnly }.map(\.name), parts[1])
    }
    return among(device.registers.first { $0.name == parts[1] }?.fields.map(\.name) ?? [], parts[2])
  }

  /// A path, a step at a time.
  private func path(_ word: String) -> Answer {
    let typed = word.ending { $0 != "/" }
    let parent = String(word.dropLast(typed.count))
    let machine = monitor.control.machine
    if parent.isEmpty { return steps(machine.placed.map { ($0.name, true) }, typed) }
    if parent == "/" { return steps([("machine", true)], typed) }
    guard let path = try? monitor.statePath(String(parent.dropLast())) else { return steps([], typed) }
    guard path.steps.count > 1 else { return steps(machine.tables.map { ($0.name, true) }, typed) }
    guard case .name(let name) = path.steps[1], let node = machine.show(name) else { return steps([], typed) }
    guard path.steps.count > 2 else { return steps(Self.steps(of: node.state), typed) }
    guard case .group(let group)? = node.value(at: StatePath(Array(path.steps.dropFirst()))) else {
      return steps([], typed)
    }
    return steps(Self.steps(of: group), typed)
  }

  private static func steps(of group: StateGroup) -> [(String, Bool)] {
    group.attributes.flatMap { attribute -> [(String, Bool)] in
      switch attribute.value {
      case .group: return [(attribute.name, true)]
      case .list(let values):
        return values.enumerated().map { index, value in
          if case .group = value {
            ("\(attribute.name)[\(index)]", true)
          } else {
            ("\(attribute.name)[\(index)]", false)
          }
        }
      default: return [(attribute.name, false)]
      }
    }
  }

  private func steps(_ names: [(name: String, hasMore: Bool)], _ typed: String) -> Answer {
    let fitting = names.filter { $0.name.hasPrefix(typed) }
    var answer = among(fitting.map(\.name), typed)
    if fitting.count == 1, fitting[0].hasMore { answer.ending = "/" }
    return answer
  }
}

extension String {
  /// The longest end of which every character is such.
  fileprivate func ending(_ isSuch: (Character) -> Bool) -> String {
    var start = endIndex
    while start > startIndex, isSuch(self[index(before: start)]) { start = index(before: start) }
    return String(self[start...])
  }
}
