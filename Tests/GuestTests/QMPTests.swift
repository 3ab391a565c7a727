import Foundation
import Testing

/// QMP with real clients, on both boards.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct QMPTests {
  /// A Python that has the package qemu.qmp: `FERRY_PYTHON`, or the environment that .ci/run makes.
  private static let python: String? = {
    let named = ProcessInfo.processInfo.environment["FERRY_PYTHON"]
    let python = named ?? folder.appending(path: "../../.build/python/bin/python3").standardized.path
    let result = try? Guests.run(python, ["-c", "import qemu.qmp"], seconds: 30)
    guard result?.status == 0 else {
      print(
        "QMP tests skipped: \(python) has no qemu.qmp; python3 -m venv .build/python && "
          + ".build/python/bin/pip install qemu.qmp brings it")
      return nil
    }
    return python
  }()

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

  private func script(_ name: String, _ arguments: [String], seconds: Double) throws -> Guests.Result {
    let scratch = URL(filePath: "/tmp/ferry-qmp-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let path = Self.folder.appending(path: name).path
    return try Guests.run(
      try #require(Self.python), [path, Guests.ferry] + arguments + [scratch.path], seconds: seconds)
  }

  @Test(.enabled(if: python != nil), arguments: ["microvm", "integratorcp"])
  func `Python's qemu.qmp connects in every way, runs commands and receives events`(_ board: String) throws {
    let result = try script("qmp_client.py", [board], seconds: 120)
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("QMP-OK"), "\(result.output)")
  }

  @Test(.enabled(if: python != nil), arguments: ["microvm", "integratorcp"])
  func `100,000 commands of 50 clients and whatever else they do leave the guest its speed`(_ board: String) throws {
    let image = board == "microvm" ? "demo.elf" : "demo-arm.bin"
    let kernel = Self.folder.appending(path: "../../roms/demo/\(image)").standardized.path
    let result = try script("qmp_flood.py", [board, kernel], seconds: 300)
    #expect(result.status == 0, "\(result.output)")
    let words = result.output.split(whereSeparator: \.isWhitespace).map(String.init)
    let speed = try #require(words.firstIndex(of: "speed").flatMap { Double(words[$0 + 1]) }, "\(result.output)")
    let grown = try #require(words.firstIndex(of: "grown").flatMap { Int(words[$0 + 1]) }, "\(result.output)")
    #expect(speed >= 0.9, "\(result.output)")
    // 62 clients with at most 64 KiB each way and a message each.
    #expect(grown < 64 << 10, "\(result.output)")
  }

  @Test(arguments: ["microvm", "integratorcp"])
  func `socat is a client, and so is the shell`(_ board: String) throws {
    let socket = "/tmp/ferry-socat-\(UUID().uuidString.prefix(8))"
    let process = Process()
    process.executableURL = URL(filePath: Guests.ferry)
    process.arguments = [
      "run", "-M", board, "-display", "none", "-nodefaults", "-qmp", "unix:\(socket),server=on,wait=off",
    ]
    try process.run()
    defer { kill(process.processIdentifier, SIGKILL) }
    let lines = #"{"execute": "qmp_capabilities"}{"execute": "query-status", "id": "socat"}"#
    let wait = "while [ ! -S \(socket) ]; do sleep 0.02; done"
    let socat = try Guests.run(
      "/bin/sh", ["-c", "\(wait); echo '\(lines)' | socat -t 10 - UNIX-CONNECT:\(socket)"], seconds: 30)
    #expect(socat.status == 0, "\(socat.output)")
    #expect(
      socat.output.contains(
        #"{"return": {"running": true, "singlestep": false, "status": "running"}, "id": "socat"}"#),
      "\(socat.output)")

    func ctl(_ arguments: String...) throws -> Guests.Result {
      try Guests.run(Guests.ferry, ["ctl", socket] + arguments, seconds: 30)
    }
    let status = try ctl("query-status")
    #expect(status.status == 0)
    #expect(status.output == "running: yes\nsinglestep: no\nstatus: running\n")
    #expect(try ctl("query-kvm", "--json").output == "{\n  \"enabled\": false,\n  \"present\": false\n}\n")
    #expect(try ctl("send-key", "keys=ret,a", "hold-time=5").status == 0)
    #expect(try ctl("stop").output.isEmpty)
    let now = try ctl("qom-get", "path=/machine/clock", "property=now").output
    #expect(try ctl("x-ferry-state-get", #"{"path": "/machine/clock/now"}"#).output == now)
    #expect(try ctl("x-ferry-state-set", "path=/machine/clock/now", "value=5").status == 0)
    #expect(try ctl("x-ferry-state-get", "path=/machine/clock/now").output == "5\n")
    #expect(try ctl().output.contains("  query-status  "))
    #expect(try ctl("--complete", "system_").output == "system_powerdown\nsystem_reset\n")
    #expect(try ctl("screendump", "--complete", "f").output == "filename=\nformat=\n")
    let refused = try ctl("qom-get", "path=/machine", "property=nothing")
    #expect(refused.status == 1)
    #expect(refused.output == "ferry: qom-get: DeviceNotFound: Device '/machine/nothing' not found\n")
    let unknown = try ctl("query-statis")
    #expect(unknown.status == 2)
    #expect(unknown.output == "ferry: unknown command \"query-statis\"; did you mean \"query-status\"?\n")
    #expect(try ctl("stop", "now=yes").status == 2)
    #expect(try ctl("quit").status == 0)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try ctl("query-status").status == 1)
  }
}
