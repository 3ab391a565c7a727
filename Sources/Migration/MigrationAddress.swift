public import Host

/// Where a machine goes to or comes from.
public enum MigrationAddress: Equatable, Sendable, CustomStringConvertible {
  case socket(SocketAddress)
  /// A connection that the process was given.
  case descriptor(Int32)
  /// What a command line of the shell reads and writes.
  case command(String)
  /// A snapshot file.
  case file(String)
  /// Nowhere yet: `migrate-incoming` says it.
  case later

  /// `tcp:HOST:PORT`, `unix:PATH`, `fd:NUMBER`, `exec:COMMAND` or `file:PATH`; for a destination also `defer`.
  public init(_ text: String) throws(MigrationError) {
    func refusal() -> MigrationError {
      MigrationError(
        "'\(text.prefix(200))' is no place for a migration: expected tcp:HOST:PORT, unix:PATH, fd:NUMBER, "
          + "exec:COMMAND or file:PATH")
    }
    if text == "defer" {
      self = .later
    } else if text.hasPrefix("tcp:") || text.hasPrefix("unix:") {
      guard let address = SocketAddress(text) else { throw refusal() }
      self = .socket(address)
    } else if text.hasPrefix("fd:") {
      guard let number = Int32(text.dropFirst(3)), number > 2 else { throw refusal() }
      self = .descriptor(number)
    } else if text.hasPrefix("exec:"), text.utf8.count > 5 {
      self = .command(String(text.dropFirst(5)))
    } else if text.hasPrefix("file:"), text.utf8.count > 5 {
      self = .file(String(text.dropFirst(5)))
    } else {
      throw refusal()
    }
  }

  /// Of `capabilities` those that a migration to there can have: to some places there is but one connection.
  func possible(_ capabilities: Set<MigrationCapability>) -> Set<MigrationCapability> {
    if case .socket = self { capabilities } else { capabilities.subtracting([.multifd]) }
  }

  public var description: String {
    switch self {
    case .socket(let address): "\(address)"
    case .descriptor(let number): "fd:\(number)"
    case .command(let text): "exec:\(text)"
    case .file(let path): "file:\(path)"
    case .later: "defer"
    }
  }
}
