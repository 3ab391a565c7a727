/// One range of ports or addresses of a model.
public struct RegionModel: Sendable {
  /// Which address space a region is mapped into.
  public enum Space: String, Sendable {
    case io, memory
    /// None: the device alone sees it.
    case device
  }

  /// The name under `at:` in board files.
  public let name: String
  /// The address space it is mapped into.
  public let space: Space
  /// Bytes.
  public let size: UInt64
  /// Access widths in bytes that the device takes; the bus splits wider and widens narrower ones.
  public let widths: ClosedRange<Int>
  /// The address where the board puts it unless its file says otherwise.
  public let base: UInt64?
  /// Memory of the device's own answers there, and not its registers: the board makes a block for it, which the device
  /// finds in `Site.blocks`.
  public let isMemory: Bool

  /// A region of `size` bytes at `base`, or where the board file says.
  public init(
    _ name: String, _ space: Space, size: UInt64, widths: ClosedRange<Int> = 1...1, base: UInt64? = nil,
    isMemory: Bool = false
  ) {
    self.name = name
    self.space = space
    self.size = size
    self.widths = widths
    self.base = base
    self.isMemory = isMemory
  }
}
