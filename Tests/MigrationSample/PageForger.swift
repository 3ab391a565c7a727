import Migration
package import SavedState
import Snapshots

/// Frames of pages as somebody writes them who knows the form: most of a frame is as it should be, so that what is not
/// gets as far as it can.
package struct PageForger {
  package var random: SplitMix64
  /// Pages of each block.
  private let blocks: [Int]
  /// What pages were sent as, for differences to them.
  private var known: [UInt64: [UInt8]] = [:]
  /// Where an honest source would go on in this round.
  private var next = (block: 0, page: 0)
  /// Pages named in this round.
  package private(set) var count: UInt64 = 0

  /// For a machine with `blocks`, which are pages each.
  package init(_ blocks: [Int], seed: UInt64) {
    self.blocks = blocks
    random = SplitMix64(seed: seed)
  }

  private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }

  /// A round begins.
  package mutating func beginRound() {
    next = (0, 0)
    count = 0
  }

  // MARK: Frames

  /// All pages of all blocks as zeros, ascending: an honest round of them, whose frames name every page.
  package mutating func zeros() -> [UInt8] {
    beginRound()
    var bytes: [UInt8] = []
    for (block, pages) in blocks.enumerated() {
      bytes += frame(block, [PageEntry(page: 0, size: 0, form: 0, checksum: UInt64(pages))])
      count += UInt64(pages)
    }
    return bytes
  }

  /// A frame with something wrong in it, or nothing; `isPacked`: its data is compressed.
  package mutating func pages(isPacked: Bool) -> [UInt8] {
    if below(3) == 0, next.block + 1 < blocks.count { next = (next.block + 1, 0) }
    var entries: [PageEntry] = []
    for _ in 0..<[1, 3, 12, 100][below(4)] {
      guard let entry = honest() else { break }
      entries.append(entry)
    }
    if entries.isEmpty { entries.append(PageEntry(page: 0, size: 0, form: 0, checksum: 1)) }
    var block = next.block
    if below(3) != 0 { spoil(&entries, &block) }
    return frame(block, entries, isPacked: isPacked)
  }

  /// PACKED whose table has few bytes of data and whose frame expands to `size`; of 64 KiB at most there would be room.
  package mutating func bomb(_ size: Int) -> [UInt8] {
    let pages = 1 + below(16)
    let entries = (0..<pages).map { PageEntry(page: UInt32($0), size: 4096, form: 1, checksum: random.next()) }
    let data = [UInt8](repeating: UInt8(below(256)), count: size)
    return Mangler.frame(.packed, PageEntry.table(0, entries) + Self.pack(data))
  }

  private mutating func frame(_ block: Int, _ entries: [PageEntry], isPacked: Bool = false) -> [UInt8] {
    let data = entries.flatMap(\.data)
    let head = PageEntry.table(UInt32(truncatingIfNeeded: block), entries)
    return isPacked ? Mangler.frame(.packed, head + Self.pack(data)) : Mangler.frame(.pages, head + data)
  }

  /// A frame of zstd.
  private static func pack(_ bytes: [UInt8]) -> [UInt8] {
    var target = [UInt8](repeating: 0, count: Zstd.bound(bytes.count))
    let count = target.withUnsafeMutableBytes { target in
      bytes.withUnsafeBytes { Zstd.compress($0, into: target, level: 1) }
    }
    return Array(target[..<count])
  }

  // MARK: Entries

  private static func checksum(_ page: [UInt8]) -> UInt64 { max(1, XXH64.hash(page)) }

  /// The next entry as it should be; nil when the block is at its end.
  private mutating func honest() -> PageEntry? {
    let left = blocks[next.block] - next.page
    guard left > 0 else { return nil }
    // Near the end of the block is where mistakes would be.
    let skip = below(8) == 0 ? below(left) : below(min(left, 3))
    let page = next.page + skip
    let key = UInt64(next.block) << 32 | UInt64(page)
    var entry = PageEntry(page: UInt32(page), size: 0, form: 0, checksum: 1)
    switch below(3) {
    case 0:
      entry.checksum = UInt64(1 + below(below(4) == 0 ? left - skip : 4))
      entry.checksum = min(entry.checksum, UInt64(left - skip))
      for index in 0..<min(entry.checksum, 64) { known[key + index] = nil }
      // Longer ones may hide others.
      if entry.checksum > 64 { known = [:] }
    case 1:
      let bytes = [UInt8](repeating: UInt8(1 + below(255)), count: 4096)
      entry = PageEntry(page: UInt32(page), size: 4096, form: 1, checksum: Self.checksum(bytes), data: bytes)
      if known.count > 64 { known = [:] }
      known[key] = bytes
    default:
      guard var bytes = known[key] else { return honestDifferenceless(page) }
      let word = below(512)
      bytes.replaceSubrange(word * 8..<word * 8 + 8, with: repeatElement(UInt8(below(256)), count: 8))
      let piece = [UInt8(word & 0xff), UInt8(word >> 8), 1, 0] + bytes[word * 8..<word * 8 + 8]
      entry = PageEntry(page: UInt32(page), size: 12, form: 2, checksum: Self.checksum(bytes), data: piece)
      known[key] = bytes
    }
    let pages = entry.form == 0 ? Int(entry.checksum) : 1
    next.page = page + pages
    count += UInt64(pages)
    return entry
  }

  /// A page of zeros in place of a difference to nothing.
  private mutating func honestDifferenceless(_ page: Int) -> PageEntry {
    next.page = page + 1
    count += 1
    return PageEntry(page: UInt32(page), size: 0, form: 0, checksum: 1)
  }

  /// Makes one thing wrong.
  private mutating func spoil(_ entries: inout [PageEntry], _ block: inout Int) {
    let index = below(entries.count)
    let pages = blocks[min(block, blocks.count - 1)]
    switch below(12) {
    case 0: block = [blocks.count, -1, Int(Int32.max), below(1 << 16)][below(4)]
    case 1: block = below(blocks.count)
    case 2: entries[index].page = [UInt32(pages), UInt32(pages + 1), .max, .max - 1, 0][below(5)]
    case 3: entries[index].page = UInt32(below(2 * pages))
    case 4: entries[index].size = [0, 1, 4, 12, 4095, 4096, 4097, 0xffff][below(8)]
    case 5: entries[index].form = [0, 1, 2, 3, 0xff][below(5)]
    case 6: entries[index].pad = UInt8(1 + below(255))
    case 7: entries[index].checksum = [0, 1, .max, 1 << 63, UInt64(pages), UInt64(pages) + 1][below(6)]
    case 8: entries.insert(entries[index], at: below(entries.count + 1))
    case 9: entries.swapAt(index, below(entries.count))
    case 10:
      // A difference that is none: pieces that reach out of the page, are empty, or lack their words.
      let data = (0..<below(40)).map { _ in UInt8([0, 1, 2, 0xff, below(256)][below(5)]) }
      entries[index] = PageEntry(
        page: entries[index].page, size: UInt16(data.count), form: 2, checksum: entries[index].checksum, data: data)
    default:
      guard !entries[index].data.isEmpty else { return }
      entries[index].data.removeLast(1 + below(entries[index].data.count))
    }
  }
}
