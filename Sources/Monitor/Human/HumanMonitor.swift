import DeviceModel
import Engine

/// The human monitor: commands as lines of text, answers as lines of text. Each person, or program, has one.
public final class HumanMonitor {
  /// The longest line that is read.
  public static let lineLimit = 4096
  /// What carries the commands out.
  public let control: Control
  /// The CPU whose registers and addresses commands mean.
  public internal(set) var cpu: Int
  /// Lines that were typed before, oldest first.
  public var history: () -> [String] = { [] }
  /// Prints lines at any time, where there is somebody to read them.
  var notify: (String) -> Void = { _ in }
  /// The form and width that `x`, `xp` and `print` take where none is typed: those of last time.
  var lastForm = DumpFormat.Form.hexadecimal
  var lastWidth = 4
  /// `step` was the last that made the machine run: where it stops is of interest.
  var isStepping = false

  /// A monitor that begins with CPU number `cpu`.
  public init(_ control: Control, cpu: Int = 0) {
    self.control = control
    self.cpu = cpu
  }

  /// Carries out `line` and gives what it prints: nothing, or lines that each end in a new line.
  public func run(_ line: String) -> String {
    do throws(CommandError) {
      return try execute(line)
    } catch {
      return "\(error)\n"
    }
  }

  /// Carries out `line`.
  public func execute(_ line: String) throws(CommandError) -> String {
    guard line.utf8.count <= Self.lineLimit else {
      throw CommandError("The line is longer than \(Self.lineLimit) bytes")
    }
    var rest = Substring(line)
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    rest = rest.drop { $0.isWhitespace }
    guard !rest.isEmpty, rest.first != "#" else { return "" }
    var title = Self.takeName(&rest)
    guard var command = HumanCommand.named(title) else { throw Self.unknown("command", title, HumanCommand.all) }
    title = command.name
    while !command.subcommands.isEmpty {
      rest = rest.drop { $0 == " " }
      let name = Self.takeName(&rest)
      guard !name.isEmpty else { return help(on: command) }
      guard let next = HumanCommand.named(name, in: command.subcommands) else {
        throw Self.unknown("\(title) subject", name, command.subcommands)
      }
      command = next
      title += " \(next.name)"
    }
    guard let handler = command.handler else { return help(on: command) }
    return try handler(self, try HumanArguments(rest, of: command, title: title, self))
  }

  /// A name ends before a space, or before the slash of a format.
  private static func takeName(_ rest: inout Substring) -> String {
    let name = rest.prefix { $0 != " " && $0 != "/" }
    rest = rest.dropFirst(name.count)
    return String(name)
  }

  private static func unknown(_ what: String, _ name: String, _ known: [HumanCommand]) -> CommandError {
    let names = known.flatMap { [$0.name, $0.alias].compactMap(\.self) }
    let near = NearestName.of(name, among: names).map { "; did you mean \"\($0)\"?" } ?? "; help lists them"
    return CommandError(.commandNotFound, "unknown \(what) \"\(name.prefix(40))\"\(near)")
  }

  // MARK: Help

  /// All commands, or one of them.
  func help(_ name: String?) throws(CommandError) -> String {
    guard let name else { return HumanCommand.all.map(Self.line).joined() }
    guard let command = HumanCommand.named(name) else { throw Self.unknown("command", name, HumanCommand.all) }
    return help(on: command)
  }

  private func help(on command: HumanCommand) -> String {
    guard !command.subcommands.isEmpty else { return Self.line(command) }
    return command.subcommands.map { command.name + " " + Self.line($0) }.joined()
  }

  private static func line(_ command: HumanCommand) -> String {
    "\(Columns.left(command.usage, 34))\(command.summary)\n"
  }

  // MARK: The CPU

  /// The CPU that commands mean, as a debugger sees it.
  func debug() throws(CommandError) -> any ProcessorDebug {
    guard let debug = control.machine.cpus[cpu] as? any ProcessorDebug else {
      throw CommandError("CPU \(cpu) shows nothing to debuggers")
    }
    return debug
  }

  /// The register that `$name` means: `pc` is where the next instruction is fetched, whatever the CPU calls it.
  func register(_ name: String) -> UInt64? {
    guard let debug = try? debug() else { return nil }
    let name = name.lowercased()
    if let found = debug.debugRegisters.first(where: { $0.name == name }) {
      return UInt64(truncatingIfNeeded: found.value)
    }
    return name == "pc" ? debug.programCounter : nil
  }
}
