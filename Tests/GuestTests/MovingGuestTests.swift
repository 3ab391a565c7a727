import Foundation
import Testing

/// Real guests that move between two processes under load.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct MovingGuestTests {
  /// How often the guest moves; 500 take a few minutes.
  private static let rounds = ProcessInfo.processInfo.environment["FERRY_MIGRATIONS"] ?? "40"

  private func pingPong(_ kind: String) throws {
    let scratch = URL(filePath: "/tmp/ferry-migration-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "migration.py").path
    let result = try Guests.run(
      "/usr/bin/env",
      ["python3", script, Guests.ferry, kind, try #require(Guests.folder), Self.rounds, scratch.path], seconds: 1800)
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("MIGRATION-OK"), "\(result.output)")
    print(result.output)
  }

  @Test func `two processes hand Debian with two CPUs back and forth, and no line or key is lost`() throws {
    try pingPong("debian")
  }

  @Test func `two processes hand Debian back and forth that writes its virtio disk, and nothing is lost`() throws {
    try pingPong("virtio")
  }

  @Test(.enabled(if: Guests.armIsThere))
  func `two processes hand an Integrator back and forth that writes its SD card, and nothing is lost`() throws {
    try pingPong("integrator")
  }

  @Test(.enabled(if: Guests.armIsThere))
  func `two processes hand an Integrator back and forth, each with a copy of its SD card`() throws {
    try pingPong("mirror")
  }
}
