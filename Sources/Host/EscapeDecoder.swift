/// Finds the Ctrl-A commands among what is typed.
public struct EscapeDecoder: Sendable {
  /// What a typed byte turned out to be.
  public enum Event: Equatable, Sendable {
    /// For the guest.
    case byte(UInt8)
    /// Ctrl-A x: leave.
    case exit
    /// Ctrl-A h or ?.
    case help
    /// Ctrl-A c: the other one of those that share the terminal; the machine's state where there is none.
    case next
    /// Ctrl-A b: a break on the serial line.
    case serialBreak
  }

  /// The keys, for people.
  public static func help(hasMonitor: Bool) -> String {
    """
    Ctrl-A x  leave
    Ctrl-A c  \(hasMonitor ? "switch between the serial port and the monitor" : "show the machine's state")
    Ctrl-A b  send a break
    Ctrl-A a  send Ctrl-A
    Ctrl-A h  this help

    """
  }

  static let escape: UInt8 = 1
  private var isEscaped = false

  public init() {}

  /// What `byte` means; nil for the Ctrl-A that begins a command and for unknown commands.
  public mutating func feed(_ byte: UInt8) -> Event? {
    guard isEscaped else {
      if byte == Self.escape {
        isEscaped = true
        return nil
      }
      return .byte(byte)
    }
    isEscaped = false
    switch byte {
    case UInt8(ascii: "x"), UInt8(ascii: "X"): return .exit
    case UInt8(ascii: "h"), UInt8(ascii: "H"), UInt8(ascii: "?"): return .help
    case UInt8(ascii: "c"), UInt8(ascii: "C"): return .next
    case UInt8(ascii: "b"), UInt8(ascii: "B"): return .serialBreak
    case UInt8(ascii: "a"), UInt8(ascii: "A"), Self.escape: return .byte(Self.escape)
    default: return nil
    }
  }
}
