import Glibc

/// A pseudo-terminal of our own: a terminal program attaches to `path`.
public final class PTYBackend: StreamBackend {
  /// The name of the terminal's side, such as /dev/pts/3.
  public let path: String
  private let descriptor: Int32
  /// Kept open so that nobody's leaving is a hang-up: there is no one to tell, and no spinning on it.
  private let terminal: Int32
  /// TIOCSPTLCK and TIOCGPTN of ioctl_tty(2), which the C library hides behind its extensions.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  /// Opens a new pseudo-terminal.
  public init(name: String, poller: Poller) throws(HostError) {
    let (master, terminal, path) = try Self.open(name)
    descriptor = master
    self.terminal = terminal
    self.path = path
    super.init(name: name, poller: poller, isLossless: false)
    connect(reading: master, writing: master)
  }

  /// A new pseudo-terminal in raw mode: our side, the terminal's side, and its name.
  static func open(_ name: String) throws(HostError) -> (master: Int32, terminal: Int32, path: String) {
    func refusal(_ what: String) -> HostError { HostError("\(name): \(what): \(String(cString: strerror(errno)))") }
    let master = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    guard master >= 0 else { throw refusal("no pseudo-terminal") }
    var locked: Int32 = 0
    var number: UInt32 = 0
    guard ioctl(master, setLock, &locked) == 0, ioctl(master, getNumber, &number) == 0 else {
      let error = refusal("pseudo-terminal")
      close(master)
      throw error
    }
    let path = "/dev/pts/\(number)"
    let terminal = Glibc.open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard terminal >= 0 else {
      let error = refusal("opening \(path)")
      close(master)
      throw error
    }
    var settings = termios()
    tcgetattr(terminal, &settings)
    cfmakeraw(&settings)
    tcsetattr(terminal, TCSANOW, &settings)
    return (master, terminal, path)
  }

  deinit {
    close(descriptor)
    close(terminal)
  }
}
