import Glibc

/// Output to a file; no input.
public final class FileBackend: StreamBackend {
  private let descriptor: Int32

  /// Creates or truncates `path`; `append` keeps what is there.
  public init(name: String, poller: Poller, path: String, append: Bool = false) throws(HostError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0o666)
    guard descriptor >= 0 else { throw HostError("\(name): cannot write \(path): \(String(cString: strerror(errno)))") }
    super.init(name: name, poller: poller, isLossless: true)
    connect(reading: -1, writing: descriptor)
  }

  deinit { close(descriptor) }
}
