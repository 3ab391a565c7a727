import Glibc

/// The descriptors of a connection, which never make anybody wait.
struct ConnectionEnds {
  let reading: Int32
  let writing: Int32
  let isSocket: Bool

  /// Reads what has come; nil when that is nothing.
  func read(into target: UnsafeMutableRawBufferPointer) throws(ConnectionLoss) -> Int? {
    while true {
      let count = Glibc.read(reading, target.baseAddress, target.count)
      if count > 0 { return count }
      guard count < 0 else { throw .ended }
      switch errno {
      case EINTR: continue
      case EAGAIN: return nil
      case ECONNRESET: throw .ended
      default: throw .failed(String(cString: strerror(errno)))
      }
    }
  }

  /// Writes as much of `bytes` as there is room for; nil when there is none. `more` follow at once.
  func write(_ bytes: UnsafeRawBufferPointer, more: Bool) throws(ConnectionLoss) -> Int? {
    while true {
      let count =
        isSocket
        ? send(writing, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0))
        : Glibc.write(writing, bytes.baseAddress, bytes.count)
      if count > 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN: return nil
      case EPIPE, ECONNRESET: throw .ended
      default: throw .failed(String(cString: strerror(errno)))
      }
    }
  }
}
