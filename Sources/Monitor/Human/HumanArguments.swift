import DeviceModel

/// The arguments that were typed after a command, checked against its table row.
struct HumanArguments {
  private var texts: [String: String] = [:]
  private var numbers: [String: UInt64] = [:]
  /// The format, where one was given.
  private(set) var format = DumpFormat()

  /// Reads `line`, what follows the command's name.
  init(_ line: Substring, of command: HumanCommand, title: String, _ monitor: HumanMonitor) throws(CommandError) {
    var rest = line
    for (index, argument) in command.arguments.enumerated() {
      if argument.isSwitch {
        try readSwitches(command.arguments, &rest, title)
        continue
      }
      if case .format = argument.kind {
        if rest.first == "/" {
          format = try DumpFormat(rest.dropFirst().prefix { $0 != " " })
          rest = rest.drop { $0 != " " }
        }
        continue
      }
      rest = rest.drop { $0 == " " }
      guard !rest.isEmpty else {
        if argument.isOptional { continue }
        throw CommandError("\(title): \(argument.name) is missing; usage: \(usage(command, title))")
      }
      try read(argument, &rest, isLast: index == command.arguments.count - 1, monitor)
    }
    rest = rest.drop { $0 == " " }
    guard rest.isEmpty else {
      throw CommandError("\(title): \"\(rest.prefix(40))\" is too much; usage: \(usage(command, title))")
    }
  }

  private func usage(_ command: HumanCommand, _ title: String) -> String {
    command.usage.hasPrefix(title) ? command.usage : title + command.usage.dropFirst(command.name.count)
  }

  /// Flags and options stand in any order, each at most once.
  private mutating func readSwitches(
    _ arguments: [HumanArgument], _ rest: inout Substring, _ title: String
  ) throws(CommandError) {
    while true {
      rest = rest.drop { $0 == " " }
      let word = rest.prefix { $0 != " " }
      guard let found = arguments.first(where: { $0.isSwitch && $0.name == word }), texts[found.name] == nil else {
        return
      }
      rest = rest.dropFirst(word.count)
      texts[found.name] = found.name
      guard case .option(let value) = found.kind else { continue }
      rest = rest.drop { $0 == " " }
      guard !rest.isEmpty else { throw CommandError("\(title): \(found.name) needs \(value)") }
      texts[found.name] = try Self.word(&rest)
    }
  }

  private mutating func read(
    _ argument: HumanArgument, _ rest: inout Substring, isLast: Bool, _ monitor: HumanMonitor
  ) throws(CommandError) {
    switch argument.kind {
    case .format, .flag, .option: break
    case .expression:
      var expression = Expression(rest, isFollowed: !isLast) { monitor.register($0) }
      numbers[argument.name] = try expression.value()
      rest = expression.rest
    case .rest:
      texts[argument.name] = String(rest)
      rest = ""
    case .choice(let words):
      let word = String(try Self.word(&rest))
      guard words.contains(word) else {
        throw CommandError("\(argument.name) is \(words.joined(separator: " or ")), not \"\(word.prefix(40))\"")
      }
      texts[argument.name] = word
    case .device, .place, .keys, .logItems, .command, .word: texts[argument.name] = try Self.word(&rest)
    }
  }

  /// Takes one word; in double quotes it may have spaces.
  private static func word(_ rest: inout Substring) throws(CommandError) -> String {
    guard rest.first == "\"" else {
      let word = rest.prefix { $0 != " " }
      rest = rest.dropFirst(word.count)
      return String(word)
    }
    let word = rest.dropFirst().prefix { $0 != "\"" }
    rest = rest.dropFirst(word.count + 1)
    guard rest.first == "\"" else { throw CommandError("A quotation mark is missing") }
    rest = rest.dropFirst()
    return String(word)
  }

  // MARK: For handlers

  /// The text given for `name`.
  func text(_ name: String) -> String? { texts[name] }

  /// The text of an argument that is not optional.
  func needed(_ name: String) -> String { texts[name] ?? "" }

  /// Whether a flag was given.
  func has(_ name: String) -> Bool { texts[name] != nil }

  /// The number given for `name`.
  func number(_ name: String) -> UInt64? { numbers[name] }

  /// The number given for `name`, which is to be one of `range`.
  func number(_ name: String, in range: ClosedRange<Int64>, default value: Int64 = 0) throws(CommandError) -> Int64 {
    guard let bits = numbers[name] else { return value }
    let number = Int64(bitPattern: bits)
    guard range.contains(number) else {
      throw CommandError("\(name) is \(range.lowerBound) to \(range.upperBound), not \(number)")
    }
    return number
  }
}
