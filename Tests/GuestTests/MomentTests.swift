import Foundation
import Testing

/// Linux works with a virtio device, is saved at random moments and goes on in a new process each time.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct MomentTests {
  /// How many moments; the hundred that show more take minutes.
  private static let moments = ProcessInfo.processInfo.environment["FERRY_MOMENTS"] ?? "6"

  @Test(arguments: ["wget", "socket", "balloon", "gpu", "dd"], ["microvm", "integratorcp"])
  func `saved at random moments, Linux loses and repeats nothing`(_ kind: String, _ board: String) throws {
    guard board == "microvm" || Guests.armIsThere else { return }
    try Traveller.withFolder { folder in
      let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "moments.py").path
      let result = try Guests.run(
        "/usr/bin/env",
        ["python3", "-B", script, Guests.ferry, kind, board, try #require(Guests.folder), Self.moments, folder],
        seconds: 1800)
      #expect(result.status == 0 && result.output.contains("MOMENTS-OK"), "\(result.output)")
    }
  }
}
