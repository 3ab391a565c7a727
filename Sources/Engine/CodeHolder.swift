/// A code cache, whatever its instructions are, as those of one machine see each other.
protocol CodeHolder: AnyObject {
  /// The bytes at `range` on the host, in the page that begins at `page`, have changed.
  ///
  /// - Returns: the bits of `RAMBlock.code` for what it still has of the page.
  func codeWritten(_ range: Range<UInt>, page: UInt) -> UInt64
  /// Stores of its CPUs to the page at `host`, or to any page when nil, must take the slow path once more.
  func forgetWritable(host: UnsafeMutableRawPointer?)
  /// All contents of some RAM have been replaced.
  func contentsReplaced()
}
