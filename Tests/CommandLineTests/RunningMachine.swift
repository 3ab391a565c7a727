import Foundation
import Testing

/// The built program running a machine that `ferry ctl` and `ferry snapshot` reach.
final class RunningMachine {
  let folder: String
  /// As the commands take it.
  var socket: String { "unix:\(folder)/qmp" }
  private let process = Process()
  private let errors = Pipe()
  private var said = ""

  /// Starts one in a new folder; `options` are told that folder. Returns when its QMP socket is there, or where the
  /// machine is to come in at `FOLDER/way`, when that is.
  init(isIncoming: Bool = false, _ options: (_ folder: String) throws -> [String]) throws {
    folder = "/tmp/ferry-run-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("ferry")
    process.arguments =
      [
        "run", "-display", "none", "-nodefaults", "-qmp",
        "unix:\(folder)/qmp,server=on" + (isIncoming ? ",wait=off" : ""),
      ]
      + (isIncoming ? ["-incoming", "unix:\(folder)/way"] : []) + (try options(folder))
    process.standardInput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    if isIncoming {
      for _ in 0..<3000 where !FileManager.default.fileExists(atPath: folder + "/way") { usleep(10_000) }
      return
    }
    // Without wait=off it says where it waits, and lets the guest go when somebody has come.
    while !said.contains("waits for a connection") {
      let data = errors.fileHandleForReading.availableData
      guard !data.isEmpty else { break }
      said += String(decoding: data, as: UTF8.self)
    }
    try #require(said.contains("waits for a connection"), "\(said)")
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// What it has said on standard error before it waited.
  var notes: [String] { said.split(separator: "\n").map(String.init) }

  /// What a command of the human monitor prints.
  func monitor(_ line: String) throws -> String {
    let result = try CommandLineTests.ferry(
      ["ctl", socket, "--json", "human-monitor-command", "command-line=\(line)"])
    #expect(result.status == 0, "\(line): \(result.errors)")
    return try JSONDecoder().decode(String.self, from: Data(result.output.utf8))
  }

  /// Gives it a command that ends it; what it said on standard error.
  func end(with command: String) throws -> String {
    _ = try CommandLineTests.ferry(["ctl", socket, command])
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return said
  }

  /// Ends it, and gives its exit status.
  func quit() throws -> Int32 {
    _ = try CommandLineTests.ferry(["ctl", socket, "quit"])
    process.waitUntilExit()
    return process.terminationStatus
  }
}
