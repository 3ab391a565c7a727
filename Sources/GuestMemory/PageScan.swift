/// Looking through memory for pages that are all zero.
public enum PageScan {
  /// Whether every byte is zero. Fastest where address and count are multiples of 64.
  @inlinable
  public static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress else { return true }
    var at = 0
    // The first bytes of most pages that are not zero tell at once.
    while at &+ 64 <= bytes.count {
      var any: UInt64 = 0
      for word in 0..<8 { any |= base.loadUnaligned(fromByteOffset: at &+ word &* 8, as: UInt64.self) }
      guard any == 0 else { return false }
      at &+= 64
    }
    while at < bytes.count {
      guard base.load(fromByteOffset: at, as: UInt8.self) == 0 else { return false }
      at &+= 1
    }
    return true
  }

  /// The runs of 4 KiB pages in `bytes` that are not all zero, by their number in it. A part of a page at the end
  /// counts as one.
  public static func pagesInUse(_ bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    let size = RAMBlock.pageSize
    for page in 0..<(bytes.count + size - 1) / size {
      let end = min(bytes.count, (page + 1) * size)
      guard !isZero(UnsafeRawBufferPointer(rebasing: bytes[page * size..<end])) else { continue }
      if let last = runs.last, last.upperBound == page {
        runs[runs.count - 1] = last.lowerBound..<page + 1
      } else {
        runs.append(page..<page + 1)
      }
    }
    return runs
  }
}
