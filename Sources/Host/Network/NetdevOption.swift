/// A network's end as `-netdev` describes it.
public struct NetdevOption: Equatable, Sendable {
  /// What is behind the cable.
  public enum Kind: Equatable, Sendable {
    case user(UserNetworkOption)
    /// Another emulator, which comes here.
    case server(SocketAddress)
    /// Another emulator; where it is not there, or goes, it is called again every `reconnect` seconds (0: never).
    case client(SocketAddress, reconnect: Int)
  }

  /// What devices call it.
  public let id: String
  public let kind: Kind

  /// The kinds.
  public static let kinds = ["socket", "user"]
  static let socketKeys = ["listen", "connect", "reconnect"]

  /// What `-netdev TEXT` means.
  public init(_ text: String) throws(OptionError) {
    let option = OptionText(text)
    guard let id = option["id"], !id.isEmpty else { throw OptionError("-netdev \(text): id=NAME is missing") }
    try self.init(kind: option.kind, id: id, option.pairs.filter { $0.key != "id" })
  }

  /// One called `id` of the kind called `kind`.
  init(kind: String, id: String, _ pairs: [(key: String, value: String)]) throws(OptionError) {
    self.id = id
    switch kind {
    case "user":
      try Self.only(pairs, UserNetworkOption.keys, "user")
      do throws(OptionError) {
        self.kind = .user(try UserNetworkOption(pairs))
      } catch {
        throw OptionError("netdev \(id): \(error)")
      }
    case "socket":
      try Self.only(pairs, Self.socketKeys, "socket")
      let values = Dictionary(pairs.map { ($0.key, $0.value) }) { $1 }
      switch (values["listen"], values["connect"]) {
      case (let text?, nil): self.kind = .server(try Self.address(text, "listen"))
      case (nil, let text?):
        let seconds = Int(values["reconnect"] ?? "0")
        guard let seconds, (0...86_400).contains(seconds) else {
          throw OptionError("reconnect=\(values["reconnect"] ?? ""): expected seconds, 0 to 86400")
        }
        self.kind = .client(try Self.address(text, "connect"), reconnect: seconds)
      default:
        throw OptionError("netdev \(id): a socket needs listen=[HOST]:PORT|unix:PATH or connect=HOST:PORT|unix:PATH")
      }
    default: throw OptionError.unknown("-netdev", kind, among: Self.kinds)
    }
  }

  private static func only(_ pairs: [(key: String, value: String)], _ keys: [String], _ kind: String)
    throws(OptionError)
  {
    for (key, _) in pairs where !keys.contains(key) {
      throw OptionError.unknown("property of -netdev \(kind)", key, among: ["id"] + keys)
    }
  }

  private static func address(_ text: String, _ key: String) throws(OptionError) -> SocketAddress {
    guard let address = SocketAddress(text) else {
      throw OptionError("\(key)=\(text): expected HOST:PORT or unix:PATH")
    }
    return address
  }
}
