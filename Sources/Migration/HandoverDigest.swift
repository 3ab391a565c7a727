/// What both sides compare before the guest changes sides.
public struct HandoverDigest: Equatable, Sendable, CustomStringConvertible {
  /// Of the state tree.
  public var tree: UInt64
  /// Of all memory.
  public var memory: UInt64

  /// Both digests.
  public init(tree: UInt64, memory: UInt64) {
    self.tree = tree
    self.memory = memory
  }

  public var description: String { "state \(String(tree, radix: 16)), memory \(String(memory, radix: 16))" }
}
