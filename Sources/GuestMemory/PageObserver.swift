/// Whoever keeps decoded copies of guest code, or remembers which pages are dirty already.
public protocol PageObserver: AnyObject {
  /// `count` bytes at `offset` in `block`, all in one page, have changed, in pieces whose bits are set in
  /// `RAMBlock.code`.
  ///
  /// - Returns: the bits of what decoded code of the page there still is.
  func codeWritten(_ block: RAMBlock, offset: Int, count: Int) -> UInt64
  /// A consumer is about to mark pages clean: the next store to each must say so again.
  func pagesBecomeClean()
  /// All contents of `block` have been replaced: no decoded copy of it holds, and pages that could be read may have
  /// to be asked for again.
  func contentsReplaced(_ block: RAMBlock)
}
