/// A code cache, whatever its instructions are, as those of one machine see each other.
protocol CodeHolder: AnyObject {
  /// The host addresses of the pages that it has code of.
  var codePages: [UInt] { get }
  /// The bytes at `range` on the host, in the page that begins at `page`, have changed.
  ///
  /// - Returns: whether it still has code of the page.
  func codeWritten(_ range: Range<UInt>, page: UInt) -> Bool
  /// Stores of its CPUs to the page at `host`, or to any page when nil, must take the slow path once more.
  func forgetWritable(host: UnsafeMutableRawPointer?)
  /// All contents of some RAM have been replaced.
  func contentsReplaced()
}
