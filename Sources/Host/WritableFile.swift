import Glibc

/// A file that is written in places, not as a whole.
final class WritableFile {
  private let path: String
  private let what: String
  private let descriptor: Int32

  /// Makes the file at `path`, or empties it; `what` is what it is for.
  init(_ path: String, what: String) throws(HostError) {
    self.path = path
    self.what = what
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw HostError("\(what) \(path): \(String(cString: strerror(errno)))") }
  }

  deinit { close(descriptor) }

  /// Puts `bytes` at `place`, counted from the file's start.
  func write(_ bytes: [UInt8], at place: Int) throws(HostError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(place + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw HostError("\(what) \(path): \(String(cString: strerror(errno)))") }
      done += count
    }
  }
}
