import Glibc

/// A file of all frames that pass, in the format of tcpdump's manual (pcap-savefile(5)): little endian, microseconds,
/// Ethernet.
public final class PacketDump {
  /// Bytes of a frame that are kept where nobody says how many.
  public static let usualLength = 65536

  private let path: String
  private let descriptor: Int32
  private let length: Int
  private var bytes: [UInt8] = []
  private var hasFailed = false

  /// Makes the file at `path`, or empties it; at most `length` bytes of each frame are kept.
  public init(_ path: String, length: Int = PacketDump.usualLength) throws(HostError) {
    self.path = path
    self.length = length
    // Nobody waits for the reader of a pipe.
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw HostError("filter-dump \(path): \(String(cString: strerror(errno)))") }
    put(0xa1b2_c3d4)
    // Version 2.4.
    put(2 | 4 << 16)
    put(0)
    put(0)
    put(UInt32(clamping: length))
    // LINKTYPE_ETHERNET.
    put(1)
    flush()
  }

  deinit {
    flush()
    close(descriptor)
  }

  private func put(_ word: UInt32) {
    for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
  }

  /// A frame passes, at `time` in nanoseconds since 1970.
  func add(_ frame: [UInt8], at time: Int64) {
    guard !hasFailed else { return }
    let time = max(time, 0)
    put(UInt32(truncatingIfNeeded: time / 1_000_000_000))
    put(UInt32(truncatingIfNeeded: time % 1_000_000_000 / 1000))
    put(UInt32(clamping: min(frame.count, length)))
    put(UInt32(clamping: frame.count))
    bytes += frame.prefix(length)
    if bytes.count >= 1 << 16 { flush() }
  }

  /// Writes out what was added.
  public func flush() {
    var done = 0
    while done < bytes.count, !hasFailed {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        hasFailed = true
        StandardError.write("ferry: \(path): no more is dumped: \(String(cString: strerror(errno)))\n")
        break
      }
      done += count
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
