import Foundation
import Testing

/// Guests in the window, with somebody in front of it.
@Suite(
  .serialized, .enabled(if: Guests.canBeSeen, "FERRY_GUESTS, a release build or Xvfb is missing")
)
struct WindowTests {
  private func see(_ kind: String) throws {
    let scratch = URL(filePath: "/tmp/ferry-window-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "window.py").path
    let result = try Guests.run(
      "/usr/bin/env", ["python3", script, Guests.ferry, kind, try #require(Guests.folder), scratch.path], seconds: 900)
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("WINDOW-OK"), "\(result.output); \(scratch.path) has what was seen")
    if result.status == 0 { try? FileManager.default.removeItem(at: scratch) }
    print(result.output)
  }

  @Test func `the built-in guest is seen, resized, stopped, saved and asked to end`() throws { try see("demo") }

  @Test func `every key that is pressed in the window goes down and up in Debian`() throws { try see("debian") }

  @Test(.enabled(if: Guests.armIsThere))
  func `Linux at the PL110 is seen, typed at and dragged over`() throws { try see("integrator") }
}
