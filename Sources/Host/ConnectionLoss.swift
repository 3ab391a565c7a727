/// Why a connection gives no more bytes, or takes none.
public enum ConnectionLoss: Error, Equatable, Sendable, CustomStringConvertible {
  /// The other end has closed it, or has gone.
  case ended
  /// `interrupt` was called.
  case interrupted
  /// Nothing happened in time.
  case timedOut
  /// What the host says.
  case failed(String)

  public var description: String {
    switch self {
    case .ended: "the connection was closed at the other end"
    case .interrupted: "it was cancelled"
    case .timedOut: "nothing came in time"
    case .failed(let text): text
    }
  }
}
