/// How a chunk of what a disk has over its image is stored. The blocks of one entry follow those of the one before.
struct DiskEntry: Equatable {
  /// The chunk's number on the disk.
  var chunk: Int
  /// XXH64 of the stored blocks, one after the other.
  var checksum: UInt64
  /// Bytes of the zstd frame that holds them; 0 where they are not compressed.
  var length = 0
  /// Bit n: block n of the chunk is stored.
  var stored: UInt16

  init(chunk: Int, checksum: UInt64, stored: UInt16) {
    self.chunk = chunk
    self.checksum = checksum
    self.stored = stored
  }

  /// Bytes in the file.
  var size: Int { length > 0 ? length : stored.nonzeroBitCount * SnapshotFormat.pageSize }

  /// Moves the blocks that `mask` names together, to the beginning of `chunk`.
  static func pack(_ mask: UInt16, _ chunk: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
    var count = 0
    for run in PageRuns(mask) {
      // They never move up.
      if count != run.bytes.lowerBound, let base = chunk.baseAddress {
        (base + count).copyMemory(from: base + run.bytes.lowerBound, byteCount: run.bytes.count)
      }
      count += run.bytes.count
    }
    return UnsafeRawBufferPointer(rebasing: chunk[..<count])
  }

  func write(to bytes: inout ByteWriter) {
    bytes.add(UInt64(chunk))
    bytes.add(checksum)
    bytes.add(UInt32(length))
    bytes.add(stored)
    bytes.add(0 as UInt16)
  }

  /// The entry at `at`; what it says is checked by `fault`.
  init?(_ reader: ByteReader, at: Int) {
    guard let chunk: UInt64 = reader.number(at), let checksum: UInt64 = reader.number(at + 8),
      let length: UInt32 = reader.number(at + 16), let stored: UInt16 = reader.number(at + 20),
      let rest: UInt16 = reader.number(at + 22), rest == 0
    else { return nil }
    self.chunk = Int(clamping: chunk)
    self.checksum = checksum
    self.length = Int(length)
    self.stored = stored
  }

  /// What is wrong with the entry of a disk of `size` bytes that follows one of chunk `last`.
  func fault(size: Int, after last: Int) -> String? {
    guard chunk > last else { return "chunk \(chunk) does not follow chunk \(last)" }
    guard chunk < SnapshotFormat.chunks(in: size) else { return "chunk \(chunk) lies behind the disk's end" }
    let bytes = SnapshotFormat.chunkLength(chunk, in: size)
    let blocks = (bytes + SnapshotFormat.pageSize - 1) / SnapshotFormat.pageSize
    guard stored != 0, blocks == 16 || stored >> UInt16(blocks) == 0 else {
      return "chunk \(chunk) has blocks that cannot be"
    }
    guard length <= 2 * SnapshotFormat.chunkSize else { return "\(length) bytes are more than a chunk" }
    return nil
  }
}
