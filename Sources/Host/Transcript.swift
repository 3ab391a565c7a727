/// The last that a guest has printed, for those who wait for a text in it.
public final class Transcript {
  /// The most bytes that are remembered.
  public static let limit = 64 << 10
  private var ring = [UInt8](repeating: 0, count: limit)
  /// Bytes printed so far.
  public private(set) var count = 0
  /// Where the last text that was found ends: nobody finds it again.
  private var found = 0

  public init() {}

  /// One more byte was printed.
  public func append(_ byte: UInt8) {
    ring[count % Self.limit] = byte
    count &+= 1
  }

  /// Looks for `text` in what was printed from place `start` on and behind what was found last. Where it is found, the
  /// next search begins behind it.
  ///
  /// - Returns: nil when it is there, else from where to look next time.
  public func find(_ text: [UInt8], from start: Int) -> Int? {
    var place = max(start, found, count - Self.limit)
    while place + text.count <= count {
      if (0..<text.count).allSatisfy({ ring[(place + $0) % Self.limit] == text[$0] }) {
        found = place + text.count
        return nil
      }
      place += 1
    }
    return place
  }
}
