import Glibc
public import GuestMemory

/// The memory of a machine that stands still.
public struct BlockPages: PageSource {
  private let blocks: [RAMBlock]

  /// The blocks by the numbers that the writer gives them: ordered by name.
  public init(_ blocks: [RAMBlock]) { self.blocks = blocks.sorted { $0.name < $1.name } }

  /// What the host has given memory for: looking for zeros in the rest would make it give more.
  public func data(in block: Int, from offset: Int) -> Range<Int>? {
    let block = blocks[block]
    guard offset < block.size else { return nil }
    // SEEK_DATA and SEEK_HOLE of lseek(2).
    let start = lseek(block.descriptor, offset, 3)
    if start < 0 { return errno == ENXIO ? nil : offset..<block.size }
    let end = lseek(block.descriptor, start, 4)
    return start..<(end > start ? min(end, block.size) : block.size)
  }

  public func withBytes(
    of block: Int, at range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    try body(UnsafeRawBufferPointer(start: blocks[block].base + range.lowerBound, count: range.count))
  }
}
