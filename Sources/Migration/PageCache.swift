/// Pages as the other side has them, for the differences to them: as many as there is room for, each at the one place
/// that its number gives it.
final class PageCache {
  private let pages: UnsafeMutableRawPointer
  /// What is where: one more than a block's number and a page's in one; 0: nothing.
  private var owners: [UInt64]

  /// With room for `size` bytes, at least a page.
  init(size: UInt64) {
    let count = max(1, Int(clamping: size / UInt64(PageTable.pageSize)))
    owners = [UInt64](repeating: 0, count: count)
    // The host gives memory for what is used of it.
    pages = .allocate(byteCount: count * PageTable.pageSize, alignment: PageTable.pageSize)
  }

  deinit { pages.deallocate() }

  private static func owner(_ page: Int, _ block: Int) -> UInt64 { UInt64(block) << 48 | UInt64(page) + 1 }

  private func slot(_ page: Int, _ block: Int) -> Int { (page &+ block &* 0x9e37) % owners.count }

  /// The page as it was sent last, if that is known still.
  func find(_ page: Int, _ block: Int) -> UnsafeRawPointer? {
    let slot = slot(page, block)
    return owners[slot] == Self.owner(page, block) ? UnsafeRawPointer(pages + slot * PageTable.pageSize) : nil
  }

  /// It is being sent as `bytes`.
  func keep(_ page: Int, _ block: Int, _ bytes: UnsafeRawPointer) {
    let slot = slot(page, block)
    owners[slot] = Self.owner(page, block)
    (pages + slot * PageTable.pageSize).copyMemory(from: bytes, byteCount: PageTable.pageSize)
  }

  /// It is being sent as zeros.
  func forget(_ page: Int, _ block: Int) {
    let slot = slot(page, block)
    if owners[slot] == Self.owner(page, block) { owners[slot] = 0 }
  }
}
