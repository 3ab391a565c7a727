/// A CPU as a code cache sees it: it runs blocks and remembers which pages it may write without asking.
public protocol CodeUser: AnyObject {
  /// Where a debugger wants it to stop.
  var debugPoints: DebugPoints { get }
  /// The page at `host` holds code now: whoever stores there looks at its word in `RAMBlock.code` first. When nil,
  /// stores to any page must take the slow path once more.
  func forgetWritable(host: UnsafeMutableRawPointer?)
  /// The block at `host` in `mode` has been overwritten: what is left of it, if it runs, must not execute.
  func stopBlock(host: UnsafeMutableRawPointer, mode: UInt32)
  /// The block at this address is not valid any more: nor is the host code that was made of it.
  func abandonCode(of block: UnsafeMutableRawPointer)
  /// All blocks are gone: none that was remembered may be entered.
  func codeFlushed()
  /// Memory has other contents: no page may be accessed without asking once more.
  func forgetTranslations()
}

extension CodeUser {
  /// There is no host code.
  public func abandonCode(of block: UnsafeMutableRawPointer) {}
}
