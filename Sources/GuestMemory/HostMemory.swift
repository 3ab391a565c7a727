import Glibc

/// The pages of a block as the host keeps them, mapped as long as anyone holds this.
///
/// They are anonymous memory: of that a host makes huge pages, which takes a third of the time when all of it is filled,
/// and spares the guest misses of the host's TLB. Files in memory have none on most hosts.
final class HostMemory: @unchecked Sendable {
  /// The first byte.
  let base: UnsafeMutableRawPointer
  /// Bytes, whole pages.
  let size: Int
  /// What was reserved from the host to get at an aligned `base`.
  private let reserved: UnsafeMutableRawBufferPointer
  /// Bytes in a huge page.
  private static let hugePageSize = 2 << 20
  /// /proc/self/pagemap, which tells what the host has given; -1 where there is none.
  private static let pageMap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)

  /// `size` bytes, rounded up to whole pages and zero-filled.
  init(name: String, size: Int) throws(RAMError) {
    precondition(size > 0 && size < 1 << 62, "a RAM block of \(size) bytes")
    let rounded = (size + RAMBlock.pageSize - 1) & ~(RAMBlock.pageSize - 1)
    // Addresses cost nothing: a huge page fits only where both sides of it are aligned.
    let extent = rounded < Self.hugePageSize ? rounded : rounded + Self.hugePageSize
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let start = mmap(nil, extent, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else {
      throw RAMError("\(name): reserving \(rounded >> 20) MiB failed: \(String(cString: strerror(errno)))")
    }
    reserved = UnsafeMutableRawBufferPointer(start: start, count: extent)
    base = extent == rounded ? start : start.alignedUp(toMultipleOf: Self.hugePageSize)
    self.size = rounded
    hasHugePages = true
    adviseHugePages()
  }

  deinit { munmap(reserved.baseAddress, reserved.count) }

  /// Whether the host should give a huge page at a time: faster where all is filled, slower for those who need little
  /// of it soon.
  var hasHugePages: Bool {
    didSet { if hasHugePages != oldValue { adviseHugePages() } }
  }

  private func adviseHugePages() {
    // MADV_HUGEPAGE, MADV_NOHUGEPAGE; a host that has none ignores it.
    _ = madvise(base, size, hasHugePages ? 14 : 15)
  }

  /// The first run of pages at `offset` or behind it that the host has given; empty at the block's end when there is
  /// none. All others are zero, and storing to them would make the host give them.
  func backed(from offset: Int) -> Range<Int> {
    let start = find(true, from: offset)
    // At least that page, should the host have told once that it cannot tell.
    return start..<min(size, max(find(false, from: start), start + RAMBlock.pageSize))
  }

  /// Where that run begins.
  func firstBacked(from offset: Int) -> Int { find(true, from: offset) }

  /// The first byte at `offset` or behind it that the host has given, or has not; the block's end if there is none.
  private func find(_ isGiven: Bool, from offset: Int) -> Int {
    let count = size >> RAMBlock.pageShift
    var page = offset >> RAMBlock.pageShift
    // Most who ask go on through neighbours: a look at a few answers them.
    var wanted = 16
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 1024) { words in
      while page < count {
        wanted = min(wanted, count - page)
        let number = Int(bitPattern: base) >> RAMBlock.pageShift + page
        let got = pread(Self.pageMap, words.baseAddress, wanted * 8, number * 8) / 8
        // Who cannot know has to look at all of them.
        guard got > 0 else { return isGiven ? max(offset, page << RAMBlock.pageShift) : size }
        // Bit 63: in memory; bit 62: swapped out.
        for index in 0..<got where (words[index] >> 62 != 0) == isGiven {
          return max(offset, (page + index) << RAMBlock.pageShift)
        }
        page += got
        wanted = words.count
      }
      return size
    }
  }

  /// Puts whole pages at `offset`.
  func put(_ offset: Int, _ bytes: UnsafeRawBufferPointer) {
    if let start = bytes.baseAddress { memcpy(base + offset, start, bytes.count) }
  }

  /// Makes `count` bytes at `offset`, whole pages, zero, and gives them back to the host.
  func discard(_ offset: Int, count: Int) {
    // MADV_DONTNEED.
    if madvise(base + offset, count, 4) != 0 { memset(base + offset, 0, count) }
  }

  /// Makes everything zero, and gives the pages back to the host.
  func discard() {
    // MADV_DONTNEED.
    if madvise(base, size, 4) != 0 { memset(base, 0, size) }
  }
}
