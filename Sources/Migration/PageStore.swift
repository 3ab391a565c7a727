import Snapshots

/// What consists of pages and moves: a block of memory, or a disk that is copied. Used by a migration's thread beside the
/// machine's: which pages it may touch, and when, follows from the protocol.
protocol PageStore: Sendable {
  /// Unique in a machine.
  var name: String { get }
  var pageCount: Int { get }

  /// Where the bytes of `page` are: their own place, or `scratch`, a page, after they were put there. They may change
  /// meanwhile; then the page counts as changed.
  func bytes(of page: Int, scratch: UnsafeMutableRawPointer) throws(MigrationError) -> UnsafeRawPointer

  /// Puts whole pages from `page` on into place.
  func put(_ page: Int, _ bytes: UnsafeRawBufferPointer) throws(MigrationError)

  /// Makes `pages` zero.
  func clear(_ pages: Range<Int>) throws(MigrationError)
}

/// The digest of `stores`, from the sums of their pages.
func digest(_ stores: [any PageStore], _ sums: [UInt64]) -> UInt64 {
  var bytes: [UInt8] = []
  for (store, sum) in zip(stores, sums) {
    bytes += Array(store.name.utf8) + [0]
    for number in [UInt64(store.pageCount * PageTable.pageSize), sum] {
      withUnsafeBytes(of: number.littleEndian) { bytes += Array($0) }
    }
  }
  return XXH64.hash(bytes)
}
