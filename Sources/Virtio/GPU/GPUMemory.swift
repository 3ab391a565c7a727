import GuestMemory

/// The memory of a GPU, which no guest sees: the shape of its cursor, dots of resources, and lists of what backs them.
enum GPUMemory {
  /// Bytes.
  static let size = 128 << 20
  static let pageCount = size >> RAMBlock.pageShift
  /// Dots of a cursor's sides.
  static let cursorSide = 64
  /// The shape of the cursor, as 0xAARRGGBB, is at its beginning.
  static let cursorPages = pages(cursorSide * cursorSide * 4)
  /// The most pieces of guest memory behind a resource.
  static let backingLimit: UInt32 = 32768

  /// How many pages `count` bytes take.
  static func pages(_ count: Int) -> Int { (count + RAMBlock.pageSize - 1) >> RAMBlock.pageShift }

  /// The first of `count` pages that none of `resources` has; nil when there is no room.
  static func place(_ count: Int, among resources: [GPUResource]) -> Int? {
    let taken = resources.flatMap { [$0.pages, $0.backingPages] }.filter { !$0.isEmpty }
      .sorted { $0.lowerBound < $1.lowerBound }
    var start = cursorPages
    for range in taken {
      if range.lowerBound - start >= count { break }
      start = max(start, range.upperBound)
    }
    return start + count <= pageCount ? start : nil
  }
}
