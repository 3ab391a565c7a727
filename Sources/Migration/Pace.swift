/// How fast bytes may go: counted from a moment on.
struct Pace: Sendable {
  /// On the host's monotonic clock, in nanoseconds.
  let start: Int64
  /// What had been sent by then.
  let bytes: UInt64

  /// How many nanoseconds too early `sent` bytes are at `now` for so many bytes a second; 0 is no limit.
  func lead(_ sent: UInt64, at now: Int64, bandwidth: UInt64) -> Int64 {
    guard bandwidth > 0, sent > bytes else { return 0 }
    return start + Int64(min(Double(sent - bytes) / Double(bandwidth) * 1e9, 1e18)) - now
  }
}
