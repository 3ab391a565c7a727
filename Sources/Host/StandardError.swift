import Glibc

/// Standard error, unbuffered.
public enum StandardError {
  /// Writes `text`; while the terminal is raw its lines end as a raw terminal wants them.
  public static func write(_ text: String) {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte == 10, Terminal.isRaw { bytes.append(13) }
      bytes.append(byte)
    }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if count > 0 { done += count } else if errno != EINTR { return }
    }
  }
}
