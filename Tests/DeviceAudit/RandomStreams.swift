import Foundation

/// Random tests that go on for a while with seeds of their own, where the environment says so.
public enum RandomStreams {
  /// How long, by FERRY_FUZZ; 0 without.
  public static let seconds = ProcessInfo.processInfo.environment["FERRY_FUZZ"].flatMap(Double.init) ?? 0

  /// Calls `body` with other seeds until the time is over, and says with how many.
  public static func run(_ body: (_ seed: UInt64) throws -> Void) throws {
    let start = Date()
    var seeds = 0
    while Date().timeIntervalSince(start) < seconds {
      // Small enough that what is added to seeds does not matter.
      try body(UInt64.random(in: 1000...1 << 48))
      seeds += 1
    }
    print("random streams: \(seeds) seeds in \(Int(Date().timeIntervalSince(start))) s")
  }
}
