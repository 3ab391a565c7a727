import Bits
public import DeviceModel
public import SavedState

/// The fixed hardware of ACPI (ACPI 6.4, 4.8.3): PM1 event and control registers and the PM timer.
///
/// A kernel leaves the 8259 pair, the 8254 and their interrupts alone when ACPI says "hardware reduced", so
/// the board has this block. It is always in ACPI mode: SCI_EN reads as one, there is no SMI command port.
/// Power button events come through the generic event device.
///
/// Layout: 0 PM1 status, 2 PM1 enable, 4 PM1 control, 8 PM timer (32 bits at 3.579545 MHz).
public final class ACPIPowerManagement: Device {
  /// Ticks of the PM timer in a second.
  public static let frequency: UInt64 = 3_579_545
  /// Ports of the whole block.
  public static let size: UInt64 = 12

  public static let model = Model(
    "acpi-pm", "ACPI fixed hardware: PM1 event and control, PM timer",
    regions: [RegionModel("registers", .io, size: size, widths: 1...4, base: 0x600)],
    outputs: ["sci"])

  public struct State: DeviceState {
    /// PM1 status: the timer's carry (bit 0), global lock (5), power button (8), sleep button (9), RTC (10),
    /// wake (15).
    public var status: UInt16 = 0
    public var enable: UInt16 = 0
    /// PM1 control without SLP_EN and SCI_EN.
    public var control: UInt16 = 0
    /// When, in guest nanoseconds, bit 31 of the timer next changes.
    public var nextCarry: Int64 = 0
    /// The level of the system control interrupt.
    public var sci = false

    public init() {}

    public static let table = StateTable<State>("acpi-pm") {
      saved(\.status, where: { $0 & ~0x8721 == 0 })
      saved(\.enable, where: { $0 & ~0x0721 == 0 })
      saved(\.control, where: { $0 & ~0x1c06 == 0 })
      saved(\.nextCarry, where: { $0 >= 0 })
      derived(\.sci)
    }
  }

  public static let registers: [RegisterRow] = [
    RegisterRow(
      "PM1_STS", at: 0, width: 2, .readWrite, mask: 0,
      fields: "WAK_STS[15] RTC_STS[10] SLPBTN_STS[9] PWRBTN_STS[8] GBL_STS[5] BM_STS[4] TMR_STS[0]"),
    RegisterRow(
      "PM1_EN", at: 2, width: 2, .readWrite, mask: 0x0721,
      fields: "RTC_EN[10] SLPBTN_EN[9] PWRBTN_EN[8] GBL_EN[5] TMR_EN[0]"),
    RegisterRow(
      "PM1_CNT", at: 4, width: 2, .readWrite, reset: 1, mask: 0x1c06, isVolatile: true,
      fields: "SLP_EN[13] SLP_TYP[12:10] GBL_RLS[2] BM_RLD[1] SCI_EN[0]"),
    RegisterRow("PM_TMR", at: 8, width: 4, .readOnly, reset: nil),
  ]

  public var state = State()
  private let site: Site
  private let irq: Line
  private let timer: DeviceModel.Timer

  public init(_ site: Site) {
    self.site = site
    irq = site.line("sci")
    timer = site.clock.makeTimer()
    timer.onFire = { [weak self] in self?.carried() }
    reset()
  }

  public func reset() {
    state = State()
    state.nextCarry = carry(after: site.clock.now)
    settle()
  }

  public func settle() {
    state.sci = state.status & state.enable & 0x0721 != 0
    irq.set(state.sci)
    timer.arm(at: state.nextCarry)
  }

  /// The timer's value: it has counted since power on.
  private var count: UInt64 { ticks(site.clock.now) }

  private func ticks(_ now: Int64) -> UInt64 {
    let product = UInt64(max(0, now)).multipliedFullWidth(by: Self.frequency)
    return UInt64(1_000_000_000).dividingFullWidth((product.high % 1_000_000_000, product.low)).quotient
  }

  /// The first moment after `now` at which bit 31 changes.
  private func carry(after now: Int64) -> Int64 {
    let next = ((ticks(now) >> 31) &+ 1) << 31
    let product = next.multipliedFullWidth(by: 1_000_000_000)
    guard product.high < Self.frequency else { return .max }
    let quotient = Self.frequency.dividingFullWidth(product).quotient
    return Int64(clamping: quotient &+ 1)
  }

  private func carried() {
    state.status |= 1
    state.nextCarry = carry(after: site.clock.now)
    settle()
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    var value: UInt64 = 0
    for byte in 0..<UInt64(min(width, 4)) { value |= UInt64(readByte(offset &+ byte)) << (byte * 8) }
    return value
  }

  private func readByte(_ offset: UInt64) -> UInt8 {
    let word: UInt64
    switch offset {
    case 0, 1: word = UInt64(state.status)
    case 2, 3: word = UInt64(state.enable)
    case 4, 5: word = UInt64(state.control | 1)
    case 8...11: return UInt8(truncatingIfNeeded: count >> ((offset - 8) * 8))
    default: return 0
    }
    return UInt8(truncatingIfNeeded: word >> ((offset & 1) * 8))
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    for byte in 0..<UInt64(min(width, 4)) {
      writeByte(UInt16(truncatingIfNeeded: value >> (byte * 8)) & 0xff, offset &+ byte)
    }
    settle()
  }

  private func writeByte(_ byte: UInt16, _ offset: UInt64) {
    let high = offset.bit(0)
    let bits = high ? byte << 8 : byte
    let lane: UInt16 = high ? 0xff00 : 0x00ff
    switch offset {
    case 0, 1: state.status &= ~bits
    case 2, 3: state.enable = ((state.enable & ~lane) | bits) & 0x0721
    case 4, 5:
      state.control = ((state.control & ~lane) | bits) & 0x1c06
      guard high, bits.bit(13) else { return }
      if bits.bits(10...12) == UInt16(ACPIEventDevice.softOff) {
        site.control?.requestPowerOff()
      } else {
        site.unimplemented("sleep type \(bits.bits(10...12)) in PM1_CNT")
      }
    default: break
    }
  }
}
