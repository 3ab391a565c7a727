public import DeviceModel
public import SavedState

/// The debug exit port: a guest program ends the emulator by writing v to it, with status (v << 1) | 1.
public final class DebugExit: Device {
  public static let model = Model(
    "isa-debug-exit", "ends the emulator with status (v << 1) | 1",
    regions: [RegionModel("port", .io, size: 2, widths: 1...4, base: 0x501)],
    parameters: [
      ParameterModel("iobase", .integer(0...0xffff), default: "0x501", "the first port"),
      ParameterModel("iosize", .integer(1...8), default: "2", "how many ports"),
    ])

  /// It keeps nothing: the first write is its last.
  public struct State: DeviceState {
    public init() {}
    public static let table = StateTable<State>("isa-debug-exit") {}
  }

  public var state = State()
  private let site: Site

  public init(_ site: Site) { self.site = site }

  public func reset() {}
  public func settle() {}

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 { 0 }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    site.control?.requestExit(status: Int32(truncatingIfNeeded: value << 1 | 1))
  }
}
