import Foundation
import Testing

/// The device test protocol from outside: Python clients at the built program, and at QEMU where it can be asked.
struct DeviceTestProtocolTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "QTest")
  static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  static let traces = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/Traces")) ?? []).sorted()
    .map { "Traces/" + $0 }

  static let hasPython: Bool = {
    if python == nil { print("device tests skipped: there is no python3") }
    return python != nil
  }()

  /// Whether each board's QEMU is here and was built with the accelerator.
  static let hasQEMU: Bool = {
    guard hasPython else { return false }
    let program =
      "import sys, compare; sys.exit(not all(map(compare.has_qtest, ['qemu-system-i386', 'qemu-system-arm'])))"
    let result = try? run(["-c", program])
    if result?.status != 0 {
      print("comparison with QEMU skipped: no qemu-system-i386 and qemu-system-arm with the accelerator qtest")
    }
    return result?.status == 0
  }()

  static func run(_ arguments: [String], _ command: String = "") throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: python ?? "")
    // Nothing is left beside the scripts.
    process.arguments = ["-B"] + arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(["QTEST_COMMAND": command]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  private static var ferry: String {
    URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("ferry").path
  }

  @Test(.enabled(if: hasPython)) func `every trace is answered over the socket as it is inside`() throws {
    let result = try Self.run(["compare.py"] + Self.traces + ["--ferry", Self.ferry])
    #expect(result.status == 0, "\(result.output)")
  }

  @Test(.enabled(if: hasPython)) func `tests of devices in Python pass`() throws {
    let result = try Self.run(["test_devices.py"], "\(Self.ferry) run -M microvm")
    #expect(result.status == 0, "\(result.output)")
  }

  @Test(.enabled(if: hasQEMU)) func `QEMU answers as the traces say it does`() throws {
    let result = try Self.run(["compare.py"] + Self.traces + ["--qemu"])
    #expect(result.status == 0, "\(result.output)")
  }
}
