/// Where and how a chunk of memory is stored.
struct ChunkEntry: Equatable {
  /// XXH64 of the chunk's bytes as the guest has them.
  var checksum: UInt64
  /// Where the stored bytes are in the file. Not compressed: the chunk's fixed place, where page n of it would lie at
  /// n times the page size. 0 when no page is stored.
  var offset = 0
  /// Bytes of the zstd frame, which holds the stored pages one after the other; 0 when it is not compressed.
  var length = 0
  /// Bit n: page n of the chunk is stored here.
  var stored: UInt16 = 0
  /// Pages that are not stored are those of the base; otherwise every byte of them is `fill`.
  var inherits = false
  /// See `inherits`.
  var fill: UInt8 = 0

  var isCompressed: Bool { length > 0 }

  init(checksum: UInt64) { self.checksum = checksum }

  func write(to bytes: UnsafeMutableRawBufferPointer) {
    bytes.storeBytes(of: checksum.littleEndian, toByteOffset: 0, as: UInt64.self)
    bytes.storeBytes(of: UInt64(offset).littleEndian, toByteOffset: 8, as: UInt64.self)
    bytes.storeBytes(of: UInt32(length).littleEndian, toByteOffset: 16, as: UInt32.self)
    bytes.storeBytes(of: stored.littleEndian, toByteOffset: 20, as: UInt16.self)
    bytes[22] = fill
    bytes[23] = inherits ? 1 : 0
  }

  /// The entry at `at`; what it says is checked by `fault`.
  init(_ bytes: UnsafeRawBufferPointer, at: Int) {
    func number<T: FixedWidthInteger>(_ offset: Int, _: T.Type) -> T {
      T(littleEndian: bytes.loadUnaligned(fromByteOffset: at + offset, as: T.self))
    }
    checksum = number(0, UInt64.self)
    offset = Int(clamping: number(8, UInt64.self))
    length = Int(number(16, UInt32.self))
    stored = number(20, UInt16.self)
    fill = bytes[at + 22]
    inherits = bytes[at + 23] & 1 != 0
  }

  /// What is wrong with the entry of a chunk of `pages` pages, whose place would be `fixed` and whose data must be in
  /// `data`; `flags` is the entry's last byte.
  func fault(pages: Int, fixed: Int, data: Range<Int>, hasBase: Bool, flags: UInt8) -> String? {
    guard flags & ~1 == 0 else { return "flags \(flags) are unknown" }
    guard pages == 16 || stored >> UInt16(pages) == 0 else { return "pages beyond its end are stored" }
    guard hasBase || !inherits else { return "pages are those of a base, and the file has none" }
    guard stored != 0 else { return offset == 0 && length == 0 ? nil : "no page is stored, and yet there is a place" }
    guard length <= 2 * SnapshotFormat.chunkSize else { return "\(length) bytes are more than a chunk" }
    let size = isCompressed ? length : pages * SnapshotFormat.pageSize
    guard offset >= data.lowerBound, size <= data.count, offset <= data.upperBound - size else {
      return "\(size) bytes at \(Hexadecimal.place(offset)) are not within the data"
    }
    guard isCompressed || offset == fixed else {
      return "its place is \(Hexadecimal.place(offset)), not \(Hexadecimal.place(fixed))"
    }
    return nil
  }
}
