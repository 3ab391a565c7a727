/// A character back end as an option describes it.
public enum BackendKind: Equatable, Sendable, CustomStringConvertible {
  case null
  /// `escapes`: Ctrl-A commands; nil means where standard input is a terminal.
  case stdio(escapes: Bool?)
  case file(path: String, append: Bool)
  case pty
  case server(SocketAddress, wait: Bool)
  case client(SocketAddress, reconnect: Int)
  /// A socket that the process was given: a connection, or one that listens.
  case descriptor(Int32, isServer: Bool)
  /// One that `-chardev` has named.
  case named(String)

  /// The kinds, for messages.
  public static let names = ["chardev", "file", "mon", "none", "null", "pty", "socket", "stdio", "tcp", "unix", "vc"]

  /// As an option has it.
  public var description: String {
    switch self {
    case .null: "null"
    case .stdio: "stdio"
    case .file(let path, _): "file:\(path)"
    case .pty: "pty"
    case .server(let address, _): "\(address),server=on"
    case .client(let address, _): "\(address)"
    case .descriptor(let descriptor, _): "fd:\(descriptor)"
    case .named(let id): "chardev:\(id)"
    }
  }

  /// What `-serial TEXT` (and whatever else takes a character device in one word) means.
  public init(serial text: String) throws(OptionError) {
    let option = OptionText(text)
    let head = option.kind.prefix { $0 != ":" }
    let hasColon = head.count < option.kind.count
    let rest = String(option.kind.dropFirst(head.count + 1))
    switch (String(head), hasColon) {
    case ("null", false), ("none", false): self = .null
    case ("stdio", false):
      self = .stdio(escapes: try Self.flag(option, "mux"))
      try Self.only(option, ["mux", "signal"])
      return
    case ("mon", true):
      guard rest == "stdio" else { throw OptionError("mon: works with stdio, not with \"\(rest)\"") }
      self = .stdio(escapes: true)
    case ("pty", false): self = .pty
    case ("file", true):
      guard !rest.isEmpty else { throw OptionError("\(text): a file needs a path, as in file:PATH") }
      self = .file(path: rest, append: try Self.flag(option, "append") ?? false)
      try Self.only(option, ["append"])
      return
    case ("unix", true):
      guard !rest.isEmpty else { throw OptionError("\(text): a socket needs a path, as in unix:PATH") }
      self = try Self.socket(.unix(rest), option)
      return
    case ("tcp", true):
      guard let address = SocketAddress.tcp(rest) else {
        throw OptionError("\(text): expected tcp:HOST:PORT")
      }
      self = try Self.socket(address, option)
      return
    case ("chardev", true): self = .named(rest)
    case ("file", _), ("unix", _), ("tcp", _), ("chardev", _):
      throw OptionError("\(text): expected \(head):…")
    default: throw OptionError.unknown("character device", String(head), among: Self.names)
    }
    try Self.only(option, [])
  }

  /// What `-chardev KIND,id=ID,…` means, and its identifier.
  public static func chardev(_ text: String) throws(OptionError) -> (id: String, kind: BackendKind) {
    let option = OptionText(text)
    guard let id = option["id"], !id.isEmpty else { throw OptionError("-chardev \(text): id=NAME is missing") }
    func needed(_ key: String) throws(OptionError) -> String {
      guard let value = option[key], !value.isEmpty else { throw OptionError("-chardev \(text): \(key)= is missing") }
      return value
    }
    switch option.kind {
    case "null":
      try only(option, ["id"])
      return (id, .null)
    case "stdio":
      try only(option, ["id", "mux", "signal"])
      return (id, .stdio(escapes: try flag(option, "mux")))
    case "pty":
      try only(option, ["id"])
      return (id, .pty)
    case "file":
      try only(option, ["id", "path", "append"])
      return (id, .file(path: try needed("path"), append: try flag(option, "append") ?? false))
    case "socket":
      if let text = option["fd"] {
        try only(option, ["id", "fd", "server", "wait"])
        guard let descriptor = Int32(text), descriptor > 2 else {
          throw OptionError("-chardev socket: fd=\(text) is no descriptor")
        }
        return (id, .descriptor(descriptor, isServer: try flag(option, "server") ?? false))
      }
      let address: SocketAddress
      if let path = option["path"] {
        address = .unix(path)
      } else {
        address = .tcp(host: option["host"] ?? "", port: try needed("port"))
      }
      return (id, try socket(address, option, also: ["id", "path", "host", "port"]))
    default:
      throw OptionError.unknown("-chardev kind", option.kind, among: ["file", "null", "pty", "socket", "stdio"])
    }
  }

  private static func socket(
    _ address: SocketAddress, _ option: OptionText, also: [String] = []
  ) throws(OptionError) -> BackendKind {
    try only(option, also + ["server", "wait", "nowait", "reconnect", "nodelay"])
    _ = try flag(option, "nodelay")
    guard try flag(option, "server") ?? false else {
      guard try flag(option, "wait") == nil else { throw OptionError("\(address): wait= is for server=on") }
      guard let text = option["reconnect"] else { return .client(address, reconnect: 0) }
      guard let seconds = Int(text), (0...86_400).contains(seconds) else {
        throw OptionError("reconnect=\(text): expected seconds, 0 to 86400")
      }
      return .client(address, reconnect: seconds)
    }
    // The older of two ways to say wait=off.
    let waits = try flag(option, "nowait").map { !$0 }
    return .server(address, wait: try flag(option, "wait") ?? waits ?? true)
  }

  private static func flag(_ option: OptionText, _ key: String) throws(OptionError) -> Bool? {
    guard let value = option[key] else { return nil }
    switch value {
    case "on", "yes", "true": return true
    case "off", "no", "false": return false
    default: throw OptionError("\(key)=\(value): expected on or off")
    }
  }

  private static func only(_ option: OptionText, _ keys: [String]) throws(OptionError) {
    for (key, _) in option.pairs where !keys.contains(key) {
      throw OptionError.unknown("property", key, among: keys)
    }
  }
}
