import Glibc
import GuestMemory
import Snapshots

/// The memory of a snapshot, read and checked beside a machine's own, which stays as it is until all is there.
final class StagedMemory {
  private let memory: SnapshotMemory
  /// A place for every byte of each block; only chunks that are not of one byte take room.
  private var places: [UnsafeMutableRawBufferPointer] = []

  /// - Throws: `SnapshotError` when a chunk is damaged or the host lacks memory.
  init(_ memory: SnapshotMemory) throws(SnapshotError) {
    self.memory = memory
    for (number, block) in memory.blocks.enumerated() {
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
      guard let base = mmap(nil, block.size, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED else {
        let reason = String(cString: strerror(errno))
        throw SnapshotError(memory.path, [SnapshotFault("memory \(block.name)", "no place to read it: \(reason)")])
      }
      let place = UnsafeMutableRawBufferPointer(start: base, count: block.size)
      places.append(place)
      for index in 0..<block.chunkCount where memory.fill(ofChunk: index, of: number) == nil {
        let target = UnsafeMutableRawBufferPointer(rebasing: place[block.range(ofChunk: index)])
        try memory.read(chunk: index, of: number, into: target)
      }
    }
  }

  deinit { for place in places { munmap(place.baseAddress, place.count) } }

  /// Puts all of it into `blocks`, which are those of the snapshot in their order.
  func move(to blocks: [RAMBlock]) {
    for (number, (block, place)) in zip(blocks, places).enumerated() {
      block.erase()
      for index in 0..<memory.blocks[number].chunkCount {
        let range = memory.blocks[number].range(ofChunk: index)
        let fill = memory.fill(ofChunk: index, of: number)
        guard fill != 0 else { continue }
        let staged = UnsafeMutableRawBufferPointer(rebasing: place[range])
        block.write(range.lowerBound, count: range.count) {
          let target = UnsafeMutableRawBufferPointer(start: $0, count: range.count)
          if let fill {
            target.initializeMemory(as: UInt8.self, repeating: fill)
          } else {
            target.copyMemory(from: UnsafeRawBufferPointer(staged))
          }
        }
        // What has been moved is not needed twice.
        madvise(staged.baseAddress, staged.count, MADV_DONTNEED)
      }
    }
  }
}
