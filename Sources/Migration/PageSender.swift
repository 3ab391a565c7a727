import GuestMemory

/// Pages on their way into frames. The guest may run meanwhile: each page is copied first, and what of it changes
/// later is dirty again.
final class PageSender {
  private let blocks: [MemoryView]
  private let ledgers: [PageLedger]
  private let head: UnsafeMutableRawPointer
  private let data: UnsafeMutableRawPointer
  private var entries = 0
  private var dataCount = 0
  /// Pages in a frame: they stay in the host's cache between being copied, summed and written.
  private static let framePages = 128
  private let emit: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(MigrationError) -> Void

  /// Pages sent as they are, and bytes of frames.
  private(set) var plainCount: UInt64 = 0
  /// Pages told to be zero, or not sent because they are.
  private(set) var zeroCount: UInt64 = 0
  /// Pages named in this round.
  private var roundCount: UInt64 = 0

  /// `emit` gets the frames: header and table, then the data.
  init(
    _ blocks: [MemoryView],
    _ emit: @escaping (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(MigrationError) -> Void
  ) {
    self.blocks = blocks
    self.emit = emit
    ledgers = blocks.map { PageLedger(pageCount: $0.pageCount) }
    head = .allocate(
      byteCount: FrameHeader.size + PageTable.headSize + PageTable.maximumEntries * PageTable.entrySize, alignment: 64)
    data = .allocate(byteCount: Self.framePages * PageTable.pageSize, alignment: 4096)
  }

  deinit {
    head.deallocate()
    data.deallocate()
  }

  /// The digest of what the destination has.
  var digest: UInt64 { MemoryView.digest(blocks, ledgers.map(\.total)) }

  /// Sends the pages of `runs`, by block, ascending.
  ///
  /// - Returns: how many pages were named.
  func send(_ runs: [[Range<Int>]]) throws(MigrationError) -> UInt64 {
    roundCount = 0
    for (number, block) in blocks.enumerated() {
      for run in runs[number] { for page in run { try add(page, number, block) } }
      try flush(number)
    }
    return roundCount
  }

  private func add(_ page: Int, _ number: Int, _ block: MemoryView) throws(MigrationError) {
    let source = UnsafeRawPointer(block.base + page * PageTable.pageSize)
    let ledger = ledgers[number]
    if PageScan.isZero(UnsafeRawBufferPointer(start: source, count: PageTable.pageSize)) {
      zeroCount += 1
      guard ledger[page] != 0 else { return }
      ledger[page] = 0
      put(page, 0, .zeros, 1)
    } else {
      let place = data + dataCount
      place.copyMemory(from: source, byteCount: PageTable.pageSize)
      let checksum = PageLedger.checksum(place)
      ledger[page] = checksum
      dataCount += PageTable.pageSize
      plainCount += 1
      put(page, PageTable.pageSize, .plain, checksum)
    }
    roundCount += 1
    if dataCount == Self.framePages * PageTable.pageSize || entries == PageTable.maximumEntries { try flush(number) }
  }

  private func put(_ page: Int, _ size: Int, _ form: PageTable.Form, _ checksum: UInt64) {
    let at = FrameHeader.size + PageTable.headSize + entries * PageTable.entrySize
    let word = UInt64(page) | UInt64(size) << 32 | UInt64(form.rawValue) << 48
    head.storeBytes(of: word.littleEndian, toByteOffset: at, as: UInt64.self)
    head.storeBytes(of: checksum.littleEndian, toByteOffset: at + 8, as: UInt64.self)
    entries += 1
  }

  private func flush(_ number: Int) throws(MigrationError) {
    guard entries > 0 else { return }
    let table = PageTable.headSize + entries * PageTable.entrySize
    head.storeBytes(of: UInt32(number).littleEndian, toByteOffset: FrameHeader.size, as: UInt32.self)
    head.storeBytes(of: UInt32(entries).littleEndian, toByteOffset: FrameHeader.size + 4, as: UInt32.self)
    let covered = UnsafeRawBufferPointer(start: head + FrameHeader.size, count: table)
    FrameHeader(.pages, length: table + dataCount, covered: covered).write(to: head)
    let first = UnsafeRawBufferPointer(start: head, count: FrameHeader.size + table)
    let rest = UnsafeRawBufferPointer(start: data, count: dataCount)
    entries = 0
    dataCount = 0
    try emit(first, rest)
  }
}
