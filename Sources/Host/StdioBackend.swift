import Glibc

/// Standard input and output, with the Ctrl-A commands where a person sits at it.
public final class StdioBackend: StreamBackend {
  /// Ctrl-A commands other than the break, which goes to the device.
  public var onCommand: ((EscapeDecoder.Event) -> Void)?
  private var decoder: EscapeDecoder?
  private var owned: [Int32] = []

  /// `escapes` looks for Ctrl-A commands. When standard input is a terminal it goes into raw mode until the
  /// process ends.
  public init(name: String, poller: Poller, escapes: Bool) throws(HostError) {
    decoder = escapes ? EscapeDecoder() : nil
    super.init(name: name, poller: poller, isLossless: true)
    if isatty(0) == 1 { try Terminal.enterRaw() }
    connect(reading: fresh(0, O_RDONLY), writing: fresh(1, O_WRONLY))
  }

  deinit {
    for descriptor in owned { close(descriptor) }
  }

  /// A non-blocking descriptor of our own for a terminal or a pipe: the flag would otherwise be set for whoever
  /// else has it open, our shell first.
  private func fresh(_ descriptor: Int32, _ mode: Int32) -> Int32 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return -1 }
    let kind = status.st_mode & S_IFMT
    if kind == S_IFCHR || kind == S_IFIFO {
      let own = open("/proc/self/fd/\(descriptor)", mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      if own >= 0 {
        owned.append(own)
        return own
      }
    }
    return descriptor
  }

  override func received(_ bytes: ArraySlice<UInt8>) {
    guard decoder != nil else { return accept(bytes) }
    var forGuest: [UInt8] = []
    for byte in bytes {
      switch decoder?.feed(byte) {
      case .byte(let byte): forGuest.append(byte)
      case .serialBreak:
        accept(forGuest)
        forGuest = []
        onBreak?()
      case .help: say(EscapeDecoder.help)
      case .some(let command): onCommand?(command)
      case nil: break
      }
    }
    accept(forGuest)
  }

  /// Prints lines of our own between the guest's.
  public func say(_ text: String) {
    write(text: "\r\n" + text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"))
  }
}
