package import Host
package import SavedState

/// The other end of QMP: carries out commands of a running machine.
package final class QMPClient {
  private let stream: ClientStream
  private var framer = JSONFramer(limit: 64 << 20)
  private var waiting: [UInt8] = []
  /// How long a machine may take to greet, in milliseconds; it may serve somebody else first.
  private static let patience: Int32 = 10_000

  /// Connects, and begins the conversation.
  package init(_ address: SocketAddress) throws(HostError) {
    stream = try ClientStream(address)
    guard try next(timeout: Self.patience)["QMP"] != nil else { throw HostError("\(address): no QMP speaks there") }
    _ = try answer(to: "qmp_capabilities", [])
  }

  /// Carries `command` out.
  ///
  /// - Throws: `CommandError` when the machine refuses it, `HostError` when the connection fails.
  package func execute(_ command: String, _ arguments: [JSONMember] = []) throws -> JSONValue {
    let answer = try answer(to: command, arguments)
    if let result = answer["return"] { return result }
    guard case .string(let words)? = answer["error"]?["desc"], case .string(let kind)? = answer["error"]?["class"]
    else {
      throw HostError("an answer that is none: \(JSONWriter.text(answer))")
    }
    throw CommandError(CommandError.Class(rawValue: kind) ?? .generic, words)
  }

  private func answer(to command: String, _ arguments: [JSONMember]) throws(HostError) -> JSONValue {
    var members = [JSONMember("execute", .string(command))]
    if !arguments.isEmpty { members.append(JSONMember("arguments", .object(arguments))) }
    try stream.write(JSONWriter.bytes(.object(members), pretty: false))
    while true {
      let message = try next(timeout: -1)
      if message["event"] == nil { return message }
    }
  }

  private func next(timeout: Int32) throws(HostError) -> JSONValue {
    while true {
      let (used, frame) = waiting.withUnsafeBytes { framer.next($0) }
      waiting.removeFirst(used)
      switch frame {
      case .object(let bytes):
        do throws(StateDecodingError) {
          return try JSONReader.read(bytes, DecodingBudget(bytes: 64 << 20, depth: 200, values: 1 << 24))
        } catch {
          throw HostError("an answer that cannot be read: \(error)")
        }
      case .malformed(let why): throw HostError("an answer that cannot be read: \(why)")
      case nil:
        let bytes = try stream.read(timeout: timeout)
        guard !bytes.isEmpty else { throw HostError("the machine has closed the connection") }
        waiting += bytes
      }
    }
  }
}
