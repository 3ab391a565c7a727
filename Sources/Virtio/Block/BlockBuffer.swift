/// Memory that a request's bytes pass through.
final class BlockBuffer {
  private let memory: UnsafeMutableRawBufferPointer

  init(_ count: Int) { memory = .allocate(byteCount: count, alignment: 4096) }

  deinit { memory.deallocate() }

  var size: Int { memory.count }

  /// Its first `count` bytes.
  func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
  }
}
