import Glibc

/// The host's clocks.
public enum HostClock {
  /// Nanoseconds of the monotonic clock.
  public static var monotonic: Int64 { read(CLOCK_MONOTONIC) }
  /// Wall-clock nanoseconds since 1970-01-01 UTC.
  public static var wall: Int64 { read(CLOCK_REALTIME) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
