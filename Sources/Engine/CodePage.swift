/// The decoded blocks that have bytes in one page of the host.
struct CodePage {
  /// The page's word in `RAMBlock.code`.
  let word: UnsafeMutablePointer<UInt64>
  /// The blocks. Their type is left out, so that one dictionary's code serves every kind of CPU.
  var blocks: [UnsafeMutableRawPointer] = []
}
