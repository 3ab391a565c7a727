import Glibc

/// The descriptor behind a log; closed when it goes.
struct LogOutput: ~Copyable {
  private let descriptor: Int32
  private let path: String?
  private let isOwn: Bool
  /// Writing has failed, which was said; nothing more is written.
  private(set) var hasFailed = false

  /// Standard error. Where that is a pipe or a terminal, writes must not wait for who reads it, and the others that
  /// write there must not find that changed: so it is opened once more.
  static var standardError: LogOutput {
    var status = stat()
    if fstat(2, &status) == 0, [S_IFIFO, S_IFCHR].contains(status.st_mode & S_IFMT) {
      let own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      if own >= 0 { return LogOutput(own, path: nil, isOwn: true) }
    }
    return LogOutput(2, path: nil, isOwn: false)
  }

  /// The file at `path`, emptied.
  init(path: String) throws(HostError) {
    // Nobody should wait for the reader of a pipe.
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let descriptor = open(path, flags, 0o666)
    guard descriptor >= 0 else {
      let reason = errno == ENXIO ? "nobody reads that pipe" : String(cString: strerror(errno))
      throw HostError("log file \(path): \(reason)")
    }
    self.init(descriptor, path: path, isOwn: true)
  }

  private init(_ descriptor: Int32, path: String?, isOwn: Bool) {
    self.descriptor = descriptor
    self.path = path
    self.isOwn = isOwn
  }

  deinit { if isOwn { close(descriptor) } }

  /// Writes `bytes` and takes away what has gone; waits for at most `patience` nanoseconds while nothing more goes.
  mutating func send(_ bytes: inout [UInt8], patience: Int64) {
    guard !bytes.isEmpty else { return }
    guard !hasFailed else { return bytes.removeAll() }
    // A raw terminal needs its line ends whole.
    let ready = path == nil && Terminal.isRaw ? bytes.flatMap { $0 == 10 ? [13, 10] : [$0] } : bytes
    var done = 0
    while done < ready.count {
      let count = ready.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if count >= 0 {
        done += count
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        if patience == 0 || poll(&wait, 1, Int32(clamping: patience / 1_000_000)) == 0 { break }
      } else if errno != EINTR {
        return fail(errno, &bytes)
      }
    }
    if ready.count == bytes.count {
      bytes.removeFirst(done)
    } else {
      bytes = ready[done...].filter { $0 != 13 }
    }
  }

  private mutating func fail(_ error: Int32, _ bytes: inout [UInt8]) {
    hasFailed = true
    bytes.removeAll()
    if let path {
      StandardError.write(
        "ferry: log file \(path): \(String(cString: strerror(error))); nothing more is logged there\n")
    }
  }
}
