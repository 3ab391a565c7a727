/// Addresses of a CPU that its page tables map without a gap, to memory without a gap, with the same rights.
public struct TranslationRange: Sendable, Equatable, CustomStringConvertible {
  /// The first address.
  public let first: UInt64
  /// Bytes.
  public let size: UInt64
  /// The physical address of the first one.
  public let physical: UInt64
  /// What may be done there, and by whom, in the architecture's letters.
  public let rights: String

  /// The `size` bytes from `first` on.
  public init(first: UInt64, size: UInt64, physical: UInt64, rights: String) {
    self.first = first
    self.size = size
    self.physical = physical
    self.rights = rights
  }

  /// The last address.
  public var last: UInt64 { first &+ (size &- 1) }

  /// First and last address, the first's physical one, rights.
  public var description: String { "\(hex(first))-\(hex(last)) -> \(hex(physical)) \(rights)" }

  private func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}
