import Bits
public import DeviceModel
public import SavedState

/// The three counter/timers of the Integrator/CP (ARM DUI 0159): timer 0 counts the 40 MHz bus clock, timers 1 and 2
/// count 1 MHz.
public final class IntegratorTimers: Device {
  public static let model = Model(
    "integrator-timers", "Integrator/CP timers",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 4...4, base: 0x1300_0000)],
    outputs: ["irq0", "irq1", "irq2"])

  public static let registers = (0..<3).flatMap { index -> [RegisterRow] in
    let base = UInt64(index) * 0x100
    return [
      RegisterRow("Timer\(index)Load", at: base, width: 4, .readWrite),
      RegisterRow("Timer\(index)Value", at: base + 4, width: 4, .readOnly, reset: 0xffff),
      RegisterRow(
        "Timer\(index)Control", at: base + 8, width: 4, .readWrite, reset: 0x20, mask: 0xef,
        fields: "ENABLE[7] MODE[6] IE[5] PRESCALE[3:2] SIZE[1] ONESHOT[0]"),
      RegisterRow("Timer\(index)IntClr", at: base + 0xc, width: 4, .writeOnly),
      RegisterRow("Timer\(index)RIS", at: base + 0x10, width: 4, .readOnly, fields: "RIS[0]"),
      RegisterRow("Timer\(index)MIS", at: base + 0x14, width: 4, .readOnly, fields: "MIS[0]"),
      RegisterRow("Timer\(index)BGLoad", at: base + 0x18, width: 4, .readWrite),
    ]
  }

  public struct State: DeviceState {
    public var timers = InlineArray<3, IntegratorTimer>(repeating: IntegratorTimer())

    public init() {}

    public static let table = StateTable<State>("integrator-timers") {
      nested(\.timers)
    }
  }

  public var state = State()
  private let site: Site
  private let clock: VirtualClock
  private let lines: [Line]
  private let alarms: [Timer]

  public init(_ site: Site) {
    self.site = site
    clock = site.clock
    lines = (0..<3).map { site.line("irq\($0)") }
    alarms = (0..<3).map { _ in site.clock.makeTimer() }
    for (index, alarm) in alarms.enumerated() {
      alarm.onFire = { [unowned self] in
        state.timers[index].advance(to: tick(index))
        update(index)
      }
    }
  }

  public func reset() {
    state = State()
    settle()
  }

  public func settle() {
    for index in 0..<3 {
      state.timers[index].irq = state.timers[index].isRaised && state.timers[index].asksInterrupt
      lines[index].set(state.timers[index].irq)
      arm(index)
    }
  }

  /// Nanoseconds of one tick of a timer's clock.
  private static func period(_ index: Int) -> Int64 { index == 0 ? 25 : 1000 }

  private func tick(_ index: Int) -> Int64 { clock.now / Self.period(index) }

  private func update(_ index: Int) {
    let level = state.timers[index].isRaised && state.timers[index].asksInterrupt
    if level != state.timers[index].irq {
      state.timers[index].irq = level
      lines[index].set(level)
    }
    arm(index)
  }

  /// Only an interrupt that would be new has to be noticed in time; the rest is found when somebody looks.
  private func arm(_ index: Int) {
    let timer = state.timers[index]
    guard timer.asksInterrupt, !timer.isRaised, let zero = timer.nextZero else { return alarms[index].cancel() }
    let (deadline, isTooLate) = zero.multipliedReportingOverflow(by: Self.period(index))
    alarms[index].set(isTooLate ? nil : deadline)
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    let index = Int(truncatingIfNeeded: offset >> 8)
    guard index < 3 else { return 0 }
    state.timers[index].advance(to: tick(index))
    update(index)
    let timer = state.timers[index]
    let value: UInt32 =
      switch offset & 0xfc {
      case 0x00, 0x18: timer.load
      case 0x04: timer.value
      case 0x08: UInt32(timer.control)
      case 0x10: timer.isRaised ? 1 : 0
      case 0x14: timer.irq ? 1 : 0
      default: 0
      }
    return UInt64(value)
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let index = Int(truncatingIfNeeded: offset >> 8)
    guard index < 3 else { return }
    let tick = tick(index)
    switch offset & 0xfc {
    case 0x00: state.timers[index].setLoad(UInt32(truncatingIfNeeded: value), at: tick)
    case 0x08:
      if value >> 2 & 3 == 3 { site.guestError("timer \(index) has prescale 3, which is undefined") }
      state.timers[index].setControl(UInt8(truncatingIfNeeded: value), at: tick)
    case 0x0c:
      state.timers[index].advance(to: tick)
      state.timers[index].isRaised = false
    case 0x18:
      state.timers[index].advance(to: tick)
      state.timers[index].load = UInt32(truncatingIfNeeded: value)
    default: return
    }
    update(index)
  }
}
