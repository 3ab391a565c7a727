import GuestMemory
import Snapshots

/// A block of memory as a migration's thread sees it beside the machine's: which pages that thread may touch, and when,
/// follows from the protocol.
struct MemoryView: @unchecked Sendable {
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

  /// The digest of all memory, from the sums of its blocks.
  static func digest(_ blocks: [MemoryView], _ sums: [UInt64]) -> UInt64 {
    var bytes: [UInt8] = []
    for (block, sum) in zip(blocks, sums) {
      bytes += Array(block.name.utf8) + [0]
      for number in [UInt64(block.pageCount * PageTable.pageSize), sum] {
        withUnsafeBytes(of: number.littleEndian) { bytes += Array($0) }
      }
    }
    return XXH64.hash(bytes)
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
