import Foundation
import Testing

/// What a reset leaves behind: nothing.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct ResetTests {
  #if arch(x86_64)
    @Test(arguments: ["microvm", "integratorcp"])
    func `a machine with host code is after 1,000 resets as large as after 100`(_ board: String) throws {
      let caller = try QMPCaller("/tmp/ferry-reset-\(UUID().uuidString.prefix(8))")
      let process = Process()
      process.executableURL = URL(filePath: Guests.ferry)
      process.arguments = [
        "run", "-M", board, "-accel", "jit", "-display", "none", "-nodefaults", "-qmp", caller.option,
      ]
      try process.run()
      defer { kill(process.processIdentifier, SIGKILL) }
      try caller.accept()

      /// The number that follows `word` in what `info jit` says.
      func number(_ word: String) throws -> Int {
        let text = try #require(
          try caller.execute("human-monitor-command", ["command-line": "info jit"]) as? String)
        let rest = try #require(text.range(of: word), "\(text)")
        return try #require(Int(text[rest.upperBound...].drop { !$0.isNumber }.prefix { $0.isNumber }), "\(text)")
      }
      func resident() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)
        return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * 4096
      }

      var after100 = 0
      var executed = 0
      var largest = 0
      for round in 0..<1000 {
        // The guest is well on its way each time.
        let enough = executed + 500_000
        while executed < enough { executed = try number(" % of ") }
        largest = max(largest, try number("host code  "))
        if round == 100 { after100 = try resident() }
        try caller.execute("system_reset")
      }
      #expect(largest > 10_000 && largest < 1 << 20)
      let grown = try resident() - after100
      #expect(grown < 4 << 20, "\(grown) bytes more")
    }
  #endif
}
