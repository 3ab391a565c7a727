import Glibc

@_silgen_name("memfd_create")
private func createMemoryFile(_ name: UnsafePointer<CChar>, _ flags: UInt32) -> Int32

/// The pages of a block as the host keeps them: a memfd, mapped as long as anyone holds this.
final class HostMemory: @unchecked Sendable {
  /// The first byte.
  let base: UnsafeMutableRawPointer
  /// Bytes, whole pages.
  let size: Int
  /// The memfd.
  let descriptor: Int32

  /// `size` bytes, rounded up to whole pages and zero-filled.
  init(name: String, size: Int) throws(RAMError) {
    precondition(size > 0 && size < 1 << 62, "a RAM block of \(size) bytes")
    let rounded = (size + RAMBlock.pageSize - 1) & ~(RAMBlock.pageSize - 1)
    func refusal(_ what: String) -> RAMError {
      RAMError("\(name): \(what) \(rounded >> 20) MiB failed: \(String(cString: strerror(errno)))")
    }
    let descriptor = createMemoryFile(name, 1)
    guard descriptor >= 0 else { throw refusal("memfd_create for") }
    guard ftruncate(descriptor, rounded) == 0 else {
      let error = refusal("reserving")
      close(descriptor)
      throw error
    }
    guard let base = mmap(nil, rounded, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0),
      base != MAP_FAILED
    else {
      let error = refusal("mapping")
      close(descriptor)
      throw error
    }
    // MADV_HUGEPAGE: fewer host page faults; a host without huge shared pages ignores it.
    _ = madvise(base, rounded, 14)
    self.base = base
    self.size = rounded
    self.descriptor = descriptor
  }

  deinit {
    munmap(base, size)
    close(descriptor)
  }

  /// The first run of pages at `offset` or behind it that the host has given; empty at the block's end when there is
  /// none. All others are zero, and reading them would only make the host give them.
  func backed(from offset: Int) -> Range<Int> {
    let start = firstBacked(from: offset)
    guard start < size else { return size..<size }
    // SEEK_HOLE: the host walks all pages up to there.
    let end = lseek(descriptor, start, 4)
    return start..<(end > start ? min(end, size) : size)
  }

  /// Where that run begins.
  func firstBacked(from offset: Int) -> Int {
    guard offset < size else { return size }
    // SEEK_DATA. Nobody reads or writes by the descriptor's own position.
    let start = lseek(descriptor, offset, 3)
    return start >= 0 ? start : errno == ENXIO ? size : offset
  }

  /// Puts whole pages at `offset`. The host need not zero first what it gives for them, nor be asked page by page, as it is
  /// when they are stored to where nothing was.
  func put(_ offset: Int, _ bytes: UnsafeRawBufferPointer) {
    var done = 0
    while done < bytes.count, let start = bytes.baseAddress {
      let count = pwrite(descriptor, start + done, bytes.count - done, offset + done)
      guard count > 0 else { break }
      done += count
    }
    guard done < bytes.count, let start = bytes.baseAddress else { return }
    // A host that does not take them so.
    memcpy(base + offset + done, start + done, bytes.count - done)
  }

  /// Makes everything zero, and gives the pages back to the host.
  func discard() {
    // MADV_REMOVE; where a host refuses, the slow way.
    if madvise(base, size, 9) != 0 { memset(base, 0, size) }
  }
}
