import Bits
public import SavedState

/// One counter of an 8254 (Intel 231164). All times are pulses of the input clock since power on.
///
/// The counting element is not stepped: `start` says when it was loaded, and everything else is computed
/// from the present pulse. `advance(to:)` moves `start` over whole periods.
public struct PITChannel: DeviceState {
  /// The last control word's low six bits: RW1 RW0 M2 M1 M0 BCD.
  public var control: UInt8 = 0x30
  /// The first byte of a two-byte count, while the second is awaited.
  public var firstByte: UInt8 = 0
  public var awaitsSecondByte = false
  public var readsSecondByte = false
  public var isCountLatched = false
  public var latchedCount: UInt16 = 0
  public var isStatusLatched = false
  public var latchedStatus: UInt8 = 0
  /// The level of the GATE input, which is a pin of the whole chip or tied high.
  public var gate = true
  /// The count register as a number of pulses; 0 when no count has been written since the control word.
  public var reload: Int32 = 0
  /// The count register has not reached the counting element.
  public var nullCount = false
  /// The counting element has been, or with the next pulse will be, loaded.
  public var isCounting = false
  /// What was, or will be, loaded, at pulse `start`.
  public var period: Int32 = 0
  public var start: Int64 = 0
  /// The counting element before `start`.
  public var held: Int32 = 0
  /// The level of OUT before `start`; in mode 3, whether this is the half with OUT low.
  public var isLow = false
  /// The gate holds the count at `elapsed` pulses after `start`.
  public var isPaused = false
  public var elapsed: Int64 = 0
  /// What the output line was last driven to.
  public var out = false
  /// The pulse of the next edge that the output line has to show; -1 for none.
  public var edge: Int64 = -1

  public init() {}

  /// The last pulse that a table accepts: 29 900 years.
  static let lastTick: Int64 = 1 << 50
  /// BCD counts with digits above 9 go beyond 10000.
  static let longestPeriod: Int32 = 65536

  public static let table = StateTable<PITChannel>("8254-channel", validate: contradiction) {
    saved(\.control, in: 0...0x3f, where: { $0 & 0x30 != 0 })
    saved(\.firstByte)
    saved(\.awaitsSecondByte)
    saved(\.readsSecondByte)
    saved(\.isCountLatched)
    saved(\.latchedCount)
    saved(\.isStatusLatched)
    saved(\.latchedStatus)
    derived(\.gate)
    saved(\.reload, in: 0...longestPeriod)
    saved(\.nullCount)
    saved(\.isCounting)
    saved(\.period, in: 0...longestPeriod)
    saved(\.start, in: 0...lastTick)
    saved(\.held, in: 0...longestPeriod)
    saved(\.isLow)
    saved(\.isPaused)
    saved(\.elapsed, in: 0...lastTick)
    saved(\.out)
    saved(\.edge, in: -1...lastTick)
  }

  private static func contradiction(_ channel: PITChannel) -> String? {
    if channel.isCounting, channel.period == 0 || channel.reload == 0 { return "it counts without a count" }
    return channel.isPaused && !channel.isCounting ? "it pauses without counting" : nil
  }

  /// The mode, 0 to 5; the two patterns above 5 are modes 2 and 3.
  var mode: UInt8 {
    let mode = control &>> 1 & 7
    return mode > 5 ? mode & 3 : mode
  }
  var isBCD: Bool { control.bit(0) }
  private var access: UInt8 { control &>> 4 & 3 }

  // MARK: Counting

  /// Pulses of the present half period of mode 3.
  private var half: Int64 { Int64(isLow ? period / 2 : (period + 1) / 2) }

  /// Takes what the periodic modes do between `start` and pulse `now` into account.
  mutating func advance(to now: Int64) {
    // A count of 1 is illegal in the periodic modes: the output stays high and nothing repeats.
    guard isCounting, !isPaused, now >= start, period > 1 else { return }
    if mode == 2 {
      while now &- start >= Int64(period), period > 1 {
        start &+= Int64(period)
        if nullCount {
          period = reload
          nullCount = false
        } else {
          start &+= (now &- start) / Int64(period) &* Int64(period)
        }
      }
    } else if mode == 3 {
      while period > 1, now &- start >= half {
        start &+= half
        isLow.toggle()
        if nullCount {
          period = reload
          nullCount = false
          if period == 1 { isLow = false }
        } else {
          start &+= (now &- start) / Int64(period) &* Int64(period)
        }
      }
    }
  }

  /// Pulses since the counting element was loaded; negative before.
  private func age(_ now: Int64) -> Int64 { isPaused ? elapsed : now &- start }

  /// The counting element at pulse `now`, after `advance(to:)`.
  func count(at now: Int64) -> Int32 {
    let age = age(now)
    guard isCounting, now >= start, age >= 0 else { return held }
    let step: Int64
    let from: Int64
    switch mode {
    case 3:
      // An odd count is loaded less one; both halves count down by two.
      from = Int64(period & ~1)
      step = period > 1 ? age &* 2 : 0
    case 2:
      from = Int64(period)
      step = period > 1 ? age : 0
    default:
      from = Int64(period)
      step = age
    }
    let modulus: Int64 = isBCD ? 10000 : 65536
    let value = (from &- step) % modulus
    return Int32(truncatingIfNeeded: value < 0 ? value &+ modulus : value)
  }

  /// The level of OUT at pulse `now`, after `advance(to:)`.
  func output(at now: Int64) -> Bool {
    guard isCounting else { return mode != 0 }
    let age = age(now)
    switch mode {
    case 0: return now >= start && age >= Int64(period)
    case 1: return now < start ? !isLow : age >= Int64(period)
    case 2: return isPaused || now < start || period == 1 || age != Int64(period) - 1
    case 3: return isPaused || now < start || !isLow
    default: return now < start ? !isLow : age != Int64(period)
    }
  }

  /// The pulse after `now` at which OUT next changes, or in modes 2, 4 and 5 ends its low pulse; -1 for never.
  func nextEdge(after now: Int64) -> Int64 {
    guard isCounting, !isPaused else { return -1 }
    let count = Int64(period)
    switch mode {
    case 0: return now < start || now &- start < count ? start &+ count : -1
    case 1: return now < start ? start : now &- start < count ? start &+ count : -1
    case 2: return period > 1 ? start &+ count : -1
    case 3: return period > 1 ? start &+ half : -1
    default: return now < start || now &- start <= count ? start &+ count &+ 1 : -1
    }
  }

  // MARK: Programming

  mutating func setControl(_ value: UInt8, now: Int64) {
    held = count(at: now)
    control = value & 0x3f
    awaitsSecondByte = false
    readsSecondByte = false
    isCountLatched = false
    isStatusLatched = false
    reload = 0
    nullCount = true
    isCounting = false
    isPaused = false
    isLow = false
  }

  /// A byte written to the counter's port.
  mutating func write(_ byte: UInt8, now: Int64) {
    switch access {
    case 1: setCount(UInt16(byte), now: now)
    case 2: setCount(UInt16(byte) &<< 8, now: now)
    default:
      if awaitsSecondByte {
        awaitsSecondByte = false
        setCount(UInt16(byte) &<< 8 | UInt16(firstByte), now: now)
      } else {
        awaitsSecondByte = true
        firstByte = byte
        if mode == 0 {
          // The first byte stops the count and pulls OUT low at once.
          held = count(at: now)
          isCounting = false
          isPaused = false
        }
      }
    }
  }

  private mutating func setCount(_ value: UInt16, now: Int64) {
    reload = number(value)
    nullCount = true
    switch mode {
    case 1, 5: break
    case 2, 3:
      if !isCounting || period == 1 { load(at: now, low: false) }
    case 0: load(at: now, low: true)
    default: load(at: now, low: !output(at: now))
    }
  }

  /// The count register goes into the counting element with the next pulse.
  private mutating func load(at now: Int64, low: Bool) {
    held = count(at: now)
    isLow = low
    period = reload
    nullCount = false
    isCounting = true
    start = now &+ 1
    elapsed = 0
    isPaused = !gate && mode != 1 && mode != 5
  }

  private func number(_ value: UInt16) -> Int32 {
    guard isBCD else { return value == 0 ? 65536 : Int32(value) }
    let digits =
      Int32(value & 15) + Int32(value >> 4 & 15) * 10 + Int32(value >> 8 & 15) * 100 + Int32(value >> 12) * 1000
    return digits == 0 ? 10000 : digits
  }

  /// The gate input is now `level`, after `advance(to:)`.
  mutating func setGate(_ level: Bool, now: Int64) {
    guard level != gate else { return }
    gate = level
    switch mode {
    case 1, 5:
      if level, reload > 0 { load(at: now, low: !output(at: now)) }
    case 2, 3:
      guard isCounting else { return }
      if level {
        load(at: now, low: false)
      } else {
        pause(now)
        isLow = false
      }
    default:
      guard isCounting else { return }
      if level {
        if now >= start { start = max(0, now &- elapsed) }
        isPaused = false
      } else {
        pause(now)
      }
    }
  }

  private mutating func pause(_ now: Int64) {
    elapsed = max(0, now &- start)
    isPaused = true
  }

  // MARK: Reading

  /// The counting element as the guest reads it.
  private func image(at now: Int64) -> UInt16 {
    let count = count(at: now)
    guard isBCD else { return UInt16(truncatingIfNeeded: count) }
    let n = UInt16(truncatingIfNeeded: count % 10000)
    return n % 10 | (n / 10 % 10) << 4 | (n / 100 % 10) << 8 | (n / 1000) << 12
  }

  /// The counter latch command.
  mutating func latchCount(now: Int64) {
    guard !isCountLatched else { return }
    isCountLatched = true
    latchedCount = image(at: now)
  }

  /// The status half of the read-back command.
  mutating func latchStatus(now: Int64) {
    guard !isStatusLatched else { return }
    isStatusLatched = true
    let isNull = nullCount || isCounting && now < start
    latchedStatus = control | (isNull ? 0x40 : 0) | (output(at: now) ? 0x80 : 0)
  }

  /// A byte read from the counter's port.
  mutating func read(now: Int64) -> UInt8 {
    if isStatusLatched {
      isStatusLatched = false
      return latchedStatus
    }
    let value = isCountLatched ? latchedCount : image(at: now)
    let high: Bool
    switch access {
    case 1: high = false
    case 2: high = true
    default:
      high = readsSecondByte
      readsSecondByte.toggle()
    }
    if access != 3 || high { isCountLatched = false }
    return UInt8(truncatingIfNeeded: high ? value >> 8 : value)
  }
}
