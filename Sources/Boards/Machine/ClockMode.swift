/// What the machine's time is made of.
public enum ClockMode: Sendable, Equatable {
  /// Follows the host's monotonic clock while the machine runs.
  case host
  /// A function of the instructions executed: `rate` of them are a second, idle time is skipped. With `paced`,
  /// idle time is also waited for, without changing what the guest sees.
  case instructions(rate: UInt64, paced: Bool)
  /// Moves by `Machine.advance(to:firing:)` alone, and no CPU executes: for tests of devices from outside.
  case commanded

  /// Two nanoseconds an instruction.
  public static let defaultRate: UInt64 = 500_000_000
}
