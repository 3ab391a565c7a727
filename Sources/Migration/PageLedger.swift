import Glibc
import Snapshots

/// The checksum of every page of a block as the destination has it, and their sum; Protocol.md, "Digests".
final class PageLedger {
  let pageCount: Int
  private let sums: UnsafeMutablePointer<UInt64>
  /// Of all pages.
  private(set) var total: UInt64 = 0

  /// Of `pageCount` pages of zeros.
  init(pageCount: Int) {
    self.pageCount = pageCount
    // Zeros that cost nothing until they are touched: a channel touches those of its own pages alone.
    guard let zeros = calloc(pageCount, 8) else { preconditionFailure("no memory for \(pageCount) checksums") }
    sums = zeros.assumingMemoryBound(to: UInt64.self)
  }

  deinit { free(sums) }

  /// The page's checksum; 0 for zeros.
  subscript(page: Int) -> UInt64 {
    get { sums[page] }
    set {
      total = total &- Self.term(sums[page], page) &+ Self.term(newValue, page)
      sums[page] = newValue
    }
  }

  /// The checksum of a page that is not zero.
  static func checksum(_ page: UnsafeRawPointer) -> UInt64 {
    max(1, XXH64.hash(UnsafeRawBufferPointer(start: page, count: PageTable.pageSize)))
  }

  /// Copies a page that is not zero, and that nobody changes meanwhile; its checksum.
  static func copy(_ page: UnsafeRawPointer, to target: UnsafeMutableRawPointer) -> UInt64 {
    max(1, XXH64.copy(UnsafeRawBufferPointer(start: page, count: PageTable.pageSize), to: target))
  }

  /// What a page adds to the sum.
  static func term(_ checksum: UInt64, _ page: Int) -> UInt64 {
    guard checksum != 0 else { return 0 }
    let spread = (checksum &<< 29 | checksum &>> 35) ^ UInt64(page) &* 0x9e37_79b9_7f4a_7c15
    let product = spread &* 0xff51_afd7_ed55_8ccd
    return product ^ product &>> 32
  }
}
