public import Host

/// How the connections of migrations are secured: by TLS or not at all.
public struct MigrationSecurity: Sendable {
  /// What this side shows, and what it wants to see; nil: nothing is secured.
  public var credentials: TLSCredentials?
  /// The name that a destination's certificate has to be for; nil: the address's.
  public var hostName: String?
  /// Whether connections that do not leave this host are secured, too: all but TCP's.
  public var isLocalToo = false

  /// Nothing is secured.
  public init() {}

  /// How long the two sides may take to agree, in nanoseconds.
  private static let patience: Int64 = 30_000_000_000

  /// Secures `connection`, which leads to or from `address`, if it is to be.
  func secure(_ connection: Connection, at address: MigrationAddress, as end: TLSEnd) throws(MigrationError) {
    guard let credentials else { return }
    var name = hostName ?? "localhost"
    if case .socket(.tcp(let host, _)) = address {
      if hostName == nil, !host.isEmpty { name = host }
    } else if !isLocalToo {
      return
    }
    do throws(ConnectionLoss) {
      try connection.secure(
        credentials, as: end == .server ? .server : .client(hostName: name),
        deadline: HostClock.monotonic + Self.patience)
    } catch {
      throw MigrationError("\(error)")
    }
  }
}
