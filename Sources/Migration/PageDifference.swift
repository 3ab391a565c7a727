/// What has changed in a page since the other side got it: pieces of new bytes, and how far they lie apart.
///
/// A piece begins with two numbers of 2 bytes: how many words of 8 bytes stay as they are before it, and how many it
/// has. What is behind the last one stays as it is.
enum PageDifference {
  private static let word = MemoryLayout<UInt64>.size
  private static let words = PageTable.pageSize / word
  private static let headSize = 4

  /// Writes what turns `old` into `new` to `target`, which has room for `limit` bytes.
  ///
  /// - Returns: how many bytes that took; nil when there is no room.
  static func encode(
    _ old: UnsafeRawPointer, _ new: UnsafeRawPointer, into target: UnsafeMutableRawPointer, limit: Int
  ) -> Int? {
    func differs(_ index: Int) -> Bool {
      let place = index * word
      return old.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        != new.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    }
    var count = 0
    var done = 0
    var index = 0
    while true {
      while index < words, !differs(index) { index += 1 }
      guard index < words else { return count }
      let first = index
      while index < words, differs(index) { index += 1 }
      let size = (index - first) * word
      guard count + headSize + size <= limit else { return nil }
      let head = UInt32(first - done) | UInt32(index - first) << 16
      target.storeBytes(of: head.littleEndian, toByteOffset: count, as: UInt32.self)
      (target + count + headSize).copyMemory(from: new + first * word, byteCount: size)
      count += headSize + size
      done = index
    }
  }

  /// Changes `page` by `difference`; false when that is none.
  static func apply(_ difference: UnsafeRawBufferPointer, to page: UnsafeMutableRawPointer) -> Bool {
    var at = 0
    var done = 0
    while at < difference.count {
      guard let start = difference.baseAddress, difference.count - at >= headSize else { return false }
      let head = UInt32(littleEndian: difference.loadUnaligned(fromByteOffset: at, as: UInt32.self))
      let first = done + Int(head & 0xffff)
      let count = Int(head >> 16)
      at += headSize
      guard count > 0, first + count <= words, difference.count - at >= count * word else { return false }
      (page + first * word).copyMemory(from: start + at, byteCount: count * word)
      at += count * word
      done = first + count
    }
    return true
  }
}
