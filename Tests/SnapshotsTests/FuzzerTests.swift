import Foundation
import Testing

/// The runner that feeds snapshots with anything: .ci/run lets it run for a minute, here it shows that it works.
struct FuzzerTests {
  private static let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "BoardsTests/Golden")

  @Test func `damaged files are refused, changed machines loaded and run, within the memory allowed`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.golden.path).filter { $0.hasSuffix(".ferry") }
    let process = Process()
    process.executableURL = PublishedFileTests.runner
    process.arguments = ["fuzz", "2", "1"] + names.sorted().map { Self.golden.appending(path: $0).path }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    // Mutants get through to every part that could refuse them, and past all of them.
    for words in ["files read", "refused as DER", "refused by devices", "loaded, run and saved"] {
      #expect(said.contains(words), "\(said)")
    }
  }
}
