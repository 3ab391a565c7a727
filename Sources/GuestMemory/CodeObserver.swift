/// Whoever keeps decoded copies of guest code: told when RAM that holds code changes.
public protocol CodeObserver: AnyObject {
  /// `count` bytes at `offset` in `block`, all in one page whose `RAMBlock.code` byte is set, have changed.
  func codeWritten(_ block: RAMBlock, offset: Int, count: Int)
}
