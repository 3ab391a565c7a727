/// Takes out what telnet programs say to each other (RFC 854): 0xff occurs in no text.
struct TelnetFilter {
  private enum State {
    case text
    case command
    case option
    case negotiation
    case negotiationCommand
  }

  private var state = State.text

  init() {}

  /// Whether `byte` is text.
  mutating func passes(_ byte: UInt8) -> Bool {
    switch state {
    case .text:
      guard byte == 255 else { return true }
      state = .command
    case .command:
      switch byte {
      // WILL, WONT, DO, DONT.
      case 251...254: state = .option
      case 250: state = .negotiation
      default: state = .text
      }
    case .option: state = .text
    case .negotiation: if byte == 255 { state = .negotiationCommand }
    case .negotiationCommand: state = byte == 240 ? .text : .negotiation
    }
    return false
  }
}
