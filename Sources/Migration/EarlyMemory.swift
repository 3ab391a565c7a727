/// Memory that comes before its machine runs, and disks that are copied: nobody else uses them.
final class EarlyMemory: PageSink {
  private let blocks: [any PageStore]
  /// Those of them that are memory.
  private let memories: [MemoryView?]
  private let ledgers: [PageLedger]
  /// Pages of a disk that follow each other there and in what came; they are put into place at once.
  private var run: (block: Int, page: Int, bytes: UnsafeRawBufferPointer)?

  /// For `blocks`, which are all zero.
  init(_ blocks: [any PageStore]) {
    self.blocks = blocks
    memories = blocks.map { $0 as? MemoryView }
    ledgers = blocks.map { PageLedger(pageCount: $0.pageCount) }
  }

  /// The sum of each block's pages.
  var sums: [UInt64] { ledgers.map(\.total) }

  var isOrdered: Bool { true }

  func zeros(_ pages: Range<Int>, of block: Int) throws(MigrationError) {
    let ledger = ledgers[block]
    for page in pages where ledger[page] != 0 {
      try settle()
      try blocks[block].clear(page..<page + 1)
      ledger[page] = 0
    }
  }

  func plain(_ page: Int, of block: Int, _ bytes: UnsafeRawPointer, _ checksum: UInt64) throws(MigrationError) -> Bool {
    let size = PageTable.pageSize
    // Nobody uses the machine if it is wrong.
    let sum = memories[block]?.put(page, bytes) ?? PageLedger.checksum(bytes)
    guard sum == checksum else { return false }
    ledgers[block][page] = checksum
    guard memories[block] == nil else { return true }
    if let run, run.block == block, run.page + run.bytes.count / size == page,
      run.bytes.baseAddress.map({ $0 + run.bytes.count }) == bytes
    {
      self.run?.bytes = UnsafeRawBufferPointer(start: run.bytes.baseAddress, count: run.bytes.count + size)
    } else {
      try settle()
      run = (block, page, UnsafeRawBufferPointer(start: bytes, count: size))
    }
    return true
  }

  func difference(_ page: Int, of block: Int, _ bytes: UnsafeRawBufferPointer, _ checksum: UInt64)
    throws(MigrationError) -> String?
  {
    guard let memory = memories[block] else { return "came as a difference, and is none of the memory" }
    let place = memory.base + page * PageTable.pageSize
    guard PageDifference.apply(bytes, to: place) else { return "has a difference that is none" }
    guard PageLedger.checksum(place) == checksum else { return "came damaged: its checksum is wrong" }
    ledgers[block][page] = checksum
    return nil
  }

  func settle() throws(MigrationError) {
    guard let run else { return }
    self.run = nil
    try blocks[run.block].put(run.page, run.bytes)
  }
}
