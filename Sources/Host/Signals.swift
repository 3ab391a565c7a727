import Glibc

/// The signals that end or stop the process: the terminal is given back first.
public enum Signals {
  private struct State {
    var isInstalled = false
    var pending: Int32 = 0
    var wasRaw = false
    var asksForPicture = false
    var asksForSnapshot = false
  }

  nonisolated(unsafe) private static let state: UnsafeMutablePointer<State> = {
    let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
    state.initialize(to: State())
    return state
  }()

  /// A signal that asks the process to end, once it has arrived.
  public static var pending: Int32? { state.pointee.pending == 0 ? nil : state.pointee.pending }

  /// Installs the handlers, once. A broken pipe, and a file that may not grow, become errors of the write.
  public static func install() {
    _ = Terminal.saved
    guard !state.pointee.isInstalled else { return }
    state.pointee.isInstalled = true
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
      handle(number) { number in
        // The first one is for the run loop, which flushes its outputs; who asks twice is in a hurry.
        if Signals.state.pointee.pending != 0 { Signals.end(by: number) }
        Signals.state.pointee.pending = number
      }
    }
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] {
      handle(number) { Signals.end(by: $0) }
    }
    handle(SIGTSTP) { _ in
      Signals.state.pointee.wasRaw = Terminal.isRaw
      Terminal.restore()
      raise(SIGSTOP)
    }
    handle(SIGCONT) { _ in
      if Signals.state.pointee.wasRaw { Terminal.resume() }
    }
    // Whoever started the process may have left them blocked, and then nothing short of SIGKILL would end it.
    unblock([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT])
  }

  /// From now on SIGUSR2 asks for a picture and ends nothing.
  public static func catchPictureRequests() {
    handle(SIGUSR2) { _ in Signals.state.pointee.asksForPicture = true }
    unblock([SIGUSR2])
  }

  /// Whether SIGUSR2 has arrived since this was last asked.
  public static func takePictureRequest() -> Bool {
    guard state.pointee.asksForPicture else { return false }
    state.pointee.asksForPicture = false
    return true
  }

  /// From now on SIGUSR1 asks for a snapshot and ends nothing.
  public static func catchSnapshotRequests() {
    handle(SIGUSR1) { _ in Signals.state.pointee.asksForSnapshot = true }
    unblock([SIGUSR1])
  }

  /// Whether SIGUSR1 has arrived since this was last asked.
  public static func takeSnapshotRequest() -> Bool {
    guard state.pointee.asksForSnapshot else { return false }
    state.pointee.asksForSnapshot = false
    return true
  }

  /// Ends the process as `number` does when nobody handles it.
  public static func end(by number: Int32) {
    Terminal.restore()
    signal(number, SIG_DFL)
    unblock([number])
    raise(number)
  }

  private static func unblock(_ numbers: [Int32]) {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    sigprocmask(SIG_UNBLOCK, &set, nil)
  }

  private static func handle(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    sigemptyset(&action.sa_mask)
    sigaction(number, &action, nil)
  }
}
