import Glibc

/// Memory that comes before its machine runs: nobody else uses it.
final class EarlyMemory: PageSink {
  private let blocks: [MemoryView]
  private let ledgers: [PageLedger]
  /// Pages that follow each other in memory and in what came; they are put into place at once.
  private var run: (block: Int, page: Int, bytes: UnsafeRawBufferPointer)?

  /// For `blocks`, which are all zero.
  init(_ blocks: [MemoryView]) {
    self.blocks = blocks
    ledgers = blocks.map { PageLedger(pageCount: $0.pageCount) }
  }

  /// The digest of what has come.
  var digest: UInt64 { MemoryView.digest(blocks, ledgers.map(\.total)) }

  var isOrdered: Bool { true }

  func zeros(_ pages: Range<Int>, of block: Int) {
    let ledger = ledgers[block]
    for page in pages where ledger[page] != 0 {
      settle()
      memset(blocks[block].base + page * PageTable.pageSize, 0, PageTable.pageSize)
      ledger[page] = 0
    }
  }

  func plain(_ page: Int, of block: Int, _ bytes: UnsafeRawBufferPointer, _ checksum: UInt64) {
    ledgers[block][page] = checksum
    if let run, run.block == block, run.page + run.bytes.count / PageTable.pageSize == page,
      run.bytes.baseAddress.map({ $0 + run.bytes.count }) == bytes.baseAddress
    {
      let count = run.bytes.count + bytes.count
      self.run = (block, run.page, UnsafeRawBufferPointer(start: run.bytes.baseAddress, count: count))
      return
    }
    settle()
    run = (block, page, bytes)
  }

  func difference(_ page: Int, of block: Int, _ bytes: UnsafeRawBufferPointer, _ checksum: UInt64) -> String? {
    settle()
    let place = blocks[block].base + page * PageTable.pageSize
    guard PageDifference.apply(bytes, to: place) else { return "has a difference that is none" }
    guard PageLedger.checksum(place) == checksum else { return "came damaged: its checksum is wrong" }
    ledgers[block][page] = checksum
    return nil
  }

  func settle() {
    guard let run else { return }
    blocks[run.block].block.put(run.page * PageTable.pageSize, run.bytes)
    self.run = nil
  }
}
