import DeviceModel
import Glibc
import Synchronization

/// What an overlay had at one moment. Blocks that are written later are kept beside it first.
final class FrozenOverlay: DiskDelta {
  private let file: OverlayFile
  private let header: OverlayHeader
  private let map: [UInt64]
  private let kept = Mutex(Kept())

  /// Blocks as they were before they were written.
  private struct Kept {
    var file: OverlayFile?
    var blocks = Set<Int>()
    /// There was no room for one, or nobody told.
    var isLost = false
  }

  private static let blockSize = OverlayHeader.blockSize
  private static let chunkBlocks = 16

  init(_ file: OverlayFile, _ header: OverlayHeader, _ map: [UInt64]) {
    self.file = file
    self.header = header
    self.map = map
  }

  var size: Int64 { header.diskSize }

  func blocks(ofChunk index: Int) -> UInt16 {
    let word = index * Self.chunkBlocks / 64
    guard word < map.count else { return 0 }
    return UInt16(truncatingIfNeeded: map[word] >> UInt64(index * Self.chunkBlocks % 64))
  }

  private func has(_ block: Int) -> Bool {
    block >> 6 < map.count && map[block >> 6] >> UInt64(block & 63) & 1 != 0
  }

  /// Bytes of a block that lie on the disk.
  private func count(_ block: Int) -> Int {
    Int(min(Int64(Self.blockSize), header.diskSize - Int64(block) * Int64(Self.blockSize)))
  }

  /// `blocks` are about to be written; on the thread that writes.
  func keep(_ blocks: Range<Int>) {
    kept.withLock { kept in
      for block in blocks where has(block) && !kept.blocks.contains(block) && !kept.isLost {
        kept.isLost = !copy(block, &kept)
      }
    }
  }

  /// Blocks are written from now on that nobody tells of: who still reads is told that it failed.
  func lose() { kept.withLock { $0.isLost = true } }

  private func copy(_ block: Int, _ kept: inout Kept) -> Bool {
    if kept.file == nil {
      let made = OverlayFile.makeUnnamed()
      guard made >= 0 else { return false }
      kept.file = OverlayFile(made)
    }
    guard let beside = kept.file?.descriptor else { return false }
    let place = block * Self.blockSize
    let isCopied = withUnsafeTemporaryAllocation(byteCount: count(block), alignment: 64) { buffer in
      FileBytes.read(file.descriptor, at: header.dataOffset + place, into: buffer) == .done
        && FileBytes.write(beside, at: place, from: UnsafeRawBufferPointer(buffer)) == .done
    }
    if isCopied { kept.blocks.insert(block) }
    return isCopied
  }

  func read(chunk index: Int, into target: UnsafeMutableRawBufferPointer) -> BlockResult {
    let mask = blocks(ofChunk: index)
    return kept.withLock { kept in
      guard !kept.isLost else { return .noSpace }
      for number in 0..<Self.chunkBlocks where mask >> UInt16(number) & 1 != 0 {
        let block = index * Self.chunkBlocks + number
        let place = number * Self.blockSize
        let part = UnsafeMutableRawBufferPointer(rebasing: target[place..<place + Self.blockSize])
        let count = count(block)
        if count < part.count { part.initializeMemory(as: UInt8.self, repeating: 0) }
        let bytes = UnsafeMutableRawBufferPointer(rebasing: part[..<count])
        let result: BlockResult
        if kept.blocks.contains(block), let beside = kept.file {
          result = FileBytes.read(beside.descriptor, at: block * Self.blockSize, into: bytes)
        } else {
          result = FileBytes.read(file.descriptor, at: header.dataOffset + block * Self.blockSize, into: bytes)
        }
        guard result == .done else { return result }
      }
      return .done
    }
  }
}
