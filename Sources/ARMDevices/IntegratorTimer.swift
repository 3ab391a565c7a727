import Bits
public import SavedState

/// One of the Integrator/CP's timers (ARM DUI 0159, counter/timers; the counter is that of the dual timer, DDI 0196).
///
/// The counter is not stepped: `count` is its value at tick `start` of the timer's clock, and what it is at another
/// tick follows from the mode. A period is the load value, as the manual's formula for intervals has it: at the
/// tick at which a periodic counter would read zero, it reads the load value.
public struct IntegratorTimer: DeviceState {
  /// What a periodic counter starts again from.
  public var load: UInt32 = 0
  public var control: UInt8 = 0x20
  /// The counter at tick `start`, or as long as it is disabled. With 16 bits, the upper half is left over.
  public var count: UInt32 = .max
  /// Ticks of the timer's clock since power on; 0 while disabled.
  public var start: Int64 = 0
  /// The counter has been zero, and IntClr has not been written.
  public var isRaised = false
  /// What the interrupt line was last driven to.
  public var irq = false

  public init() {}

  /// The last tick that a table accepts: 3600 years at 40 MHz.
  static let lastTick: Int64 = 1 << 62

  public static let table = StateTable<IntegratorTimer>("integrator-timer", validate: contradiction) {
    saved(\.load)
    saved(\.control, where: { $0 & 0x10 == 0 })
    saved(\.count)
    saved(\.start, in: 0...lastTick)
    saved(\.isRaised)
    derived(\.irq)
  }

  private static func contradiction(_ timer: IntegratorTimer) -> String? {
    !timer.isEnabled && timer.start != 0 ? "a disabled timer has a start" : nil
  }

  var isEnabled: Bool { control.bit(7) }
  private var isOneShot: Bool { control.bit(0) }
  private var isPeriodic: Bool { control.bit(6) }
  var asksInterrupt: Bool { control.bit(5) }
  /// The greatest value of the counter.
  private var limit: UInt32 { control.bit(1) ? .max : 0xffff }
  /// Ticks of the clock to one of the counter. The undefined setting divides as the one below it.
  private var divisor: Int64 {
    switch control >> 2 & 3 {
    case 0: 1
    case 1: 16
    default: 256
    }
  }
  /// The counter at tick `start`, as a guest reads it.
  var value: UInt32 { count & limit }
  /// What a periodic counter reloads, in the counter's width.
  private var period: Int64 { Int64(load & limit) }

  /// Counter ticks from `start` to the first zero after it; nil for never.
  private var stepsToZero: Int64? {
    if value > 0 { return Int64(value) }
    if isOneShot { return nil }
    if isPeriodic { return 1 &+ period }
    return Int64(limit) &+ 1
  }

  /// The clock's tick at which the counter is next zero, as seen from `start`; nil for never.
  var nextZero: Int64? {
    guard isEnabled, let steps = stepsToZero else { return nil }
    return start &+ steps &* divisor
  }

  /// The counter after `steps` of its ticks from `start`.
  private func value(after steps: Int64) -> UInt32 {
    let count = Int64(value)
    if steps < count { return UInt32(truncatingIfNeeded: count &- steps) }
    let past = steps &- count
    if isOneShot { return 0 }
    // A free-running counter passes through zero to its limit.
    guard isPeriodic else { return UInt32(truncatingIfNeeded: 0 &- past) & limit }
    guard period > 0 else { return 0 }
    // From a zero that it was left at, it takes one tick to reload.
    if count == 0 {
      return past == 0 ? 0 : UInt32(truncatingIfNeeded: period &- (past &- 1) % period)
    }
    return UInt32(truncatingIfNeeded: period &- past % period)
  }

  /// Brings counter and raw interrupt to `tick`, however many periods have passed.
  mutating func advance(to tick: Int64) {
    guard isEnabled, tick > start else { return }
    let steps = (tick &- start) / divisor
    guard steps > 0 else { return }
    if let zero = stepsToZero, steps >= zero { isRaised = true }
    count = value(after: steps)
    start &+= steps &* divisor
  }

  /// The Load register written at `tick`: the counter starts from it, and an interval of nothing is over at once.
  mutating func setLoad(_ value: UInt32, at tick: Int64) {
    advance(to: tick)
    load = value
    count = value
    guard isEnabled else { return }
    start = tick
    if self.value == 0 { isRaised = true }
  }

  /// The control register written at `tick`. The prescaler begins anew when it is changed, and when the timer is
  /// enabled.
  mutating func setControl(_ value: UInt8, at tick: Int64) {
    advance(to: tick)
    let old = control
    control = value & 0xef
    if !isEnabled {
      start = 0
    } else if !old.bit(7) {
      start = tick
      if self.value == 0, period == 0 { isRaised = true }
    } else if (old ^ control) & 0x0c != 0 {
      start = tick
    }
  }
}
