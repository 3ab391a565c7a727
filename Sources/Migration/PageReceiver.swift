import Glibc
import Snapshots

/// Pages out of frames into memory that nobody else uses. What a peer sends is checked: pages lie in the blocks, ascend
/// within a round, and are what their checksums say.
struct PageReceiver {
  private let blocks: [MemoryView]
  private let ledgers: [PageLedger]
  /// The first page that may come: blocks one after the other.
  private var next = (block: 0, page: 0)
  private var roundCount: UInt64 = 0
  /// What has come over all rounds.
  private(set) var counts = PageCounts()

  /// For `blocks`, which are all zero.
  init(_ blocks: [MemoryView]) {
    self.blocks = blocks
    ledgers = blocks.map { PageLedger(pageCount: $0.pageCount) }
  }

  /// The digest of what has come.
  var digest: UInt64 { MemoryView.digest(blocks, ledgers.map(\.total)) }

  /// Takes a frame of PAGES in, or of PACKED.
  mutating func take(_ payload: UnsafeRawBufferPointer, isPacked: Bool = false) throws(MigrationError) {
    let table = try PageTable.covered(payload)
    let rest = UnsafeRawBufferPointer(rebasing: payload[table.count...])
    guard isPacked else { return try take(table, rest) }
    let data = UnsafeMutableRawBufferPointer.allocate(byteCount: try PageTable.dataSize(table), alignment: 64)
    defer { data.deallocate() }
    if let problem = Zstd.expand(rest, into: data) {
      throw MigrationError("PACKED cannot be read: \(problem)")
    }
    counts.unpackedBytes += UInt64(data.count)
    counts.packedBytes += UInt64(rest.count)
    try take(table, UnsafeRawBufferPointer(data))
  }

  private mutating func take(
    _ table: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer
  ) throws(MigrationError) {
    func number<T: FixedWidthInteger>(_ offset: Int, _: T.Type = T.self) -> T {
      T(littleEndian: table.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
    let number0: UInt32 = number(0)
    guard number0 < UInt32(blocks.count) else { throw MigrationError("PAGES of block \(number0), which is none") }
    let index = Int(number0)
    let block = blocks[index]
    guard index >= next.block else { throw MigrationError("PAGES of block \(block.name) came twice in a round") }
    if index > next.block { next = (index, 0) }
    var at = 0
    for entry in stride(from: PageTable.headSize, to: table.count, by: PageTable.entrySize) {
      let word: UInt64 = number(entry)
      let checksum: UInt64 = number(entry + 8)
      let page = Int(word & 0xffff_ffff)
      let size = Int(word >> 32 & 0xffff)
      func refusal(_ text: String) -> MigrationError {
        MigrationError("page \(page) of \(block.name) \(text)")
      }
      guard page >= next.page else { throw refusal("came twice in a round, or out of order") }
      guard page < block.pageCount else { throw refusal("lies outside of it: it has \(block.pageCount)") }
      guard word >> 56 == 0, let form = PageTable.Form(rawValue: UInt8(truncatingIfNeeded: word >> 48)) else {
        throw refusal("has a form that is not known")
      }
      let place = block.base + page * PageTable.pageSize
      switch form {
      case .zeros:
        guard size == 0, checksum > 0, checksum <= UInt64(block.pageCount - page) else {
          throw refusal("begins \(checksum) pages of zeros with \(size) bytes")
        }
        clear(page, Int(checksum), index)
        next.page = page + Int(checksum)
      case .plain, .difference:
        guard size <= PageTable.pageSize, data.count - at >= size, form == .difference || size == PageTable.pageSize
        else { throw refusal("has \(size) bytes, and \(data.count - at) came") }
        let bytes = UnsafeRawBufferPointer(rebasing: data[at..<at + size])
        if form == .difference {
          guard PageDifference.apply(bytes, to: place) else { throw refusal("has a difference that is none") }
          counts.difference += 1
          counts.differenceBytes += UInt64(size)
        } else {
          UnsafeMutableRawBufferPointer(start: place, count: size).copyMemory(from: bytes)
          counts.plain += 1
        }
        guard PageLedger.checksum(place) == checksum else { throw refusal("came damaged: its checksum is wrong") }
        ledgers[index][page] = checksum
        at += size
        roundCount += 1
        next.page = page + 1
      }
    }
    guard at == data.count else { throw MigrationError("PAGES with \(data.count - at) bytes too many") }
  }

  private mutating func clear(_ first: Int, _ count: Int, _ index: Int) {
    let ledger = ledgers[index]
    for page in first..<first + count where ledger[page] != 0 {
      memset(blocks[index].base + page * PageTable.pageSize, 0, PageTable.pageSize)
      ledger[page] = 0
    }
    counts.zero += UInt64(count)
    roundCount += UInt64(count)
  }

  /// A round is over, in which `count` pages were sent.
  mutating func endRound(_ count: UInt64) throws(MigrationError) {
    guard count == roundCount else { throw MigrationError("a round had \(count) pages, and \(roundCount) came") }
    next = (0, 0)
    roundCount = 0
  }
}
