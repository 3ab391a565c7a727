/// A named range of an address space and what answers there.
public final class Region {
  /// What is behind a region.
  public enum Content {
    /// RAM or ROM, `offset` bytes into the block.
    case memory(RAMBlock, offset: Int)
    /// A device's region number `region`, which takes accesses of these widths in bytes; wider ones are
    /// split, narrower ones widened.
    case device(any BusTarget, region: Int, widths: ClosedRange<Int>)
    /// Nothing, but with a name: reads give what the open bus gives, writes go nowhere.
    case hole
  }

  /// The name in logs and maps.
  public let name: String
  /// The first address.
  public let base: UInt64
  /// Bytes, at least 1.
  public let size: UInt64
  /// Where regions overlap the higher priority answers.
  public let priority: Int
  /// What answers there.
  public internal(set) var content: Content

  /// The last address.
  public var last: UInt64 { base &+ (size &- 1) }

  /// The `size` bytes from `base` on; they must not wrap around the address space.
  public init(_ name: String, base: UInt64, size: UInt64, priority: Int = 0, content: Content) {
    precondition(size > 0 && base <= UInt64.max - (size - 1), "region \(name) is empty or wraps")
    if case .memory(let block, let offset) = content {
      precondition(offset >= 0 && UInt64(offset) + size <= UInt64(block.size), "region \(name) leaves its block")
    }
    self.name = name
    self.base = base
    self.size = size
    self.priority = priority
    self.content = content
  }
}
