import Glibc
import GuestMemory
import Snapshots

/// fallocate(2), which the C library's header keeps for those who ask for GNU's extensions.
@_silgen_name("fallocate")
private func allocateFile(_ descriptor: Int32, _ mode: Int32, _ offset: Int, _ count: Int) -> Int32

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
      for index in 0..<memory.blocks[number].chunkCount {
        let range = memory.blocks[number].range(ofChunk: index)
        let target = UnsafeMutableRawBufferPointer(start: block.base + range.lowerBound, count: range.count)
        switch memory.fill(ofChunk: index, of: number) {
        case 0: Self.clear(target, block, range)
        case let byte?: target.initializeMemory(as: UInt8.self, repeating: byte)
        case nil:
          let staged = UnsafeMutableRawBufferPointer(rebasing: place[range])
          target.copyMemory(from: UnsafeRawBufferPointer(staged))
          // What has been moved is not needed twice.
          madvise(staged.baseAddress, staged.count, MADV_DONTNEED)
        }
      }
      block.changed(offset: 0, count: block.size)
    }
  }

  /// Zeros, for which the host needs no memory: FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE of fallocate(2).
  private static func clear(_ target: UnsafeMutableRawBufferPointer, _ block: RAMBlock, _ range: Range<Int>) {
    guard allocateFile(block.descriptor, 3, range.lowerBound, range.count) != 0 else { return }
    target.initializeMemory(as: UInt8.self, repeating: 0)
  }
}
