public import DeviceModel
public import SavedState

/// The debug console: bytes written to its port go to a character back end at once.
public final class DebugConsole: Device {
  public static let model = Model(
    "isa-debugcon", "debug console: a port whose bytes go to a character back end",
    regions: [RegionModel("port", .io, size: 1, base: 0xe9)],
    parameters: [
      ParameterModel("iobase", .integer(0...0xffff), default: "0xe9", "the port"),
      ParameterModel("readback", .integer(0...255), default: "0xe9", "what the port reads as, so that guests find it"),
    ],
    backends: ["chardev"])

  public struct State: DeviceState {
    /// What the port reads as.
    public var readback: UInt8 = 0xe9

    public init() {}
    public static let table = StateTable<State>("isa-debugcon") { fixed(\.readback) }
  }

  public static let registers: [RegisterRow] = [
    RegisterRow("DATA", at: 0, .readWrite, reset: 0xe9, mask: 0)
  ]

  public var state = State()
  private let end: (any CharacterBackend)?

  public init(_ site: Site) {
    end = site.backend("chardev")
    state.readback = UInt8(truncatingIfNeeded: site.integer("readback", Self.model))
  }

  public func reset() {}
  public func settle() {}

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 { UInt64(state.readback) }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    end?.write(UInt8(truncatingIfNeeded: value))
  }
}
