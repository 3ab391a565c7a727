/// The 8254's input clock of 1 193 182 Hz, counted from the machine's power on: exact in both directions.
enum PITClock {
  static let hertz: Int64 = 1_193_182
  private static let second: Int64 = 1_000_000_000

  /// Clock pulses up to and at `nanoseconds`.
  static func ticks(at nanoseconds: Int64) -> Int64 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: second)
    return seconds &* hertz &+ rest &* hertz / second
  }

  /// The first nanosecond at which pulse `tick` has been.
  static func nanoseconds(at tick: Int64) -> Int64 {
    let (seconds, rest) = tick.quotientAndRemainder(dividingBy: hertz)
    return seconds &* second &+ (rest &* second &+ hertz &- 1) / hertz
  }
}
