/// Bytes that go into guest memory before the machine starts, and again at each reset.
public struct Placement: Sendable {
  /// What it is, for `-d` and errors.
  public var name: String
  /// The physical address of the first byte.
  public var address: UInt64
  /// What is put there; zeros follow up to `size`.
  public var bytes: [UInt8]
  /// How many bytes it covers; those after `bytes` are zeroed.
  public var size: UInt64

  /// The addresses that it covers.
  public var range: Range<UInt64> { address..<address + size }

  /// `bytes` at `address`, followed by zeros up to `size`.
  public init(_ name: String, at address: UInt64, _ bytes: [UInt8], size: UInt64? = nil) {
    self.name = name
    self.address = address
    self.bytes = bytes
    self.size = max(size ?? 0, UInt64(bytes.count))
  }
}
