import Glibc
import GuestMemory
import Snapshots

/// One block's memory in a snapshot, chunk by chunk, each checked when it is fetched.
final class SnapshotChunks: ChunkSource {
  private let memory: SnapshotMemory
  private let block: Int

  /// Of block number `block`.
  init(_ memory: SnapshotMemory, block: Int) {
    self.memory = memory
    self.block = block
  }

  var chunkSize: Int { SnapshotFormat.chunkSize }

  func fetch(_ offset: Int, into target: UnsafeMutableRawBufferPointer) throws(MemoryLoss) {
    let index = offset / chunkSize
    // Zeros are there already, and need no memory of the host.
    if let byte = memory.fill(ofChunk: index, of: block) {
      if byte != 0 { target.initializeMemory(as: UInt8.self, repeating: byte) }
      return
    }
    do throws(SnapshotError) {
      try memory.read(chunk: index, of: block, into: target)
    } catch {
      throw MemoryLoss("\(error)")
    }
  }
}
