import Host
import SavedState

/// One client's conversation.
final class QMPSession: ControlSession {
  /// How many bytes of a message without end are passed over before its sender is cut off.
  static let patience = 64 << 20

  private unowned let server: QMPServer
  private weak var channel: ControlChannel?
  private var framer = JSONFramer()
  private let isPretty: Bool
  /// Whether capabilities have been negotiated: before, there is one command and no event.
  private var hasBegun = false
  private static let budget = DecodingBudget(bytes: 1 << 20, depth: 130, values: 1 << 16)

  init(_ server: QMPServer, _ channel: ControlChannel, pretty: Bool) {
    self.server = server
    self.channel = channel
    isPretty = pretty
    send(.object(["QMP": .object(["version": QMPCommand.version, "capabilities": .array([])])]))
  }

  func ended() { server.ended(self) }

  func tell(_ event: JSONValue) {
    if hasBegun { channel?.sendEvent(JSONWriter.bytes(event, pretty: isPretty)) }
  }

  private func send(_ answer: JSONValue) { channel?.send(JSONWriter.bytes(answer, pretty: isPretty)) }

  func step(_ channel: ControlChannel) -> Bool {
    let (used, frame) = channel.input.withBytes { framer.next($0) }
    channel.input.removeFirst(used)
    switch frame {
    case nil:
      if framer.skipped > Self.patience { channel.close() }
      return false
    case .malformed(let why): refuse(CommandError("JSON parse error, \(why)"))
    case .object(let bytes): handle(bytes)
    }
    return true
  }

  private func handle(_ bytes: [UInt8]) {
    let message: JSONValue
    do throws(StateDecodingError) {
      message = try JSONReader.read(bytes, Self.budget)
    } catch {
      return refuse(CommandError("JSON parse error, found \(error.found), expected \(error.expected)"))
    }
    let id = message["id"]
    do throws(CommandError) {
      let result = try execute(message)
      let answer = JSONValue.object([JSONMember("return", result)] + (id.map { [JSONMember("id", $0)] } ?? []))
      guard let job = server.control.takeAwaited() else { return send(answer) }
      channel?.isHeld = true
      job.whenOver { [weak self] in
        if let failure = job.failure { self?.refuse(failure, id) } else { self?.send(answer) }
        self?.channel?.isHeld = false
      }
    } catch {
      refuse(error, id)
    }
  }

  private func refuse(_ error: CommandError, _ id: JSONValue? = nil) {
    let words = JSONValue.object(["class": .string(error.kind.rawValue), "desc": .string(error.description)])
    send(.object([JSONMember("error", words)] + (id.map { [JSONMember("id", $0)] } ?? [])))
  }

  private func execute(_ message: JSONValue) throws(CommandError) -> JSONValue {
    guard case .object(let members) = message else { preconditionFailure("the framer gives objects") }
    var name: String?
    var arguments: [JSONMember] = []
    var seen = Set<String>()
    for member in members {
      guard seen.insert(member.key).inserted else {
        throw CommandError("QMP input member '\(member.key.prefix(60))' is given twice")
      }
      switch (member.key, member.value) {
      case ("execute", .string(let text)): name = text
      case ("execute", _): throw CommandError("QMP input member 'execute' must be a string")
      case ("arguments", .object(let members)): arguments = members
      case ("arguments", _): throw CommandError("QMP input member 'arguments' must be an object")
      case ("id", _): break
      default: throw CommandError("QMP input member '\(member.key.prefix(60))' is unexpected")
      }
    }
    guard let name else { throw CommandError("QMP input lacks member 'execute'") }
    guard hasBegun else { return try begin(name, arguments) }
    guard let command = QMPCommand.named(name) else {
      throw CommandError(.commandNotFound, "The command \(name.prefix(60)) has not been found")
    }
    return try command.run(server.control, arguments)
  }

  private func begin(_ name: String, _ arguments: [JSONMember]) throws(CommandError) -> JSONValue {
    guard name == "qmp_capabilities", let command = QMPCommand.named(name) else {
      let known = QMPCommand.named(name) != nil
      throw CommandError(
        .commandNotFound,
        known
          ? "Expecting capabilities negotiation with 'qmp_capabilities'"
          : "The command \(name.prefix(60)) has not been found")
    }
    try command.arguments.check(arguments)
    hasBegun = true
    return .object([])
  }
}
