import Foundation
import SnapshotSample
import Snapshots
import Testing

/// A file appears whole or not at all.
struct PublishedFileTests {
  static var runner: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("snapshot-runner")
  }

  private func run(_ program: URL, _ arguments: [String]) throws -> (process: Process, errors: Pipe) {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    return (process, errors)
  }

  @Test func `who is refused a place is told, and nothing is left behind`() throws {
    try SnapshotFileTests.inFolder { folder in
      #expect(throws: SnapshotError.self) { try SnapshotSample.write(folder + "/missing/a.ferry") }
      try FileManager.default.createDirectory(atPath: folder + "/b.ferry", withIntermediateDirectories: true)
      do throws(SnapshotError) {
        try SnapshotSample.write(folder + "/b.ferry")
        Issue.record("a folder was replaced")
      } catch {
        #expect("\(error)" == "\(folder)/b.ferry: file: is there and is no regular file")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["b.ferry"])
    }
  }

  @Test func `what a killed process left behind goes with the next save, what a living one writes stays`() throws {
    try SnapshotFileTests.inFolder { folder in
      let names = ["a.ferry.1.part", "a.ferry.2.part", "a.ferry.x.part", "b.ferry.1.part"]
      for name in names { try Data([1]).write(to: URL(filePath: "\(folder)/\(name)")) }
      let living = open("\(folder)/\(names[1])", O_RDONLY)
      defer { close(living) }
      #expect(flock(living, LOCK_EX) == 0)
      try SnapshotSample.write(folder + "/a.ferry")
      let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(left == ["a.ferry"] + names.dropFirst())
    }
  }

  @Test func `a save that is given up leaves the old file alone`() throws {
    try SnapshotFileTests.inFolder { folder in
      let path = folder + "/a.ferry"
      try SnapshotSample.write(path, generation: 1)
      let old = try SnapshotFileTests.bytes(path)
      do throws(SnapshotError) {
        let writer = try SnapshotWriter(path, SnapshotSample.contents(generation: 2))
        try writer.writeAll(from: SamplePages(blocks: SnapshotSample.memory(generation: 2))) { _ in false }
        Issue.record("it went on")
      } catch {
        #expect("\(error)".contains("cancelled"))
      }
      #expect(try SnapshotFileTests.bytes(path) == old)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.ferry"])
    }
  }

  @Test(arguments: [8, 64, 300]) func `a full disk leaves the old file, and says so`(kilobytes: Int) throws {
    try SnapshotFileTests.inFolder { folder in
      let path = folder + "/a.ferry"
      try SnapshotSample.write(path, generation: 5)
      let old = try SnapshotFileTests.bytes(path)
      let (process, errors) = try run(
        URL(filePath: "/bin/bash"), ["-c", "ulimit -f \(kilobytes); exec \"$0\" once \"$1\"", Self.runner.path, path])
      let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 1)
      #expect(said.contains("File too large"), "\(said)")
      #expect(try SnapshotFileTests.bytes(path) == old)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.ferry"])
    }
  }

  @Test(arguments: ["", "1"]) func `killed at any moment, the writer leaves a whole file or none`(level: String) throws
  {
    try SnapshotFileTests.inFolder { folder in
      let path = folder + "/a.ferry"
      var random = SystemRandomNumberGenerator()
      var seen = Set<String>()
      for _ in 0..<40 {
        let (process, _) = try run(Self.runner, ["save", path] + (level.isEmpty ? [] : [level]))
        usleep(UInt32.random(in: 5_000...60_000, using: &random))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        guard FileManager.default.fileExists(atPath: path) else { continue }
        let contents = try SnapshotProbe.read(path)
        seen.insert(contents.header.comment)
        guard case .integer(let generation)? = contents.tree[child: "uart0"]?["count"] else {
          Issue.record("no generation")
          continue
        }
        #expect(contents.header.comment == "generation \(generation)")
        let memory = try SnapshotSample.bytes(try SnapshotMemory(try SnapshotFile(path)))
        #expect(memory == SnapshotSample.memory(generation: UInt64(generation)))
      }
      #expect(!seen.isEmpty)
    }
  }
}
