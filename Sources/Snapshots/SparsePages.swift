/// Memory of which only some pages are not zero.
public struct SparsePages: PageSource {
  private let blocks: [[Int: [UInt8]]]

  /// By block: pages by their offset, each whole or one byte that fills it.
  init(_ blocks: [[Int: [UInt8]]]) { self.blocks = blocks }

  public func withBytes(
    of block: Int, at range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: SnapshotFormat.pageSize)
    defer { buffer.deallocate() }
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    for start in stride(from: 0, to: range.count, by: SnapshotFormat.pageSize) {
      guard let bytes = blocks[block][range.lowerBound + start] else { continue }
      let page = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + SnapshotFormat.pageSize])
      if bytes.count == 1 {
        page.initializeMemory(as: UInt8.self, repeating: bytes[0])
      } else {
        page.copyBytes(from: bytes)
      }
    }
    try body(UnsafeRawBufferPointer(buffer))
  }
}
