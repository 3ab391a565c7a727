import GuestMemory

/// A block's part of `LateMemory`.
final class LateBlock: ChunkSource {
  private weak let memory: LateMemory?
  private let number: Int

  init(_ memory: LateMemory, _ number: Int) {
    self.memory = memory
    self.number = number
  }

  var chunkSize: Int { RAMBlock.pageSize }

  func fetch(_ offset: Int, into target: UnsafeMutableRawBufferPointer) throws(MemoryLoss) {
    // It lives as long as anything can come.
    guard let memory else { throw MemoryLoss("page \(offset >> RAMBlock.pageShift) stayed at the other side") }
    try memory.fetch(LateMemory.Place(block: number, page: offset >> RAMBlock.pageShift), into: target)
  }
}
