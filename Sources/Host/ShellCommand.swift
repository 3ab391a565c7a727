import Glibc

/// A command line of the shell at the other end of a connection.
public struct ShellCommand: Sendable {
  /// This process's end of the command's standard input and output.
  public let descriptor: Int32
  /// Its process, which has to be waited for.
  public let process: Int32

  /// Starts `text` by `/bin/sh -c`. Its errors go where this process's go.
  ///
  /// - Throws: `HostError` when the host has no descriptors or no room for a process.
  public init(_ text: String) throws(HostError) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw HostError("exec: no sockets: \(String(cString: strerror(errno)))")
    }
    defer { close(ends[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for target: Int32 in [0, 1] { posix_spawn_file_actions_adddup2(&actions, ends[1], target) }
    // What this process does about signals is not the command's business.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var words = ["sh", "-c", text].map { (word: String) in strdup(word) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let error = posix_spawn(&process, "/bin/sh", &actions, &attributes, &words, environ)
    guard error == 0 else {
      close(ends[0])
      throw HostError("exec: /bin/sh cannot be started: \(String(cString: strerror(error)))")
    }
    (descriptor, self.process) = (ends[0], process)
  }

  /// Waits for the end of `process`, whose connection is closed, and makes it end if it does not.
  static func reap(_ process: pid_t) {
    for signal in [SIGTERM, SIGKILL] {
      for _ in 0..<200 {
        if waitpid(process, nil, WNOHANG) != 0 { return }
        usleep(10_000)
      }
      kill(process, signal)
    }
    waitpid(process, nil, 0)
  }
}
