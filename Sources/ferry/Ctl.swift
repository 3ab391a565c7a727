import ArgumentParser
import Boards
import Host
import Monitor
import SavedState

/// `ferry ctl SOCKET COMMAND…`: QMP from the shell.
struct Ctl: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Carry out a command of a running machine; \"ferry ctl\" alone says how.")

  static let usage = """
    Usage: ferry ctl SOCKET                               list the commands of the machine at SOCKET
           ferry ctl SOCKET COMMAND [NAME=VALUE…|{JSON}]  carry one out
           ferry ctl SOCKET [COMMAND] --complete PREFIX   the commands, or arguments, that begin with PREFIX
           ferry ctl --completion bash                    completion for a shell: source <(ferry ctl --completion bash)

    SOCKET is what -qmp was given: a path, unix:PATH, tcp:HOST:PORT or HOST:PORT.
    --json prints answers as JSON instead of text. The exit status is 0 when the command was carried out, 1 when it
    was refused, and 2 for unusable arguments.

    """

  @Argument(parsing: .captureForPassthrough, help: "The socket, the command and its arguments.")
  var words: [String] = []

  func run() throws {
    var words = words
    guard !words.isEmpty, !["-h", "--help", "-help", "help"].contains(words[0]) else {
      return print(Self.usage, terminator: "")
    }
    if words[0] == "--completion" {
      guard words.dropFirst().first == "bash", words.count == 2 else {
        throw OptionError("--completion: expected bash")
      }
      return print(CtlCompletion.bash, terminator: "")
    }
    let isJSON = words.contains("--json")
    words.removeAll { $0 == "--json" }
    var prefix: String?
    if let index = words.firstIndex(of: "--complete") {
      prefix = index + 1 < words.count ? words[index + 1] : ""
      words.removeSubrange(index..<min(index + 2, words.count))
    }
    guard let socket = words.first else { throw OptionError("ferry ctl: SOCKET is missing") }
    guard let address = SocketAddress(socket) else {
      throw OptionError("\"\(socket)\" is no socket; expected a path, unix:PATH or tcp:HOST:PORT")
    }
    let client = try QMPClient(address)
    let schema = QMPIntrospection(try client.execute("query-qmp-schema"))
    let rest = Array(words.dropFirst(2))
    if let prefix {
      let names = words.count > 1 ? schema.arguments(of: words[1]).map { $0.name + "=" } : schema.commands
      return print(names.filter { $0.hasPrefix(prefix) }.map { $0 + "\n" }.joined(), terminator: "")
    }
    guard words.count > 1 else { return print(Self.list(schema), terminator: "") }
    let command = words[1]
    guard schema.commands.contains(command) else {
      throw OptionError.unknown("command", command, among: schema.commands)
    }
    let arguments = try Self.arguments(rest, of: command, schema)
    do {
      let answer = try client.execute(command, arguments)
      print(isJSON ? JSONWriter.text(answer) : JSONText.lines(answer), terminator: "")
    } catch let error as CommandError {
      throw HostError("\(command): \(error.kind.rawValue): \(error)")
    }
  }

  /// Commands with what is known of them.
  private static func list(_ schema: QMPIntrospection) -> String {
    let known = Dictionary(uniqueKeysWithValues: QMPCommand.all.map { ($0.name, $0.summary) })
    return schema.commands.map { name in
      let arguments = schema.arguments(of: name).map { $0.isOptional ? "[\($0.name)=]" : "\($0.name)=" }
      let head = ([name] + arguments).joined(separator: " ")
      return "  " + (known[name].map { head.padding(44) + $0 } ?? head) + "\n"
    }.joined()
  }

  private static func arguments(
    _ words: [String], of command: String, _ schema: QMPIntrospection
  ) throws -> [JSONMember] {
    if words.count == 1, words[0].hasPrefix("{") {
      do throws(StateDecodingError) {
        guard case .object(let members) = try JSONReader.read(Array(words[0].utf8), DecodingBudget()) else {
          throw StateDecodingError("JSON", at: 0, found: "another value", expected: "an object")
        }
        return members
      } catch {
        throw OptionError("\(error)")
      }
    }
    let known = schema.arguments(of: command).map(\.name)
    return try words.map { word in
      guard let equals = word.firstIndex(of: "="), equals > word.startIndex else {
        throw OptionError("\(word): expected NAME=VALUE; \(command) takes \(known.joined(separator: ", "))")
      }
      let name = String(word[..<equals])
      let text = String(word[word.index(after: equals)...])
      do throws(StateDecodingError) {
        if let value = try schema.value(text, for: name, of: command) { return JSONMember(name, value) }
      } catch {
        throw OptionError("\(word): found \(error.found), expected \(error.expected)")
      }
      guard !known.isEmpty else { throw OptionError("\(command) takes no arguments") }
      throw OptionError.unknown("argument of \(command)", name, among: known)
    }
  }
}
