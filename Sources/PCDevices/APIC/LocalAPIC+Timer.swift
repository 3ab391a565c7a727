import Bits

/// The timer (Intel SDM volume 3, 11.5.4): one-shot, periodic, TSC-deadline.
extension LocalAPIC {
  /// A periodic timer that is faster than this is served at this rate, in nanoseconds: its interrupts merge
  /// in the request register anyway.
  private static let shortestPeriod: Int64 = 20_000

  /// Periodic mode.
  private var isPeriodic: Bool { state.vectorTable[0].bits(17...18) == 1 }

  /// What the timer's clock is divided by, 1 to 128.
  private var divisor: UInt64 {
    let code = (state.divide & 3) | (state.divide >> 1 & 4)
    return code == 7 ? 1 : 2 << UInt64(code)
  }

  /// `a` * `b` / `c`, rounded down, or all ones when that is too large.
  private static func scale(_ a: UInt64, _ b: UInt64, _ c: UInt64, roundUp: Bool = false) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    guard product.high < c else { return .max }
    let (quotient, remainder) = c.dividingFullWidth(product)
    return roundUp && remainder != 0 && quotient < .max ? quotient + 1 : quotient
  }

  /// The nanoseconds that `ticks` take, up to a few centuries.
  private func nanoseconds(_ ticks: UInt64) -> Int64 {
    let whole = ticks.multipliedReportingOverflow(by: divisor)
    guard !whole.overflow else { return 1 << 61 }
    let scaled = Self.scale(whole.partialValue, 1_000_000_000, options.busFrequency, roundUp: true)
    return Int64(min(scaled, 1 << 61))
  }

  /// Whole ticks since `countedAt`.
  private func ticks(_ now: Int64) -> UInt64 {
    let elapsed = UInt64(max(0, now &- state.countedAt))
    return Self.scale(elapsed, options.busFrequency, 1_000_000_000 &* divisor)
  }

  /// The current count register.
  var currentCount: UInt32 {
    guard state.deadline >= 0, !state.isDeadlineMode else { return 0 }
    let elapsed = ticks(clock.now)
    let count = UInt64(state.count)
    if elapsed < count { return UInt32(count - elapsed) }
    guard isPeriodic, state.initialCount > 0 else { return 0 }
    let initial = UInt64(state.initialCount)
    return UInt32(initial - (elapsed - count) % initial)
  }

  func writeInitialCount(_ value: UInt32) {
    guard !state.isDeadlineMode else { return }
    state.initialCount = value
    run(from: value)
  }

  func writeDivide(_ value: UInt8) {
    let left = currentCount
    let wasRunning = state.deadline >= 0 && !state.isDeadlineMode
    state.divide = value
    if wasRunning { run(from: left) }
  }

  /// Counts down from `count`, beginning now; 0 stops.
  private func run(from count: UInt32) {
    let now = clock.now
    state.count = count
    state.countedAt = max(0, now)
    state.deadline = count == 0 ? -1 : state.countedAt &+ nanoseconds(UInt64(count))
    settle()
  }

  private func stop() {
    state.count = 0
    state.deadline = -1
    settle()
  }

  /// Changing to or from TSC-deadline mode disarms the timer; one-shot and periodic go on counting.
  func timerModeChanged(from old: UInt32) {
    if old.bits(17...18) == 2 || state.isDeadlineMode {
      state.tscDeadline = 0
      stop()
    }
  }

  func writeTSCDeadline(_ value: UInt64) {
    guard state.isDeadlineMode else { return }
    state.tscDeadline = value
    state.countedAt = max(0, clock.now)
    timeStampCounterWritten()
  }

  /// The time stamp counter jumped: when the deadline comes has to be worked out anew.
  public func timeStampCounterWritten() {
    guard state.isDeadlineMode else { return }
    guard state.tscDeadline != 0 else { return stop() }
    let counter = cpu?.timeStampCounter ?? 0
    let left = state.tscDeadline > counter ? state.tscDeadline - counter : 0
    let wait = Self.scale(left, 1_000_000_000, options.tscFrequency, roundUp: true)
    state.deadline = max(0, clock.now) &+ Int64(min(wait, 1 << 61))
    settle()
  }

  func timerFired() {
    guard state.deadline >= 0 else { return }
    if state.isDeadlineMode {
      guard (cpu?.timeStampCounter ?? .max) >= state.tscDeadline else { return timeStampCounterWritten() }
      state.tscDeadline = 0
      stop()
    } else if isPeriodic && state.initialCount > 0 {
      nextPeriod()
    } else {
      stop()
    }
    let entry = state.vectorTable[0]
    if !entry.bit(16) { accept(UInt8(truncatingIfNeeded: entry), isLevel: false) }
  }

  /// Starts the period that `now` lies in; periods that went by unserved are skipped.
  private func nextPeriod() {
    let now = max(0, clock.now)
    let elapsed = max(ticks(now), UInt64(state.count))
    let initial = UInt64(state.initialCount)
    let skipped = (elapsed - UInt64(state.count)) / initial
    state.countedAt = state.countedAt &+ nanoseconds(UInt64(state.count) &+ skipped &* initial)
    state.count = state.initialCount
    let period = nanoseconds(initial)
    state.deadline = state.countedAt &+ period
    if period < Self.shortestPeriod { state.deadline = max(state.deadline, now &+ Self.shortestPeriod) }
    settle()
  }
}
