import Foundation
import Testing

/// The traces beside the Python client, which other emulators are asked too, answered by machines in this process.
struct QTestTraceTests {
  static let folder = QTestRig.root.appending(path: "Tests/QTest/Traces")
  static let traces = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

  @Test func `there are traces`() {
    #expect(Self.traces.count > 10)
  }

  @Test(arguments: traces)
  func `every answer of a trace is as it was`(name: String) throws {
    let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    let board = try #require(lines.first { $0.hasPrefix("machine ") }?.dropFirst(8))
    let rig = try QTestRig(String(board))
    for line in lines where !["#", " ", "machine ", "qemu ", "path ", "line "].contains(where: line.hasPrefix) {
      let parts = line.split(separator: " -> ", maxSplits: 1)
      let answer = rig.exchange(String(parts[0])).joined(separator: "; ")
      #expect(answer == (parts.count > 1 ? String(parts[1]) : "OK"), "\(parts[0])")
    }
  }
}
