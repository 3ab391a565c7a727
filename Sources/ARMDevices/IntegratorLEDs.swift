public import DeviceModel
public import SavedState

/// The debug LEDs and switches of the Integrator boards (ARM DUI 0159, debug LEDs and DIP switch interface): a display
/// of two characters, four LEDs and four switches.
///
/// The display takes a pattern at once: its busy bit, bit 0 of ALPHA, is never set.
public final class IntegratorLEDs: Device {
  public static let model = Model(
    "integrator-leds", "Integrator debug LEDs and switches",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 4...4, base: 0x1a00_0000)],
    parameters: [
      ParameterModel("switches", .integer(0...15), default: "0", "the DIP switches that are on, a bit each")
    ])

  public static let registers = [
    RegisterRow("ALPHA", at: 0x0, width: 4, .readWrite, mask: 0xffff_fffe),
    RegisterRow("LEDS", at: 0x4, width: 4, .readWrite, mask: 0xf),
    RegisterRow("SWITCHES", at: 0x8, width: 4, .readOnly, reset: nil),
  ]

  public struct State: DeviceState {
    public var switches: UInt32 = 0
    /// The segments of both characters.
    public var segments: UInt32 = 0
    public var leds: UInt32 = 0

    public init() {}

    public static let table = StateTable<State>("integrator-leds") {
      fixed(\.switches)
      saved(\.segments, where: { $0 & 1 == 0 })
      saved(\.leds, in: 0...0xf)
    }
  }

  public var state = State()

  public init(_ site: Site) {
    state.switches = UInt32(truncatingIfNeeded: site.integer("switches", Self.model))
  }

  public func reset() {
    let switches = state.switches
    state = State()
    state.switches = switches
  }

  public func settle() {}

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    switch offset & ~3 {
    case 0x0: UInt64(state.segments)
    case 0x4: UInt64(state.leds)
    case 0x8: UInt64(state.switches)
    default: 0
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    switch offset & ~3 {
    case 0x0: state.segments = UInt32(truncatingIfNeeded: value) & ~1
    case 0x4: state.leds = UInt32(truncatingIfNeeded: value) & 0xf
    default: break
    }
  }
}
