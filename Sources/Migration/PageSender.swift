import GuestMemory
import Snapshots

/// Pages on their way into frames. The guest may run meanwhile: each page is copied first, and what of it changes
/// later is dirty again.
final class PageSender: RoundSender {
  /// Gets a frame: header and table, then the data.
  typealias Emit = (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(MigrationError) -> Void

  private let blocks: [any PageStore]
  private let ledgers: [PageLedger]
  private let head: UnsafeMutableRawPointer
  private let data: UnsafeMutableRawPointer
  private var entries = 0
  private var dataCount = 0
  /// Pages in a frame: they stay in the host's cache between being copied, summed and written.
  private static let framePages = 128
  private let emit: Emit
  private let level: Int32?
  private let cache: PageCache?
  /// Where a page is read to that has no place in memory.
  private let own = UnsafeMutableRawPointer.allocate(byteCount: PageTable.pageSize, alignment: 4096)
  /// Where a difference is tried, or data compressed.
  private let scratch: UnsafeMutableRawBufferPointer
  /// The most bytes of a difference: beyond that a page costs less as it is.
  private static let differenceLimit = PageTable.pageSize * 3 / 4

  /// What became of all pages so far.
  private(set) var counts = PageCounts()
  /// Pages named so far.
  private(set) var named: UInt64 = 0

  /// `emit` gets the frames. `level` is that of the compression, if data is to be
  /// compressed; `cacheSize` the bytes kept for differences, if those are to be sent.
  init(
    _ blocks: [any PageStore], level: Int32? = nil, cacheSize: UInt64? = nil,
    _ emit: @escaping Emit
  ) {
    self.blocks = blocks
    self.emit = emit
    ledgers = blocks.map { PageLedger(pageCount: $0.pageCount) }
    head = .allocate(
      byteCount: FrameHeader.size + PageTable.headSize + PageTable.maximumEntries * PageTable.entrySize, alignment: 64)
    data = .allocate(byteCount: Self.framePages * PageTable.pageSize, alignment: 4096)
    self.level = level
    cache = cacheSize.map { PageCache(size: $0) }
    scratch = .allocate(byteCount: Zstd.bound(Self.framePages * PageTable.pageSize), alignment: 64)
  }

  deinit {
    own.deallocate()
    head.deallocate()
    data.deallocate()
    scratch.deallocate()
  }

  /// The sum of each block's pages.
  var sums: [UInt64] { ledgers.map(\.total) }

  func send(
    _ runs: [[Range<Int>]], round: UInt32, isLast: Bool, until isOver: () -> Bool
  ) throws(MigrationError) -> (count: UInt64, left: [[Range<Int>]]) {
    let first = named
    // In the first round nothing is kept for differences: most pages are never sent again.
    keepsPages = round > 1
    var left = runs.map { _ in [Range<Int>]() }
    for (number, block) in blocks.enumerated() {
      for run in runs[number] {
        var pages = run
        while let page = pages.first, !isOver() {
          // Asking after each page would cost more than a piece too many.
          let piece = page..<min(page + Self.framePages, pages.upperBound)
          for page in piece { try add(page, number, block) }
          pages = piece.upperBound..<pages.upperBound
        }
        if !pages.isEmpty { left[number].append(pages) }
      }
      try flush(number)
    }
    return (named - first, left)
  }

  /// Sends `pages` of a block behind the machine, whole, at once: the zero ones have to be named, too.
  func send(late pages: Range<Int>, of number: Int) throws(MigrationError) {
    keepsPages = false
    for page in pages { try add(page, number, blocks[number], namesZeros: true) }
    try flush(number)
  }

  private func add(
    _ page: Int, _ number: Int, _ block: any PageStore, namesZeros: Bool = false
  ) throws(MigrationError) {
    let source = try block.bytes(of: page, scratch: own)
    let ledger = ledgers[number]
    if PageScan.isZero(UnsafeRawBufferPointer(start: source, count: PageTable.pageSize)) {
      counts.zero += 1
      guard ledger[page] != 0 || namesZeros else { return }
      ledger[page] = 0
      cache?.forget(page, number)
      put(page, 0, .zeros, 1)
    } else {
      let place = data + dataCount
      // Not in one go: what is summed has to be what is sent, and the guest may write between two looks at a byte.
      place.copyMemory(from: source, byteCount: PageTable.pageSize)
      let checksum = PageLedger.checksum(place)
      ledger[page] = checksum
      let size = shorten(page, number, place)
      dataCount += size ?? PageTable.pageSize
      put(page, size ?? PageTable.pageSize, size == nil ? .plain : .difference, checksum)
    }
    named += 1
    let isFull = dataCount > (Self.framePages - 1) * PageTable.pageSize
    if isFull || entries == PageTable.maximumEntries { try flush(number) }
  }

  private var keepsPages = false

  /// Replaces the page at `place` by its difference to what the other side has, where that is known and pays; how many
  /// bytes that takes.
  private func shorten(_ page: Int, _ number: Int, _ place: UnsafeMutableRawPointer) -> Int? {
    guard let cache, keepsPages, blocks[number] is MemoryView, let target = scratch.baseAddress else {
      counts.plain += 1
      return nil
    }
    let old = cache.find(page, number)
    let size = old.flatMap { PageDifference.encode($0, place, into: target, limit: Self.differenceLimit) }
    cache.keep(page, number, place)
    guard let size else {
      counts.plain += 1
      if old == nil { counts.missed += 1 } else { counts.overflowed += 1 }
      return nil
    }
    place.copyMemory(from: target, byteCount: size)
    counts.difference += 1
    counts.differenceBytes += UInt64(size)
    return size
  }

  /// `bytes` compressed, where that is wanted and pays.
  private func pack(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard let level, !bytes.isEmpty else { return nil }
    let count = Zstd.compress(bytes, into: scratch, level: level)
    counts.unpackedBytes += UInt64(bytes.count)
    counts.packedBytes += UInt64(min(count, bytes.count))
    return count < bytes.count ? UnsafeRawBufferPointer(rebasing: scratch[..<count]) : nil
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
    let plain = UnsafeRawBufferPointer(start: data, count: dataCount)
    let rest = pack(plain) ?? plain
    let kind: FrameKind = rest.baseAddress == plain.baseAddress ? .pages : .packed
    FrameHeader(kind, length: table + rest.count, covered: covered).write(to: head)
    let first = UnsafeRawBufferPointer(start: head, count: FrameHeader.size + table)
    entries = 0
    dataCount = 0
    try emit(first, rest)
  }
}
