import Bits
public import DeviceModel
public import SavedState

/// The generic event device (ACPI 6.4, 5.6.9) with the sleep and reset registers beside it: the DSDT's event
/// method reads which events came, `_S5` and the FADT's reset register are served here.
///
/// Layout: 0x00 event selector (32 bits, reading clears it and lowers the line), 0x10 sleep control, 0x11 sleep
/// status (ACPI 6.4, 4.8.3.7), 0x12 reset (0x42 resets).
public final class ACPIEventDevice: Device {
  /// Bit of the event selector: the power button was pressed.
  public static let powerButtonEvent: UInt32 = 1
  /// The sleep type that means S5, soft off.
  public static let softOff: UInt8 = 5
  /// What has to be written to the reset register.
  public static let resetValue: UInt8 = 0x42

  public static let model = Model(
    "acpi-ged", "ACPI generic event device: power button, power off, reset",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 1...4, base: 0xfea0_0000)],
    outputs: ["irq"], inputs: ["power-button"])

  public struct State: DeviceState {
    /// Events that the guest has not read yet.
    public var events: UInt32 = 0
    /// Sleep control: the sleep type in bits 2-4.
    public var sleepControl: UInt8 = 0
    /// Whether the power button is held.
    public var button = false
    /// The level of the interrupt line.
    public var line = false

    public init() {}

    public static let table = StateTable<State>("acpi-ged") {
      saved(\.events, in: 0...1)
      saved(\.sleepControl, where: { $0 & ~0x1c == 0 })
      saved(\.button)
      derived(\.line)
    }
  }

  public static let registers: [RegisterRow] = [
    RegisterRow("EVENTS", at: 0x00, width: 4, .readOnly, isVolatile: true, fields: "POWER_BUTTON[0]"),
    RegisterRow("SLEEP_CONTROL", at: 0x10, .readWrite, mask: 0x1c, isVolatile: true, fields: "SLP_EN[5] SLP_TYP[4:2]"),
    RegisterRow("SLEEP_STATUS", at: 0x11, .readOnly, fields: "WAK_STS[7]"),
    RegisterRow("RESET", at: 0x12, .writeOnly, isVolatile: true),
  ]

  public var state = State()
  private let site: Site
  private let irq: Line

  public init(_ site: Site) {
    self.site = site
    irq = site.line("irq")
  }

  public func reset() {
    let held = state.button
    state = State()
    state.button = held
    settle()
  }

  public func settle() {
    state.line = state.events != 0
    irq.set(state.line)
  }

  public func input(_ index: Int, _ level: Bool) {
    guard index == 0 else { return }
    if level && !state.button { state.events |= Self.powerButtonEvent }
    state.button = level
    settle()
  }

  /// Presses the power button and lets it go.
  public func pressPowerButton() {
    input(0, true)
    input(0, false)
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    switch offset {
    case 0x00:
      let events = state.events
      state.events = 0
      settle()
      return UInt64(events)
    case 0x10: return UInt64(state.sleepControl)
    default: return 0
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let byte = UInt8(truncatingIfNeeded: value)
    switch offset {
    case 0x10:
      state.sleepControl = byte & 0x1c
      guard byte.bit(5) else { return }
      if byte.bits(2...4) == Self.softOff {
        site.control?.requestPowerOff()
      } else {
        site.unimplemented("sleep type \(byte.bits(2...4)) in SLEEP_CONTROL")
      }
    case 0x12:
      if byte == Self.resetValue {
        site.control?.requestReset("ACPI reset register")
      } else {
        site.guestError("\(Site.hex(byte)) in RESET does not reset: \(Site.hex(Self.resetValue)) does")
      }
    default: break
    }
  }
}
