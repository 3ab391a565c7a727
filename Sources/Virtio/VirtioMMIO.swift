public import DeviceModel
public import SavedState

/// A virtio transport in memory (Virtual I/O Device 1.2, 4.2) with no device behind it: a place on the board's map that
/// drivers look at and leave alone (4.2.2.2).
///
/// Its registers are MagicValue, Version, DeviceID and VendorID; the others begin to mean something with a device, and
/// read as zero and ignore writes without one. The interrupt line stays low.
public final class VirtioMMIO: Device {
  public static let model = Model(
    "virtio-mmio", "virtio transport in memory",
    regions: [RegionModel("registers", .memory, size: 0x200, widths: 1...4)],
    outputs: ["irq"])

  public static let registers = [
    RegisterRow("MagicValue", at: 0x0, width: 4, .readOnly, reset: UInt64(magic)),
    RegisterRow("Version", at: 0x4, width: 4, .readOnly, reset: 2),
    RegisterRow("DeviceID", at: 0x8, width: 4, .readOnly, reset: 0),
    RegisterRow("VendorID", at: 0xc, width: 4, .readOnly, reset: UInt64(vendor)),
  ]

  /// "virt", little endian.
  static let magic: UInt32 = 0x7472_6976
  /// "FRRY", little endian.
  static let vendor: UInt32 = 0x5952_5246

  public struct State: DeviceState {
    /// The kind of device behind it (5); 0 is none.
    public var deviceID: UInt32 = 0

    public init() {}

    public static let table = StateTable<State>("virtio-mmio") { fixed(\.deviceID) }
  }

  public var state = State()
  private let irq: Line

  public init(_ site: Site) { irq = site.line("irq") }

  public func reset() { settle() }

  public func settle() { irq.set(false) }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    // Drivers must use aligned words here (4.2.2.2); for others it is as memory would be.
    let word: UInt32 =
      switch offset & ~3 {
      case 0x0: Self.magic
      case 0x4: 2
      case 0x8: state.deviceID
      case 0xc: Self.vendor
      default: 0
      }
    return UInt64(word) >> ((offset & 3) * 8)
  }
}
