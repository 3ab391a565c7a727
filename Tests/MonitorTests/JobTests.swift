import Foundation
import SavedState
import Snapshots
import Testing

@testable import Boards
@testable import Monitor

/// Snapshots as jobs of QMP, and commands of the human monitor that take their time.
struct JobTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  /// The job called `id` as `query-jobs` has it, once it has concluded.
  private func outcome(_ id: String, _ peer: QMPPeer) throws -> JSONValue {
    for _ in 0..<10_000 {
      guard case .array(let jobs) = try peer.run("query-jobs") else { break }
      guard let job = jobs.first(where: { $0["id"] == .string(id) }) else { break }
      if job["status"] == .string("concluded") { return job }
    }
    throw Unexpected(what: "\(id) does not conclude")
  }

  private func states(_ id: String, _ peer: QMPPeer) -> [String] {
    peer.events.compactMap { event in
      guard event["data"]?["id"] == .string(id), case .string(let status)? = event["data"]?["status"] else {
        return nil
      }
      return status
    }
  }

  @Test(arguments: QMPBoard.allCases)
  func `a job saves, one loads, one deletes, and each tells how it goes`(_ board: QMPBoard) throws {
    try withFolder { folder in
      let rig = try QMPRig(board)
      let peer = try rig.client()
      let path = folder + "/a.ferry"
      let saved = rig.machine.save()
      _ = try peer.run("snapshot-save", #"{"job-id": "s", "tag": "\#(path)", "comment": "as it was", "compress": 1}"#)
      let job = try outcome("s", peer)
      #expect(job["error"] == nil && job["type"] == .string("snapshot-save"))
      #expect(job["current-progress"] == job["total-progress"])
      #expect(states("s", peer) == ["created", "running", "concluded"])
      #expect(try SnapshotFile(path).header.comment == "as it was")
      #expect(try SnapshotFile(path).isCompressed)
      #expect(
        try peer.refusal(#"{"execute": "snapshot-save", "arguments": {"job-id": "s", "tag": "/x"}}"#)
          == "GenericError: Job ID 's' already in use")
      _ = try peer.run("job-dismiss", #"{"id": "s"}"#)
      #expect(states("s", peer).last == "null")

      _ = try peer.run("x-ferry-state-set", #"{"path": "/machine/clock/now", "value": 12345}"#)
      #expect(rig.machine.save() != saved)
      _ = try peer.run("snapshot-load", #"{"job-id": "l", "tag": "\#(path)"}"#)
      #expect(try outcome("l", peer)["error"] == nil)
      #expect(rig.machine.save() == saved)
      _ = try peer.run("snapshot-delete", #"{"job-id": "d", "tag": "\#(path)"}"#)
      #expect(try outcome("d", peer)["error"] == nil)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `a job that fails says why, and nothing but snapshots is deleted`() throws {
    try withFolder { folder in
      let rig = try QMPRig(.microvm)
      let peer = try rig.client()
      let text = folder + "/text"
      try Data("no snapshot".utf8).write(to: URL(fileURLWithPath: text))
      for (id, command, path, error) in [
        ("a", "snapshot-save", "/nowhere/a", "/nowhere/a: file: cannot be written: No such file or directory"),
        ("b", "snapshot-load", "/nowhere/a", "/nowhere/a: file: cannot be read: No such file or directory"),
        ("c", "snapshot-delete", text, "\(text): header: "),
      ] {
        _ = try peer.run(command, #"{"job-id": "\#(id)", "tag": "\#(path)"}"#)
        guard case .string(let words)? = try outcome(id, peer)["error"] else {
          Issue.record("\(command) is well")
          continue
        }
        #expect(words.hasPrefix(error), "\(words)")
        #expect(states(id, peer) == ["created", "running", "aborting", "concluded"])
      }
      #expect(FileManager.default.fileExists(atPath: text))
      let refusals = [
        (#"{"execute": "job-dismiss", "arguments": {"id": "z"}}"#, "GenericError: Job not found"),
        (
          #"{"execute": "job-cancel", "arguments": {"id": "a"}}"#,
          "GenericError: Job 'a' in state 'concluded' cannot accept command verb 'cancel'"
        ),
        (
          #"{"execute": "snapshot-save", "arguments": {"job-id": "1 2", "tag": "/x"}}"#,
          "GenericError: Invalid job ID '1 2': a letter, then letters, digits, '-', '.' and '_'"
        ),
      ]
      for (line, answer) in refusals { #expect(try peer.refusal(line) == answer) }
    }
  }

  @Test func `a cancelled job leaves the file that was there`() throws {
    try withFolder { folder in
      let rig = try QMPRig(.microvm)
      let peer = try rig.client()
      let path = folder + "/a.ferry"
      for id in (0..<20).map({ "job\($0)" }) {
        _ = try peer.run("snapshot-save", #"{"job-id": "\#(id)", "tag": "\#(path)", "compress": 19}"#)
        let cancelled = try peer.ask(#"{"execute": "job-cancel", "arguments": {"id": "\#(id)"}}"#)
        let outcome = try outcome(id, peer)
        guard cancelled["error"] == nil, case .string(let words)? = outcome["error"] else { continue }
        #expect(words.contains("cancelled"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count <= 1)
        return
      }
      Issue.record("20 jobs were done before they could be cancelled")
    }
  }

  @Test func `the answer to a monitor's savevm comes when the file is there, and what is sent meanwhile waits`() throws
  {
    try withFolder { folder in
      let rig = try QMPRig(.microvm)
      let humans = HumanMonitors(rig.control)
      let peer = try rig.client()
      let path = folder + "/a.ferry"
      let line = #"{"execute": "human-monitor-command", "arguments": {"command-line": "savevm \#(path) here"}}"#
      try peer.send(line + #"{"execute": "query-jobs"}"#)
      var answers: [JSONValue] = []
      while answers.count < 2 {
        let message = try peer.next()
        if message["event"] == nil { answers.append(message["return"] ?? message) }
      }
      #expect(answers == [.string(""), .array([])])
      #expect(try SnapshotFile(path).header.comment == "here")
      let bad = #"{"execute": "human-monitor-command", "arguments": {"command-line": "savevm /nowhere/a"}}"#
      #expect(
        try peer.refusal(bad) == "GenericError: /nowhere/a: file: cannot be written: No such file or directory")
      withExtendedLifetime(humans) {}
    }
  }

  @Test func `keys that wait for their turn are in the snapshot`() throws {
    try withFolder { folder in
      let rig = try HumanRig(.integratorcp)
      for key in ["h", "i"] { #expect(rig("sendkey \(key) 5") == "") }
      let before = rig("info device keyboard")
      #expect(rig("savevm \(folder)/a.ferry") == "")
      #expect(rig("info device keyboard") != before)
      let after = rig("info device keyboard")
      rig.machine.clock.runDue()
      _ = rig.machine.run(instructions: 10)
      #expect(rig("loadvm \(folder)/a.ferry") == "")
      #expect(rig("info device keyboard") == after)
    }
  }

  @Test func `flags stand in any order; a difference is to its parent; -d is told when the file is there`() throws {
    try withFolder { folder in
      let rig = try HumanRig(.microvm)
      var told = ""
      rig.monitor.notify = { told += $0 }
      #expect(rig("savevm \(folder)/a.ferry") == "")
      _ = rig.machine.run(instructions: 300_000)
      #expect(rig("savevm -base \(folder)/a.ferry -compress \(folder)/b.ferry two words") == "")
      let file = try SnapshotFile(folder + "/b.ferry")
      #expect(file.isCompressed && file.header.comment == "two words")
      #expect(try file.base()?.root == SnapshotFile(folder + "/a.ferry").header.root)
      #expect(rig("savevm -compress -d \(folder)/c.ferry") == "")
      while told.isEmpty { rig.poller.poll(timeout: 10_000_000) }
      #expect(told == "\(folder)/c.ferry is written\n")
      #expect(rig("loadvm \(folder)/b.ferry") == "")
      #expect(rig("savevm -base") == "savevm: -base needs PARENT\n")
      #expect(rig("delvm \(folder)/b.ferry") == "")
      #expect(!FileManager.default.fileExists(atPath: folder + "/b.ferry"))
      rig.snapshotFiles = [folder + "/a.ferry", folder + "/gone.ferry"]
      let lines = rig("info snapshots").split(separator: "\n")
      #expect(lines.count == 3 && lines[1].contains("microvm-4") && lines[2].contains("damaged"), "\(lines)")
    }
  }
}
