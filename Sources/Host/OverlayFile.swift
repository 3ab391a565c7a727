import Glibc

/// An overlay's file, open as long as somebody needs it.
final class OverlayFile: Sendable {
  let descriptor: Int32

  /// Owns `descriptor`.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// A file that nobody else sees and that is gone when it is closed; less than 0 as open(2) has it.
  static func makeUnnamed() -> Int32 {
    var template = Array("/var/tmp/ferry-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { return file }
    unlink(template)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return file
  }
}
