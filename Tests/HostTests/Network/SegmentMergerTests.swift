import DeviceModel
import Testing

@testable import Host

/// Segments of TCP that come as one frame.
struct SegmentMergerTests {
  /// An end whose checksums are right.
  private final class Trusted: NetworkEnd {
    override var hasRightChecksums: Bool { true }
  }

  private let poller = Poller()
  private let end: NetworkEnd
  private let guest: TestGuest

  init() {
    end = Trusted(name: "n", poller: poller, time: NetworkTime())
    guest = TestGuest(end, poller)
  }

  /// A segment with `count` bytes from `sequence` on.
  private func segment(_ sequence: UInt32, _ count: Int, flags: UInt8 = 0x10, port: UInt8 = 1) -> [UInt8] {
    guest.segment(
      ports: [0, 80, 4, port], to: [10, 0, 2, 2], sequence: sequence, acknowledged: 77, flags: flags,
      (0..<count).map { UInt8(truncatingIfNeeded: Int(sequence) &+ $0) })
  }

  /// What a device gets of `frames`, with the segment size of those that were made of several.
  private func delivered(_ frames: [[UInt8]], limit: Int = 65535) -> [(frame: [UInt8], size: Int)] {
    var got: [([UInt8], Int)] = []
    end.onFrame = {
      got.append(($0, 0))
      return true
    }
    let take: ([UInt8], Int) -> Bool = {
      got.append(($0, $1))
      return true
    }
    end.segments = SegmentTaker(limit: { limit }, take: take)
    for frame in frames { end.receive(frame) }
    end.deliver()
    return got
  }

  @Test func `segments that follow each other are one frame, up to one that is shorter or pushed`() {
    let got = delivered([
      segment(1000, 500), segment(1500, 500), segment(2000, 100), segment(2100, 500), segment(2600, 500, flags: 0x18),
      segment(3100, 500),
    ])
    #expect(got.map(\.size) == [500, 500, 0])
    #expect(got.map(\.frame.count) == [1154, 1054, 554])
    #expect(got[0].frame[54...].elementsEqual((0..<1100).map { UInt8(truncatingIfNeeded: 1000 + $0) }))
    #expect(got[1].frame[47] == 0x18 && got[0].frame[47] == 0x10)
    for (frame, _) in got.prefix(2) {
      #expect(TestGuest.sum(Array(frame[14..<34])) == 0)
      #expect(Int(TestGuest.number(frame, 16..<18)) == frame.count - 14)
      // The pseudo header's sum, not inverted, where the checksum goes.
      let pseudo = ~TestGuest.sum(Array(frame[26..<34]) + [0, 6] + TestGuest.half(frame.count - 34))
      #expect(TestGuest.number(frame, 50..<52) == UInt32(pseudo))
    }
    #expect(end.received == 6)
  }

  @Test func `what does not follow stays alone`() {
    let frames = [
      segment(1000, 500), segment(1500, 500, port: 2), segment(2500, 500), segment(3000, 500, flags: 0x11),
      segment(3500, 600), segment(4100, 601), segment(4701, 0), segment(4701, 10),
    ]
    let got = delivered(frames)
    #expect(got.map(\.size) == [Int](repeating: 0, count: 8) && got.map(\.frame) == frames)
  }

  @Test func `a frame grows up to the limit, and not at all where there is none`() {
    let frames = (0..<10).map { segment(UInt32(1000 + 500 * $0), 500) }
    #expect(delivered(frames, limit: 1600).map(\.frame.count) == [1554, 1554, 1554, 554])
    #expect(delivered(frames, limit: 0).count == 10)
  }
}
