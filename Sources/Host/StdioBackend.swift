import Glibc

/// Standard input and output, with the Ctrl-A commands where a person sits at it.
public final class StdioBackend: StreamBackend {
  /// Ctrl-A commands other than the break, which goes to the device.
  public var onCommand: ((EscapeDecoder.Event) -> Void)?
  /// Who shares the terminal; Ctrl-A c turns to it and back.
  public weak var other: (any TerminalSide)?
  /// Whether what is typed goes to `other`.
  public private(set) var isTurned = false
  /// Whether it looks for Ctrl-A commands.
  public var hasCommands: Bool { decoder != nil }
  private var decoder: EscapeDecoder?
  private var owned: [Int32] = []

  /// `escapes` looks for Ctrl-A commands. When standard input is a terminal it goes into raw mode until the
  /// process ends.
  public init(name: String, poller: Poller, escapes: Bool) throws(HostError) {
    decoder = escapes ? EscapeDecoder() : nil
    super.init(name: name, poller: poller, isLossless: true)
    if isatty(0) == 1 { try Terminal.enterRaw() }
    for (descriptor, mode) in [(0, O_RDONLY), (1, O_WRONLY)] as [(Int32, Int32)] {
      owned.append(Terminal.ownDescriptor(descriptor, mode))
    }
    connect(reading: owned[0], writing: owned[1])
  }

  deinit {
    for descriptor in owned where descriptor > 2 { close(descriptor) }
  }

  override var takesInput: Bool { isTurned ? other?.hasRoom ?? true : super.takesInput }

  override func received(_ bytes: ArraySlice<UInt8>) {
    guard decoder != nil else { return accept(bytes) }
    var typed: [UInt8] = []
    func handOver() {
      if isTurned { other?.received(typed) } else { accept(typed) }
      typed = []
    }
    for byte in bytes {
      switch decoder?.feed(byte) {
      case .byte(let byte): typed.append(byte)
      case .serialBreak:
        handOver()
        onBreak?()
      case .help: say(EscapeDecoder.help(hasMonitor: other != nil))
      case .next where other != nil:
        handOver()
        turn()
      case .some(let command): onCommand?(command)
      case nil: break
      }
    }
    handOver()
  }

  /// Turns the terminal to the other one of those that share it.
  public func turn() {
    guard let other else { return }
    isTurned.toggle()
    write(text: "\r\n")
    if isTurned { other.gained() }
  }

  /// Prints lines of our own between the guest's.
  public func say(_ text: String) {
    write(text: "\r\n" + text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"))
  }
}
