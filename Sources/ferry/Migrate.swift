import ArgumentParser
import Glibc
import Host
import Monitor
import SavedState

/// `ferry migrate SRC-SOCKET DST-URI`: moves a running machine to another process, from the shell.
struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Move a running machine to another process.",
    discussion: "The other process was started with ferry run -incoming. The exit status is 0 when the machine runs "
      + "there, 1 when it stayed where it was.")

  @Argument(help: "The QMP socket of the machine: a path, unix:PATH, tcp:HOST:PORT or HOST:PORT.")
  var socket: String

  @Argument(help: "Where it goes: tcp:HOST:PORT, unix:PATH, exec:COMMAND or file:PATH.")
  var destination: String

  @Flag(help: "Only say what would not fit; nothing changes on either side.")
  var check = false

  @Flag(
    help:
      "Go on with a migration whose connection broke while memory followed the guest; migrate-recover was said there.")
  var resume = false

  @Option(help: "A parameter, as in migrate-set-parameters: NAME=NUMBER.")
  var set: [String] = []

  @Option(help: "A capability to be switched on, as in migrate-set-capabilities.")
  var capability: [String] = []

  func run() throws {
    guard let address = SocketAddress(socket) else {
      throw OptionError("\"\(socket)\" is no socket; expected a path, unix:PATH or tcp:HOST:PORT")
    }
    let client = try QMPClient(address)
    do {
      for text in set {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let value = Int64(parts[1]) else {
          throw OptionError("--set \(text): expected NAME=NUMBER")
        }
        _ = try client.execute("migrate-set-parameters", [JSONMember(String(parts[0]), .integer(Int128(value)))])
      }
      let states = capability.map { JSONValue.object(["capability": .string($0), "state": .bool(true)]) }
      if !states.isEmpty {
        _ = try client.execute("migrate-set-capabilities", [JSONMember("capabilities", .array(states))])
      }
      var arguments = [JSONMember("uri", .string(destination))]
      if check { arguments.append(JSONMember("x-check", .bool(true))) }
      if resume { arguments.append(JSONMember("resume", .bool(true))) }
      _ = try client.execute("migrate", arguments)
    } catch let error as CommandError {
      throw HostError("\(socket): \(error)")
    }
    try follow(client)
  }

  private func follow(_ client: QMPClient) throws {
    var progress: ProgressLine?
    defer { progress?.end() }
    while true {
      let answer = try client.execute("query-migrate")
      func text(_ name: String) -> String { if case .string(let text)? = answer[name] { text } else { "" } }
      func number(_ name: String) -> Int {
        if case .integer(let number)? = answer["ram"]?[name] { Int(clamping: number) } else { 0 }
      }
      switch text("status") {
      case "completed":
        progress?.end()
        if check { return print("everything fits") }
        var downtime = ""
        if case .integer(let time)? = answer["x-downtime-us"] { downtime = ", the guest stood still for \(time) us" }
        return print("the machine has moved: \(number("transferred") >> 10) KiB\(downtime)")
      case "failed", "cancelled":
        progress?.end()
        if check { for reason in text("error-desc").components(separatedBy: "; ") { print(reason) } }
        throw HostError("\(destination): \(check ? "it does not fit" : text("error-desc"))")
      case "postcopy-paused":
        progress?.end()
        throw HostError(
          "\(destination): the guest runs there without all of its memory: \(text("error-desc")). Say migrate-recover there, "
            + "then --resume here")
      default:
        let total = number("total")
        if progress == nil, total > 0 { progress = ProgressLine("migrating", total: total) }
        progress?.show(total - number("remaining"))
        usleep(20_000)
      }
    }
  }
}

extension String {
  fileprivate func components(separatedBy text: String) -> [String] {
    split(separator: text, omittingEmptySubsequences: true).map(String.init)
  }
}
