import DeviceModel
import Glibc

/// Whole runs of a file's bytes.
enum FileBytes {
  /// Fills `target` from `offset` on; a file that ends before fails.
  static func read(_ descriptor: Int32, at offset: Int, into target: UnsafeMutableRawBufferPointer) -> BlockResult {
    var done = 0
    while done < target.count {
      let got = pread(descriptor, target.baseAddress.map { $0 + done }, target.count - done, offset + done)
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return .failed }
      done += got
    }
    return .done
  }

  /// Stores all of `source` from `offset` on.
  static func write(_ descriptor: Int32, at offset: Int, from source: UnsafeRawBufferPointer) -> BlockResult {
    var done = 0
    while done < source.count {
      let put = pwrite(descriptor, source.baseAddress.map { $0 + done }, source.count - done, offset + done)
      if put < 0, errno == EINTR { continue }
      guard put > 0 else { return put < 0 && [ENOSPC, EDQUOT].contains(errno) ? .noSpace : .failed }
      done += put
    }
    return .done
  }
}
