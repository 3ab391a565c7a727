import Boards
import DeviceModel
import Foundation
import Migration
import SavedState
import Testing

@testable import Monitor

/// Migration by command.
struct MigrationCommandTests {
  /// A machine that waits for that of `rig`, at `path`.
  private func destination(_ rig: QMPRig, _ path: String) throws -> (Machine, Migrator) {
    let machine = try rig.board.machine(host: rig)
    machine.pause(.inMigrate)
    let migrator = Migrator(machine, poller: rig.poller)
    migrator.adopt(try Destination(at: try MigrationAddress("unix:\(path)"), poller: rig.poller), paused: false)
    return (machine, migrator)
  }

  private func status(_ peer: QMPPeer) throws -> String {
    guard case .string(let text)? = try peer.run("query-migrate")["status"] else { return "none" }
    return text
  }

  private func wait(_ peer: QMPPeer, for wanted: String) throws {
    for _ in 0..<20_000 {
      let found = try status(peer)
      if found == wanted { return }
      try #require(found != "failed")
    }
    Issue.record("it never became \(wanted)")
  }

  @Test(arguments: QMPBoard.allCases)
  func `a client moves the machine, follows it, and nothing else gets in between`(_ board: QMPBoard) throws {
    let rig = try QMPRig(board, migrates: true)
    let peer = try rig.client()
    let path = "/tmp/ferry-\(getpid())-\(board)-way"
    let (other, into) = try destination(rig, path)
    _ = try peer.run(
      "migrate-set-capabilities",
      """
      {"capabilities": [{"capability": "events", "state": true},
        {"capability": "pause-before-switchover", "state": true}]}
      """)
    _ = try peer.run("migrate-set-parameters", #"{"downtime-limit": 100}"#)
    #expect(try peer.run("query-migrate-parameters")["downtime-limit"] == .integer(100))
    _ = try peer.run("migrate", #"{"uri": "unix:\#(path)"}"#)
    try wait(peer, for: "pre-switchover")
    #expect(throws: CommandError("The machine is being moved: migrate_cancel gives that up")) {
      try rig.control.loadSnapshot(from: "/dev/null")
    }
    #expect(
      try peer.refusal(#"{"execute": "migrate", "arguments": {"uri": "unix:/x"}}"#)
        == "GenericError: a migration is under way already")
    _ = try peer.run("migrate-continue", #"{"state": "pre-switchover"}"#)
    try wait(peer, for: "completed")
    let answer = try peer.run("query-migrate")
    #expect(answer["ram"]?["page-size"] == .integer(4096))
    #expect(answer["downtime"] != nil)
    #expect(try peer.run("query-status")["status"] == .string("postmigrate"))
    #expect(into.progress.status == .completed)
    #expect(other.runState == .paused)
    #expect(StateDigest(other) == StateDigest(rig.machine))
    var names: [String] = []
    for event in peer.events {
      if case .string(let name)? = event["event"] { names.append(name) }
    }
    #expect(names.contains("MIGRATION"))
    #expect(names.contains("MIGRATION_PASS"))
    #expect(try peer.refusal(#"{"execute": "cont"}"#).contains("postmigrate"))
  }

  @Test func `what cannot be is refused in words`() throws {
    let peer = try QMPRig(.microvm, migrates: true).client()
    let refusals = [
      (#"{"execute": "migrate", "arguments": {"uri": "nowhere"}}"#, "'nowhere' is no place for a migration"),
      (#"{"execute": "migrate-incoming", "arguments": {"uri": "unix:/x"}}"#, "a machine comes in after"),
      (#"{"execute": "migrate-continue", "arguments": {"state": "pre-switchover"}}"#, "no migration waits to go on"),
      (#"{"execute": "migrate-set-parameters", "arguments": {"max-cpu-throttle": 100}}"#, "a value from 1 to 99"),
      (#"{"execute": "x-migrate-resolve", "arguments": {"side": "here"}}"#, "it is known where the machine runs"),
    ]
    for (text, words) in refusals { #expect(try peer.refusal(text).contains(words)) }
    _ = try peer.run("migrate_cancel")
    #expect(try status(peer) == "none")
    let without = try QMPRig(.microvm).client()
    #expect(
      try without.refusal(#"{"execute": "migrate", "arguments": {"uri": "unix:/x"}}"#)
        == "GenericError: This program does not migrate machines")
  }
}
