import CZstd

/// Frames of Zstandard (RFC 8878).
public enum Zstd {
  /// Bytes that a frame of `count` bytes may take.
  public static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

  /// Compresses `source` at `level`, 1 to 19, into `target`, which has `bound` bytes; the frame's length.
  public static func compress(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, level: Int32
  ) -> Int {
    let count = ZSTD_compress(target.baseAddress, target.count, source.baseAddress, source.count, level)
    precondition(ZSTD_isError(count) == 0, "zstd cannot compress \(source.count) bytes")
    return count
  }

  /// Expands `source` into exactly all of `target`; what is wrong otherwise, in words.
  public static func expand(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> String? {
    let count = ZSTD_decompress(target.baseAddress, target.count, source.baseAddress, source.count)
    if ZSTD_isError(count) != 0 { return "zstd: \(String(cString: ZSTD_getErrorName(count)))" }
    return count == target.count ? nil : "the frame holds \(count) bytes, not \(target.count)"
  }
}
