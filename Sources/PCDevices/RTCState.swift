import Bits
public import SavedState

/// What an MC146818 (Motorola ADI-1019) and its battery keep.
///
/// The chip's divider chain runs on `chain(at:)`, nanoseconds; while the clock is not held its time is the
/// chain's seconds plus `offset`. While it is held (SET, or the divider in reset) the ten time bytes lie in `ram`.
public struct RTCState: DeviceState {
  /// The byte that the data port gives.
  public var index: UInt8 = 0
  public var isNMIMasked = false
  /// Bytes as stored: alarm, registers A (without UIP), B and C (without IRQF) and the general-purpose ones;
  /// the time's only while the clock is held.
  public var ram: InlineArray<128, UInt8> = {
    var ram = InlineArray<128, UInt8>(repeating: 0)
    ram[10] = 0x26
    ram[11] = 0x02
    return ram
  }()
  /// Seconds from the chain's to the clock's time.
  public var offset: Int64 = 0
  /// Nanoseconds by which the chain is ahead of the site's wall clock.
  public var phase: Int64 = 0
  /// Added to the calendar's day of the week.
  public var weekdayShift: UInt8 = 0
  /// Daylight saving: the last hour of summer time is being repeated.
  public var hasFallenBack = false
  /// Flags in register C are right up to this time of the virtual clock.
  public var seen: Int64 = 0
  /// Whether there is a second bank of memory.
  public var hasExtendedRAM = false
  /// The byte of the second bank that its data port gives.
  public var extendedIndex: UInt8 = 0
  /// The second bank.
  public var extendedRAM = InlineArray<128, UInt8>(repeating: 0)
  /// What the interrupt line was last driven to.
  public var irq = false

  public init() {}

  public static let table = StateTable<RTCState>("mc146818", version: 2, validate: contradiction) {
    saved(\.index, in: 0...127)
    saved(\.isNMIMasked)
    saved(\.ram)
    saved(\.offset, in: -offsetLimit...offsetLimit)
    saved(\.phase, in: 0...999_999_999)
    saved(\.weekdayShift, in: 0...6)
    saved(\.hasFallenBack)
    saved(\.seen, in: 0...(1 << 62))
    fixed(\.hasExtendedRAM, since: 2, mustUnderstand: false)
    subsection("extended", since: 2) {
      saved(\.extendedIndex, since: 2, in: 0...127)
      saved(\.extendedRAM, since: 2)
    } when: {
      $0.isExtendedRAMUsed
    }
    derived(\.irq)
  }

  /// Seconds of 31 000 years.
  private static let offsetLimit: Int64 = 1_000_000_000_000

  private static func contradiction(_ state: RTCState) -> String? {
    if !state.hasExtendedRAM, state.isExtendedRAMUsed { return "a second bank that is not there holds something" }
    if state.ram[10].bit(7) { return "register A holds UIP" }
    return state.ram[12] & ~0x70 != 0 ? "register C holds more than flags" : nil
  }

  private var isExtendedRAMUsed: Bool {
    extendedIndex != 0 || extendedRAM.indices.contains { extendedRAM[$0] != 0 }
  }

  var registerA: UInt8 { ram[10] }
  var registerB: UInt8 { ram[11] }

  /// The divider runs from the 32.768 kHz crystal; other patterns hold it in reset.
  var isDividing: Bool { registerA & 0x70 == 0x20 }
  /// The clock stands still and its bytes are the program's.
  var isHeld: Bool { registerB.bit(7) || !isDividing }
  var isBinary: Bool { registerB.bit(2) }
  var is24Hours: Bool { registerB.bit(1) }
  var savesDaylight: Bool { registerB.bit(0) }

  /// Periods a second of the periodic interrupt; 0 for none.
  var rate: Int64 {
    switch registerA & 15 {
    case 0: 0
    case 1: 256
    case 2: 128
    case let select: 32768 >> (Int64(select) - 1)
    }
  }

  // MARK: The time bytes

  private func encode(_ value: Int64) -> UInt8 {
    UInt8(truncatingIfNeeded: isBinary ? value : (value / 10) << 4 | value % 10)
  }

  private func decode(_ byte: UInt8) -> Int64 {
    isBinary ? Int64(byte) : Int64(byte >> 4) * 10 + Int64(byte & 15)
  }

  /// Where the time is in `ram`, the century among it.
  static func isTime(_ index: Int) -> Bool {
    switch index {
    case 0, 2, 4, 6, 7, 8, 9, 0x32: true
    default: false
    }
  }

  /// A time byte of the running clock at `seconds`.
  func timeByte(_ index: Int, seconds: Int64) -> UInt8 {
    let time = CivilTime(seconds: seconds)
    switch index {
    case 0: return encode(time.second)
    case 2: return encode(time.minute)
    case 4: return hourByte(time.hour)
    case 6:
      let days = floorDivide(seconds, CivilTime.secondsPerDay)
      return encode(floorRemainder(days &+ 4 &+ Int64(weekdayShift), 7) + 1)
    case 7: return encode(time.day)
    case 8: return encode(time.month)
    case 9: return encode(floorRemainder(time.year, 100))
    default: return encode(floorRemainder(floorDivide(time.year, 100), 100))
    }
  }

  private func hourByte(_ hour: Int64) -> UInt8 {
    guard !is24Hours else { return encode(hour) }
    return encode((hour + 11) % 12 + 1) | (hour >= 12 ? 0x80 : 0)
  }

  private func hour(of byte: UInt8) -> Int64 {
    is24Hours ? decode(byte) : decode(byte & 0x7f) % 12 + (byte.bit(7) ? 12 : 0)
  }

  /// Puts the running clock's time at `seconds` into its bytes.
  mutating func capture(seconds: Int64) {
    for index in [0, 2, 4, 6, 7, 8, 9, 0x32] { ram[index] = timeByte(index, seconds: seconds) }
  }

  /// Sets the clock from its bytes, `chain` being the chain's seconds. What no calendar has is brought
  /// to the nearest that one has.
  mutating func release(chain: Int64) {
    let year = decode(ram[0x32]) % 100 * 100 + decode(ram[9]) % 100
    let month = min(max(decode(ram[8]), 1), 12)
    let day = min(max(decode(ram[7]), 1), CivilTime.length(ofMonth: month, year: year))
    let time = CivilTime(
      year: year, month: month, day: day, hour: min(hour(of: ram[4]), 23), minute: min(decode(ram[2]), 59),
      second: min(decode(ram[0]), 59))
    offset = time.seconds &- chain
    weekdayShift = UInt8(truncatingIfNeeded: floorRemainder(decode(ram[6]) - 1 - time.days - 4, 7))
    hasFallenBack = false
  }

  // MARK: Alarm and daylight saving

  /// Seconds from `seconds` to the next match of the alarm, 1 to 86400; nil for never. Bytes with both high
  /// bits set match anything.
  func alarmDelay(after seconds: Int64) -> Int64? {
    let first = (floorRemainder(seconds, CivilTime.secondsPerDay) + 1) % CivilTime.secondsPerDay
    let (alarmSecond, alarmMinute, alarmHour) = (ram[1], ram[3], ram[5])
    func matches(_ alarm: UInt8, _ byte: UInt8) -> Bool { alarm >= 0xc0 || alarm == byte }
    var time = first
    var passed: Int64 = 0
    // Hours, then minutes, then seconds: skips the whole of what does not match.
    while passed < CivilTime.secondsPerDay {
      let step: Int64
      if !matches(alarmHour, hourByte(time / 3600)) {
        step = 3600 - time % 3600
      } else if !matches(alarmMinute, encode(time / 60 % 60)) {
        step = 60 - time % 60
      } else if !matches(alarmSecond, encode(time % 60)) {
        step = 1
      } else {
        return passed + 1
      }
      passed += step
      time = (time + step) % CivilTime.secondsPerDay
    }
    return nil
  }

  /// Daylight saving (DSE) over the clock's seconds from `start` to `end`: on the last Sunday of April the hour
  /// from two is left out, on the last of October the one before two is run twice.
  mutating func saveDaylight(from start: Int64, to end: Int64) {
    var end = end
    let first = CivilTime(seconds: start).year
    let last = CivilTime(seconds: end).year
    // A guest that looks once in decades has no summers to compare.
    for year in first...max(first, min(last, first &+ 30)) {
      let spring = CivilTime.lastSundayAtTwo(ofMonth: 4, year: year)
      if start < spring, end >= spring {
        offset &+= 3600
        end &+= 3600
      }
      let autumn = CivilTime.lastSundayAtTwo(ofMonth: 10, year: year)
      guard start < autumn, end >= autumn else { continue }
      if hasFallenBack {
        hasFallenBack = false
      } else {
        offset &-= 3600
        end &-= 3600
        hasFallenBack = end < autumn
      }
    }
  }
}
