/// A device that takes TCP segments of a connection as one long frame, which costs its guest as much as one short one.
public struct SegmentTaker: HostSide {
  /// The most bytes of such a frame just now; 0 when it takes none.
  public let limit: () -> Int
  /// Takes a frame of segments whose payloads have `segmentSize` bytes each, the last one at most that. The checksum of
  /// TCP holds the sum of the pseudo header alone. False when there is no room for it just now.
  public let take: (_ frame: [UInt8], _ segmentSize: Int) -> Bool

  /// One with these answers.
  public init(limit: @escaping () -> Int, take: @escaping (_ frame: [UInt8], _ segmentSize: Int) -> Bool) {
    self.limit = limit
    self.take = take
  }
}
