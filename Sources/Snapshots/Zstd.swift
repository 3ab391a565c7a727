import CZstd

/// Chunks as frames of Zstandard (RFC 8878).
enum Zstd {
  /// Bytes that a frame of `count` bytes may take.
  static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

  /// Compresses `source` into `target`, which has `bound` bytes; the frame's length.
  static func compress(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, level: Int32
  ) -> Int {
    let count = ZSTD_compress(target.baseAddress, target.count, source.baseAddress, source.count, level)
    precondition(ZSTD_isError(count) == 0, "zstd cannot compress \(source.count) bytes")
    return count
  }

  /// Expands `source` into exactly all of `target`; what is wrong otherwise, in words.
  static func expand(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> String? {
    let count = ZSTD_decompress(target.baseAddress, target.count, source.baseAddress, source.count)
    if ZSTD_isError(count) != 0 { return "zstd: \(String(cString: ZSTD_getErrorName(count)))" }
    return count == target.count ? nil : "the frame holds \(count) bytes, not \(target.count)"
  }
}
