import Foundation
import Glibc
import Host
import Snapshots
import Testing

@testable import ferry

/// Snapshots that a timer or a signal asks for.
struct AutosaveTests {
  @Test func `the option is read, and what it cannot mean is refused`() throws {
    let option = try AutosaveOption("60,keep=3,path=/tmp/box")
    #expect(option.seconds == 60 && option.keep == 3 && option.prefix == "/tmp/box")
    #expect(try AutosaveOption("path=/tmp/box").seconds == nil)
    for text in ["0", "x", "", "60,keep=0", "60,often=2", "60,path=", "keep=2,path=a", "60,path=/tmp/"] {
      #expect(throws: OptionError.self, "\(text)") { try AutosaveOption(text) }
    }
  }

  @Test func `SIGUSR1 and the timer save while the guest runs, and the oldest of the timer go`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "autosave-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    let process = Process()
    process.executableURL = tests.appendingPathComponent("ferry")
    process.arguments = [
      "run", "-M", "integratorcp", "-m", "16", "-display", "none", "-serial", "null", "-autosave",
      "1,keep=2,path=\(folder)/box",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer {
      kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit()
    }
    let asked = SnapshotSeries(prefix: folder + "/box")
    let timed = SnapshotSeries(prefix: folder + "/box-auto")
    let end = Date(timeIntervalSinceNow: 30)
    var seen: Set<String> = []
    while seen.count < 4, end.timeIntervalSinceNow > 0 {
      // The timer's first snapshot says that the signal has a handler by now.
      if !timed.files.isEmpty, asked.files.isEmpty { kill(process.processIdentifier, SIGUSR1) }
      seen.formUnion(timed.files)
      usleep(50_000)
    }
    #expect(seen.count == 4)
    #expect(timed.files.count <= 3)
    let path = try #require(asked.files.last)
    #expect(try SnapshotFile(path).header.comment == "SIGUSR1")
  }
}
