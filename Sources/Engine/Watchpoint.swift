/// A stretch of a CPU's addresses whose accesses stop it for a debugger.
public struct Watchpoint: Sendable, Hashable {
  /// Which accesses count.
  public enum Kind: Sendable { case read, write, access }

  /// The first address, as programs see it: linear on x86, virtual on ARM.
  public let address: UInt64
  /// Bytes, at least 1.
  public let length: UInt64
  /// Which accesses count.
  public let kind: Kind

  /// A watchpoint over `length` bytes from `address` on.
  public init(address: UInt64, length: UInt64, kind: Kind) {
    precondition(length > 0, "a watchpoint over nothing")
    self.address = address
    self.length = length
    self.kind = kind
  }

  /// Whether an access of `count` bytes at `start` touches it.
  public func touches(_ start: UInt64, _ count: UInt64) -> Bool {
    start &- address < length || address &- start < count
  }
}
