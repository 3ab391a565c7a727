import Glibc

/// What OpenSSL reads from and writes to: a BIO whose data is a `TLSSession`, so that bytes go the same way as without
/// TLS.
enum TLSTransport {
  /// BIO_FLAGS_READ, BIO_FLAGS_WRITE and BIO_FLAGS_SHOULD_RETRY.
  private static let retryRead: Int32 = 9
  private static let retryWrite: Int32 = 10

  /// The kind of BIO, made once for the process; nil when the host has no OpenSSL.
  nonisolated(unsafe) static let method: OpaquePointer? = {
    guard let library = try? OpenSSL.host.get(),
      // BIO_TYPE_SOURCE_SINK, and a number that OpenSSL does not use.
      let method = library.bioMethNew(0x400 | 0x7f, "connection")
    else { return nil }
    _ = library.bioMethSetRead(method) { bio, target, count in
      TLSTransport.call(bio, TLSTransport.retryRead) {
        $0.receive(into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)))
      }
    }
    _ = library.bioMethSetWrite(method) { bio, bytes, count in
      TLSTransport.call(bio, TLSTransport.retryWrite) {
        $0.send(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      }
    }
    _ = library.bioMethSetCtrl(method) { _, command, _, _ in
      // BIO_CTRL_FLUSH: nothing is held back. There is nothing else to be asked.
      command == 11 ? 1 : 0
    }
    return method
  }()

  private static func call(_ bio: OpaquePointer?, _ retry: Int32, _ body: (TLSSession) -> Int?) -> Int32 {
    guard let library = try? OpenSSL.host.get(), let here = library.bioGetData(bio) else { return -1 }
    library.bioClearFlags(bio, 15)
    guard let count = body(Unmanaged<TLSSession>.fromOpaque(here).takeUnretainedValue()) else {
      library.bioSetFlags(bio, retry)
      return -1
    }
    return count > 0 ? Int32(count) : -1
  }
}
