import Bits
public import DeviceModel
public import SavedState

/// The small ports of a PC's system board: 0x61 (timer gate, speaker), 0x92 (fast A20 and reset) and 0xcf9
/// (reset control of the chip set).
public final class SystemPorts: Device {
  public static let model = Model(
    "pc-ports", "system control ports 0x61, 0x92 and 0xcf9",
    regions: [
      RegionModel("port61", .io, size: 1, base: 0x61),
      RegionModel("port92", .io, size: 1, base: 0x92),
      RegionModel("portcf9", .io, size: 1, base: 0xcf9),
    ],
    outputs: ["gate2", "speaker", "a20"],
    inputs: ["out2"])

  public static let registers = [
    // Bit 4 toggles with the refresh, bit 5 is the timer's.
    RegisterRow(
      "SYSTEM_CONTROL_B", region: 0, at: 0, .readWrite, reset: nil, mask: 0x0f, isVolatile: true,
      fields: "PARITY[7] IOCHK[6] OUT2[5] REFRESH[4] IOCHK_OFF[3] PARITY_OFF[2] SPEAKER[1] GATE2[0]"),
    RegisterRow(
      "SYSTEM_CONTROL_A", region: 1, at: 0, .readWrite, mask: 0xca, isVolatile: true,
      fields: "DISK_LIGHT[7:6] PASSWORD_LOCK[3] A20[1] RESET[0]"),
    RegisterRow(
      "RESET_CONTROL", region: 2, at: 0, .readWrite, mask: 0x0e, isVolatile: true,
      fields: "FULL_RST[3] RST_CPU[2] SYS_RST[1]"),
  ]

  public struct State: DeviceState {
    /// Bits 0-3 of port 0x61: timer 2 gate, speaker, parity check and channel check off.
    public var controlB: UInt8 = 0
    /// Port 0x92 but for the reset bit.
    public var controlA: UInt8 = 0
    public var resetControl: UInt8 = 0
    /// The level of input out2.
    public var out2 = false

    public init() {}

    public static let table = StateTable<State>("pc-ports") {
      saved(\.controlB, in: 0...0x0f)
      saved(\.controlA, where: { $0 & ~0xca == 0 })
      saved(\.resetControl, where: { $0 & ~0x0e == 0 })
      saved(\.out2)
    }
  }

  public var state = State()
  private let site: Site
  private let gate2: Line
  private let speaker: Line
  private let a20: Line

  public init(_ site: Site) {
    self.site = site
    gate2 = site.line("gate2")
    speaker = site.line("speaker")
    a20 = site.line("a20")
  }

  public func reset() {
    let out2 = state.out2
    state = State()
    state.out2 = out2
    settle()
  }

  public func settle() {
    gate2.set(state.controlB.bit(0))
    a20.set(state.controlA.bit(1))
    driveSpeaker()
  }

  private func driveSpeaker() { speaker.set(state.controlB.bit(1) && state.out2) }

  public func input(_ index: Int, _ level: Bool) {
    guard index == 0, level != state.out2 else { return }
    state.out2 = level
    if state.controlB.bit(1) { driveSpeaker() }
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    switch region {
    case 0:
      // The refresh request of timer channel 1 at its customary count of 18: every 15.085 µs.
      let isRefreshing = PITClock.ticks(at: site.clock.now) / 18 & 1 == 1
      return UInt64(state.controlB | (isRefreshing ? 0x10 : 0) | (state.out2 ? 0x20 : 0))
    case 1: return UInt64(state.controlA)
    default: return UInt64(state.resetControl)
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let byte = UInt8(truncatingIfNeeded: value)
    switch region {
    case 0:
      state.controlB = byte & 0x0f
      gate2.set(byte.bit(0))
      driveSpeaker()
    case 1:
      state.controlA = byte & 0xca
      a20.set(byte.bit(1))
      if byte.bit(0) { site.control?.requestReset("port 0x92") }
    default:
      // The rise of RST_CPU resets; SYS_RST and FULL_RST say how far.
      let rises = byte.bit(2) && !state.resetControl.bit(2)
      state.resetControl = byte & 0x0e
      if rises {
        let kind = byte.bit(1) ? (byte.bit(3) ? "full" : "hard") : "soft"
        site.control?.requestReset("port 0xcf9, \(kind)")
      }
    }
  }
}
