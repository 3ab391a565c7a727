/// What a process is on one TLS connection.
public enum TLSRole: Equatable, Sendable {
  /// It has connected. `hostName` is the name or address that the other side's certificate has to be for; a shared
  /// secret needs none.
  case client(hostName: String)
  /// It was connected to.
  case server

  /// Without the name.
  public var end: TLSEnd {
    switch self {
    case .client: .client
    case .server: .server
    }
  }
}
