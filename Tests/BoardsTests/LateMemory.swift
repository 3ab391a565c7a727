import GuestMemory
import Synchronization

/// Contents of a block that come chunk by chunk; each may be refused the first time.
final class LateMemory: ChunkSource {
  let chunkSize = 0x1_0000
  private let contents: [UInt8]
  private let refused = Mutex<Set<Int>>([])
  private let refusesFirst: Bool

  init(_ contents: [UInt8], refusesFirst: Bool = false) {
    self.contents = contents
    self.refusesFirst = refusesFirst
  }

  func fetch(_ offset: Int, into target: UnsafeMutableRawBufferPointer) throws(MemoryLoss) {
    if refusesFirst, refused.withLock({ $0.insert(offset).inserted }) { throw MemoryLoss("nothing at \(offset) yet") }
    target.copyBytes(from: contents[offset..<offset + target.count])
  }
}

extension RAMBlock {
  /// All that is in it.
  var contents: [UInt8] {
    guard let place = readable(0, count: size) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: place, count: size))
  }
}
