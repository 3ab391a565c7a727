import Snapshots

/// Pages out of frames on their way to a sink. What a peer sends is checked: pages lie in the blocks, ascend within a
/// round where the sink wants that, are what their checksums say, and no more than are to come.
struct PageReceiver {
  private let blocks: [any PageStore]
  private let sink: any PageSink
  /// The most pages that may come in a round.
  private let limit: UInt64
  /// What of the pages may come, if that is not all.
  private let stripe: Stripe?
  /// The first page that may come: blocks one after the other.
  private var next = (block: 0, page: 0)
  private var roundCount: UInt64 = 0
  /// What has come over all rounds.
  private(set) var counts = PageCounts()

  /// For `blocks`, by way of `sink`.
  init(_ blocks: [any PageStore], to sink: any PageSink, limit: UInt64 = .max, stripe: Stripe? = nil) {
    self.limit = limit
    self.stripe = stripe
    self.blocks = blocks
    self.sink = sink
  }

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
    let isOrdered = sink.isOrdered
    guard index >= next.block || !isOrdered else {
      throw MigrationError("PAGES of block \(block.name) came twice in a round")
    }
    if index != next.block { next = (index, 0) }
    var at = 0
    for entry in stride(from: PageTable.headSize, to: table.count, by: PageTable.entrySize) {
      let word: UInt64 = number(entry)
      let checksum: UInt64 = number(entry + 8)
      let page = Int(word & 0xffff_ffff)
      let size = Int(word >> 32 & 0xffff)
      func refusal(_ text: String) -> MigrationError {
        MigrationError("page \(page) of \(block.name) \(text)")
      }
      guard page >= next.page || !isOrdered else { throw refusal("came twice in a round, or out of order") }
      guard page < block.pageCount else { throw refusal("lies outside of it: it has \(block.pageCount)") }
      guard word >> 56 == 0, let form = PageTable.Form(rawValue: UInt8(truncatingIfNeeded: word >> 48)) else {
        throw refusal("has a form that is not known")
      }
      let bytes = UnsafeRawBufferPointer(rebasing: data[at..<min(data.count, at + size)])
      guard bytes.count == size else { throw refusal("has \(size) bytes, and \(bytes.count) came") }
      var count = 1
      if form == .zeros { count = Int(clamping: checksum) }
      guard UInt64(count) <= limit - roundCount else { throw refusal("came although \(limit) pages were to come") }
      guard form != .zeros || size == 0 && checksum > 0 && checksum <= UInt64(block.pageCount - page) else {
        throw refusal("begins \(checksum) pages of zeros with \(size) bytes")
      }
      guard stripe?.has(page..<page + count, of: index, block) ?? true else { throw refusal("is another channel's") }
      switch form {
      case .zeros:
        try sink.zeros(page..<page + count, of: index)
        counts.zero += UInt64(count)
      case .plain:
        guard size == PageTable.pageSize, let start = bytes.baseAddress else {
          throw refusal("has \(size) bytes, and \(data.count - at) came")
        }
        guard try sink.plain(page, of: index, start, checksum) else {
          throw refusal("came damaged: its checksum is wrong")
        }
        counts.plain += 1
      case .difference:
        guard size <= PageTable.pageSize else { throw refusal("has \(size) bytes") }
        if let problem = try sink.difference(page, of: index, bytes, checksum) { throw refusal(problem) }
        counts.difference += 1
        counts.differenceBytes += UInt64(size)
      }
      at += size
      roundCount += UInt64(count)
      next.page = page + count
    }
    try sink.settle()
    guard at == data.count else { throw MigrationError("PAGES with \(data.count - at) bytes too many") }
  }

  /// A round is over, in which `count` pages were sent.
  mutating func endRound(_ count: UInt64) throws(MigrationError) {
    guard count == roundCount else { throw MigrationError("a round had \(count) pages, and \(roundCount) came") }
    next = (0, 0)
    roundCount = 0
  }
}
