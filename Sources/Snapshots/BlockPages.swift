public import GuestMemory

/// The memory of a machine that stands still.
public struct BlockPages: PageSource {
  private let blocks: [RAMBlock]

  /// The blocks by the numbers that the writer gives them: ordered by name.
  public init(_ blocks: [RAMBlock]) { self.blocks = blocks.sorted { $0.name < $1.name } }

  /// What the host has given memory for: looking for zeros in the rest would make it give more.
  public func data(in block: Int, from offset: Int) -> Range<Int>? {
    let data = blocks[block].backed(from: offset)
    return data.isEmpty ? nil : data
  }

  public func withBytes(
    of block: Int, at range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    let block = blocks[block]
    guard let start = block.readable(range.lowerBound, count: range.count) else {
      throw SnapshotError("", "memory \(block.name) at \(Hexadecimal.place(range.lowerBound))", "is lost")
    }
    try body(UnsafeRawBufferPointer(start: start, count: range.count))
  }
}
