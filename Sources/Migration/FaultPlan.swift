/// A fault that a test asks for: what is to happen, and where.
public struct FaultPlan: Sendable, Equatable {
  public enum Action: Sendable, Equatable {
    /// The connection is cut off.
    case cut
    /// Nothing happens for so many milliseconds.
    case delay(Int64)
    /// A byte that is sent is changed.
    case corrupt
    /// The process ends at once.
    case kill
  }

  public enum Place: Sendable, Equatable {
    /// A phase of `SourceProtocol` or `DestinationProtocol` begins.
    case phase(String)
    /// So many bytes have been sent.
    case sent(UInt64)
    /// So many bytes have come.
    case received(UInt64)
    /// The same in the first channel, where there are some.
    case sentByChannel(UInt64)
    case receivedByChannel(UInt64)
  }

  public let action: Action
  public let place: Place

  /// `action` at `place`.
  public init(_ action: Action, at place: Place) {
    self.action = action
    self.place = place
  }

  /// What of it is the first channel's.
  var inChannel: FaultPlan? {
    switch place {
    case .sentByChannel(let byte): FaultPlan(action, at: .sent(byte))
    case .receivedByChannel(let byte): FaultPlan(action, at: .received(byte))
    case .phase, .sent, .received: nil
    }
  }

  /// `ACTION@PLACE`: `cut`, `delay=MS`, `corrupt` or `kill` at a phase's name, `sent=BYTE` or `received=BYTE`, with
  /// `channel-` in front of either those of the first channel.
  public init(_ text: String) throws(MigrationError) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
    func refusal() -> MigrationError {
      MigrationError(
        "'\(text)': expected cut, delay=MS, corrupt or kill, then @PHASE, @sent=BYTE, @received=BYTE, "
          + "@channel-sent=BYTE or @channel-received=BYTE")
    }
    guard parts.count == 2 else { throw refusal() }
    switch parts[0] {
    case "cut": action = .cut
    case "corrupt": action = .corrupt
    case "kill": action = .kill
    default:
      guard parts[0].hasPrefix("delay="), let time = Int64(parts[0].dropFirst(6)), (0...600_000).contains(time) else {
        throw refusal()
      }
      action = .delay(time)
    }
    if let equals = parts[1].firstIndex(of: "=") {
      guard let number = UInt64(parts[1][parts[1].index(after: equals)...]) else { throw refusal() }
      switch parts[1][..<equals] {
      case "sent": place = .sent(number)
      case "received": place = .received(number)
      case "channel-sent": place = .sentByChannel(number)
      case "channel-received": place = .receivedByChannel(number)
      default: throw refusal()
      }
    } else {
      let names = SourceProtocol.Phase.allCases.map { "\($0)" } + DestinationProtocol.Phase.allCases.map { "\($0)" }
      guard names.contains(parts[1]) else { throw refusal() }
      place = .phase(parts[1])
    }
  }
}
