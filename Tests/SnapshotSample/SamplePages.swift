public import Snapshots

/// Memory that is an array of bytes for each block.
public struct SamplePages: PageSource {
  /// The bytes, by the blocks' numbers.
  public var blocks: [[UInt8]]

  /// The memory of a machine that there is not.
  public init(blocks: [[UInt8]]) { self.blocks = blocks }

  public func withBytes(
    of block: Int, at range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    var failure: SnapshotError?
    blocks[block].withUnsafeBytes { bytes in
      do throws(SnapshotError) {
        try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
