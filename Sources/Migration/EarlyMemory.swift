/// Memory that comes before its machine runs, and disks that are copied: nobody else uses them.
final class EarlyMemory: PageSink {
  private let blocks: [any PageStore]
  private let ledgers: [PageLedger]
  /// Pages that follow each other in memory and in what came; they are put into place at once.
  private var run: (block: Int, page: Int, bytes: UnsafeRawBufferPointer)?

  /// For `blocks`, which are all zero.
  init(_ blocks: [any PageStore]) {
    self.blocks = blocks
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

  func plain(_ page: Int, of block: Int, _ bytes: UnsafeRawBufferPointer, _ checksum: UInt64) throws(MigrationError) {
    ledgers[block][page] = checksum
    if let run, run.block == block, run.page + run.bytes.count / PageTable.pageSize == page,
      run.bytes.baseAddress.map({ $0 + run.bytes.count }) == bytes.baseAddress
    {
      let count = run.bytes.count + bytes.count
      self.run = (block, run.page, UnsafeRawBufferPointer(start: run.bytes.baseAddress, count: count))
      return
    }
    try settle()
    run = (block, page, bytes)
  }

  func difference(_ page: Int, of block: Int, _ bytes: UnsafeRawBufferPointer, _ checksum: UInt64)
    throws(MigrationError) -> String?
  {
    try settle()
    guard let memory = blocks[block] as? MemoryView else { return "came as a difference, and is none of the memory" }
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
