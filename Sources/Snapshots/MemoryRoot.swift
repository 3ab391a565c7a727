/// One hash over all memory: XXH64 over, for each block in its order, the name, a zero byte, the size in 8 bytes, and
/// XXH64 over the checksums of its chunks.
struct MemoryRoot {
  private var bytes = ByteWriter()

  /// Adds a block and the table of its chunks.
  mutating func add(_ block: SnapshotBlock, _ table: UnsafeRawBufferPointer) {
    var sums: [UInt8] = []
    sums.reserveCapacity(table.count / 3)
    for at in stride(from: 0, to: table.count, by: SnapshotFormat.tableEntrySize) {
      sums.append(contentsOf: table[at..<at + 8])
    }
    bytes.add(Array(block.name.utf8))
    bytes.add(UInt8(0))
    bytes.add(UInt64(block.size))
    bytes.add(XXH64.hash(sums))
  }

  var value: UInt64 { XXH64.hash(bytes.bytes) }
}
