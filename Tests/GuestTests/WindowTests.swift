import Foundation
import Testing

/// Guests in the window, with somebody in front of it, and pictures that move.
@Suite(.serialized)
struct WindowTests {
  private func run(_ script: String, _ arguments: [String] = [], says word: String) throws {
    let scratch = URL(filePath: "/tmp/ferry-window-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: script).path
    // Nothing is left beside the scripts.
    let result = try Guests.run(
      "/usr/bin/env", ["python3", "-B", path, Guests.ferry] + arguments + [scratch.path], seconds: 900)
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains(word), "\(result.output); \(scratch.path) has what was seen")
    if result.status == 0 { try? FileManager.default.removeItem(at: scratch) }
    print(result.output)
  }

  private func see(_ kind: String) throws {
    try run("window.py", [kind, try #require(Guests.folder)], says: "WINDOW-OK")
  }

  @Test(.enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
  func `a machine that is loaded, or has moved, shows the same dots in every mode`() throws {
    try run("pictures.py", says: "PICTURES-OK")
  }

  @Test(.enabled(if: Guests.canBeSeen, "FERRY_GUESTS, a release build or a program for windows is missing"))
  func `the built-in guest is seen, resized, stopped, saved and asked to end`() throws { try see("demo") }

  @Test(.enabled(if: Guests.isAlone, "FERRY_ALONE does not say that nothing else runs here"))
  func `every key that is pressed in the window goes down and up in Debian`() throws { try see("debian") }

  @Test(.enabled(if: Guests.isAlone, "FERRY_ALONE does not say that nothing else runs here"))
  func `Debian's frame buffer is seen, and a window hardly slows it when it scrolls`() throws { try see("vesafb") }

  @Test(.enabled(if: Guests.isAlone, "FERRY_ALONE does not say that nothing else runs here"))
  func `Debian's console is seen on a virtual GPU, and its tablet is where the mouse is`() throws { try see("gpu") }

  @Test(.enabled(if: Guests.isAlone && Guests.armIsThere, "FERRY_ALONE does not say that nothing else runs here"))
  func `Linux at the PL110 is seen, typed at and dragged over`() throws { try see("integrator") }

  @Test(.enabled(if: Guests.isAlone && Guests.armIsThere, "FERRY_ALONE does not say that nothing else runs here"))
  func `Linux at a virtual GPU beside the PL110 is seen, typed at and pointed at`() throws { try see("integrator-gpu") }
}
