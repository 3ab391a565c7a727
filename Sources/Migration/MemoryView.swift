import Glibc
import GuestMemory
import Snapshots

/// A block of memory as a migration's thread sees it beside the machine's: which pages that thread may touch, and when,
/// follows from the protocol.
struct MemoryView: PageStore, @unchecked Sendable {
  let name: String
  let base: UnsafeMutableRawPointer
  let pageCount: Int
  /// Keeps it there.
  let block: RAMBlock

  /// The view of `block`.
  init(_ block: RAMBlock) {
    name = block.name
    base = block.unguarded
    pageCount = block.pageCount
    self.block = block
  }

  func bytes(of page: Int, scratch: UnsafeMutableRawPointer) -> UnsafeRawPointer {
    UnsafeRawPointer(base + page * PageTable.pageSize)
  }

  func put(_ page: Int, _ bytes: UnsafeRawBufferPointer) { block.put(page * PageTable.pageSize, bytes) }

  /// Puts a page into place; the checksum of what is there now.
  func put(_ page: Int, _ bytes: UnsafeRawPointer) -> UInt64 {
    PageLedger.copy(bytes, to: base + page * PageTable.pageSize)
  }

  func clear(_ pages: Range<Int>) {
    memset(base + pages.lowerBound * PageTable.pageSize, 0, pages.count * PageTable.pageSize)
  }

  /// The sums of `stores`: of memory over what is in it, for which `backed` has its pages, in order; of the others, of
  /// which that is not asked for, as `known`.
  static func sums(of stores: [any PageStore], _ backed: [[Range<Int>]], else known: [UInt64]) -> [UInt64] {
    var sums = known
    for (index, backed) in backed.enumerated() {
      if let memory = stores[index] as? MemoryView { sums[index] = memory.sum(backed) }
    }
    return sums
  }

  /// The sum over what is in memory now; the guest stands still. `backed` are the bytes that may not be zero.
  func sum(_ backed: [Range<Int>]) -> UInt64 {
    var sum: UInt64 = 0
    for range in backed {
      for page in range {
        let bytes = UnsafeRawPointer(base + page * PageTable.pageSize)
        guard !PageScan.isZero(UnsafeRawBufferPointer(start: bytes, count: PageTable.pageSize)) else { continue }
        sum &+= PageLedger.term(PageLedger.checksum(bytes), page)
      }
    }
    return sum
  }

  /// Pages for which the host has given memory; all others are zero.
  static func backedPages(_ block: RAMBlock) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var at = 0
    while case let data = block.backed(from: at), !data.isEmpty {
      runs.append(
        data.lowerBound / PageTable.pageSize..<(data.upperBound + PageTable.pageSize - 1) / PageTable.pageSize)
      at = data.upperBound
    }
    return runs
  }
}
