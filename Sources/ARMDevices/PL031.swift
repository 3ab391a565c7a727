import Bits
public import DeviceModel
public import SavedState

/// The PrimeCell real-time clock (ARM DDI 0224): counts seconds, and interrupts as it reaches the match register.
///
/// A battery keeps it running: it holds seconds since 1970, as the machine's wall clock has them, until a guest sets
/// it, cannot be stopped, and a reset does not touch the count.
public final class PL031: Device {
  public static let model = Model(
    "pl031", "PrimeCell real-time clock",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 4...4, base: 0x1500_0000)],
    outputs: ["irq"])

  public static let registers =
    [
      RegisterRow("RTCDR", at: 0x00, width: 4, .readOnly, reset: nil),
      RegisterRow("RTCMR", at: 0x04, width: 4, .readWrite),
      RegisterRow("RTCLR", at: 0x08, width: 4, .readWrite),
      RegisterRow("RTCCR", at: 0x0c, width: 4, .readWrite, reset: 1, mask: 0, fields: "RTCStart[0]"),
      RegisterRow("RTCIMSC", at: 0x10, width: 4, .readWrite, mask: 1, fields: "RTCIMSC[0]"),
      RegisterRow("RTCRIS", at: 0x14, width: 4, .readOnly, fields: "RTCRIS[0]"),
      RegisterRow("RTCMIS", at: 0x18, width: 4, .readOnly, fields: "RTCMIS[0]"),
      RegisterRow("RTCICR", at: 0x1c, width: 4, .writeOnly, mask: 1, fields: "RTCICR[0]"),
    ] + PrimeCell.registers(part, "RTCPeriphID", "RTCPCellID")

  private static let part: UInt32 = 0x0004_1031

  public struct State: DeviceState {
    /// Seconds from the wall clock's to the counter's.
    public var offset: UInt32 = 0
    public var match: UInt32 = 0
    public var load: UInt32 = 0
    public var isEnabled = false
    public var isRaised = false
    /// The raw interrupt is right up to this second of the wall clock, since 1970.
    public var seen: Int64 = 0
    /// What the interrupt line was last driven to.
    public var irq = false

    public init() {}

    public static let table = StateTable<State>("pl031") {
      saved(\.offset)
      saved(\.match)
      saved(\.load)
      saved(\.isEnabled)
      saved(\.isRaised)
      saved(\.seen, in: -farthest...farthest)
      derived(\.irq)
    }

    /// Seconds of 34 800 years.
    private static let farthest: Int64 = 1 << 40

    /// The counter at a second of the wall clock.
    func count(at second: Int64) -> UInt32 { UInt32(truncatingIfNeeded: second) &+ offset }

    /// The second of the wall clock after `seen` at which the counter next reaches the match register.
    var nextMatch: Int64 {
      let distance = match &- count(at: seen)
      return seen &+ (distance == 0 ? 1 << 32 : Int64(distance))
    }

    /// Notes a match that has come by `second`. A wall clock that was set back has not reached any.
    mutating func advance(to second: Int64) {
      if second > seen, second >= nextMatch { isRaised = true }
      seen = second
    }
  }

  public var state = State()
  private let site: Site
  private let irq: Line
  private let timer: Timer

  public init(_ site: Site) {
    self.site = site
    irq = site.line("irq")
    timer = site.clock.makeTimer()
    state.seen = second
    timer.onFire = { [unowned self] in evaluate() }
  }

  private static let nanoseconds: Int64 = 1_000_000_000

  /// The wall clock in whole seconds since 1970.
  private var second: Int64 {
    let (second, rest) = (site.epoch &+ site.clock.now).quotientAndRemainder(dividingBy: Self.nanoseconds)
    return rest < 0 ? second &- 1 : second
  }

  public func reset() {
    let offset = state.offset
    state = State()
    state.offset = offset
    state.seen = second
    settle()
  }

  public func settle() {
    state.irq = state.isRaised && state.isEnabled
    irq.set(state.irq)
    arm()
  }

  private func arm() {
    guard state.isEnabled, !state.isRaised else { return timer.cancel() }
    let (time, isTooLate) = state.nextMatch.multipliedReportingOverflow(by: Self.nanoseconds)
    timer.set(isTooLate ? nil : time &- site.epoch)
  }

  private func evaluate() {
    state.advance(to: second)
    update()
  }

  private func update() {
    let level = state.isRaised && state.isEnabled
    if level != state.irq {
      state.irq = level
      irq.set(level)
    }
    arm()
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    if let byte = PrimeCell.identification(Self.part, at: offset) { return byte }
    evaluate()
    let value: UInt32 =
      switch offset & 0xffc {
      case 0x00: state.count(at: state.seen)
      case 0x04: state.match
      case 0x08: state.load
      case 0x0c: 1
      case 0x10: state.isEnabled ? 1 : 0
      case 0x14: state.isRaised ? 1 : 0
      case 0x18: state.irq ? 1 : 0
      default: 0
      }
    return UInt64(value)
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let value = UInt32(truncatingIfNeeded: value)
    state.advance(to: second)
    switch offset & 0xffc {
    case 0x04:
      state.match = value
      compare()
    case 0x08:
      state.load = value
      state.offset = value &- UInt32(truncatingIfNeeded: state.seen)
      compare()
    case 0x10: state.isEnabled = value.bit(0)
    case 0x1c where value.bit(0): state.isRaised = false
    default: break
    }
    update()
  }

  /// The comparator sees a match that a write makes as well as one that time brings.
  private func compare() {
    if state.count(at: state.seen) == state.match { state.isRaised = true }
  }
}
