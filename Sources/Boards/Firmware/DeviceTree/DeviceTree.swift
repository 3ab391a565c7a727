/// A device tree: what a machine consists of, told to its operating system (Devicetree Specification 0.4).
public struct DeviceTree: Sendable, Equatable {
  /// Memory that an operating system must leave alone.
  public struct Reservation: Sendable, Equatable {
    /// The first address.
    public var address: UInt64
    /// Bytes.
    public var size: UInt64
  }

  /// The reserved memory, in order.
  public var reservations: [Reservation] = []
  /// The physical ID of the CPU that boots.
  public var bootCPU: UInt32 = 0
  /// The root node; its name is empty.
  public var root = DeviceTreeNode("")

  /// A tree of nothing but its root.
  public init() {}

  /// How many 32-bit cells addresses and sizes of the root's children have (2.3.5); what is missing or no number
  /// takes the default.
  var addressCells: Int { root.cell("#address-cells", default: 2) }
  var sizeCells: Int { root.cell("#size-cells", default: 1) }
}
