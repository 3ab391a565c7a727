import Glibc

/// The process's controlling terminal in raw mode, given back on every way out.
public enum Terminal {
  /// What a signal handler may touch: plain memory, set up before any handler is installed.
  struct Saved {
    var settings = termios()
    var raw = termios()
    var isRaw = false
  }

  nonisolated(unsafe) static let saved: UnsafeMutablePointer<Saved> = {
    let saved = UnsafeMutablePointer<Saved>.allocate(capacity: 1)
    saved.initialize(to: Saved())
    return saved
  }()

  /// Whether standard input is in raw mode now.
  public static var isRaw: Bool { saved.pointee.isRaw }

  /// Puts the terminal at standard input into raw mode; every byte goes through, both ways.
  public static func enterRaw() throws(HostError) {
    guard !saved.pointee.isRaw else { return }
    guard tcgetattr(0, &saved.pointee.settings) == 0 else {
      throw HostError("the terminal's settings: \(String(cString: strerror(errno)))")
    }
    var raw = saved.pointee.settings
    cfmakeraw(&raw)
    saved.pointee.raw = raw
    Signals.install()
    guard tcsetattr(0, TCSANOW, &saved.pointee.raw) == 0 else {
      throw HostError("the terminal's raw mode: \(String(cString: strerror(errno)))")
    }
    saved.pointee.isRaw = true
    atexit { Terminal.restore() }
  }

  /// Gives the terminal back as it was. May be called from a signal handler, and twice.
  public static func restore() {
    guard saved.pointee.isRaw else { return }
    saved.pointee.isRaw = false
    tcsetattr(0, TCSANOW, &saved.pointee.settings)
  }

  /// A non-blocking descriptor of our own for standard input or output when that is a terminal or a pipe: the flag
  /// would otherwise be set for whoever else has it open, our shell first. Else `descriptor` itself.
  static func ownDescriptor(_ descriptor: Int32, _ mode: Int32) -> Int32 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return -1 }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFCHR || kind == S_IFIFO else { return descriptor }
    let own = open("/proc/self/fd/\(descriptor)", mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    return own >= 0 ? own : descriptor
  }

  /// Raw again after the process was stopped and continued.
  static func resume() {
    guard tcsetattr(0, TCSANOW, &saved.pointee.raw) == 0 else { return }
    saved.pointee.isRaw = true
  }
}
