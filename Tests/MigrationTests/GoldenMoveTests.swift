import Boards
import Foundation
import MachineSample
import MigrationSample
import SavedState
import Testing

@testable import Migration

/// Two builds of Ferry: a source that is older, whose words were kept, and a destination that is older, which knows less.
struct GoldenMoveTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  private static let records = ProcessInfo.processInfo.environment["FERRY_RECORD_MOVES"] != nil
  private static let suffix = ".move"

  private static func equip(_ setup: inout MachineSetup) { setup.memory = 4 << 20 }

  /// The names of all files, and of those that should be there.
  private static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let there = files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.utf8.count)) }
    let boards = SampleMachines.boards.flatMap { (try? SampleMachines.versions($0)) ?? [] }
    return Set(there + boards.map { "\($0.name)-\($0.version)" }).sorted()
  }()

  /// The move of a name, and its board and version.
  private static func move(_ name: String) throws -> (recorded: RecordedMove, board: String, version: Int) {
    let parts = name.split(separator: "-").map(String.init)
    let (board, version) = (try #require(parts.first), try #require(parts.last.flatMap { Int($0) }))
    let file = folder.appending(path: name + suffix)
    if records, !FileManager.default.fileExists(atPath: file.path) {
      let recorded = try RecordedMove(board, version: version, capabilities: [.compress], equip)
      try Data(recorded.frames.flatMap(\.bytes)).write(to: file)
    }
    try #require(FileManager.default.fileExists(atPath: file.path), "\(name) has no move; see Golden/README.md")
    return (try RecordedMove(reading: [UInt8](try Data(contentsOf: file))), board, version)
  }

  @Test(arguments: names) func `what an older source sends arrives`(name: String) throws {
    let (recorded, board, version) = try Self.move(name)
    let moves = Moves()
    let machine = try moves.bare(board, version: version, Self.equip)
    let path = Moves.place()
    let (into, destination) = try moves.receiver(of: machine, at: path)
    let line = try #require(PeerLine(calling: path))
    Thread.detachNewThread {
      for frame in recorded.frames {
        guard line.send(frame.bytes) else { return }
        if let reply = frame.reply { guard line.receive()?.kind == reply else { return line.hangUp() } }
      }
    }
    #expect(moves.go([], seconds: 20) { destination.isBusy })
    #expect(moves.go([], seconds: 20) { !destination.isBusy })
    #expect(into.progress.status == .completed, "\(moves.notes)")
    #expect(machine.runState == .paused)
    #expect(try machine.save(as: machine.board).differences(to: recorded.tree).map(\.description) == [])
  }

  /// What has been sent by kinds, by a source that is told to do all it can to a destination that can do `known`.
  private func kinds(_ name: String, version: Int, known: [String]) throws -> Set<FrameKind> {
    let moves = Moves()
    let machine = try moves.running(name, version: version, Self.equip)
    let (near, far) = Moves.pair()
    let peer = ObligingPeer(PeerLine(far), capabilities: known)
    Thread.detachNewThread { peer.run() }
    let out = try moves.sender(of: machine, to: near) {
      $0.capabilities = [.compress, .postcopyRAM, .verifyMemory, .xbzrle, .autoConverge, .events]
    }
    try out.startPostcopy()
    #expect(moves.go([machine], seconds: 20) { !out.progress.status.isActive })
    #expect(out.progress.status == .completed, "\(moves.notes)")
    return Set(peer.finish().map(\.kind))
  }

  @Test(arguments: [[], ["compress"], ["compress", "x-unheard-of"]])
  func `an older destination hears nothing that it does not know`(known: [String]) throws {
    for board in try SampleMachines.boards.flatMap({ try SampleMachines.versions($0) }) {
      let kinds = try kinds(board.name, version: board.version, known: known)
      let pages: FrameKind = known.isEmpty ? .pages : .packed
      #expect(kinds.contains(pages))
      #expect(kinds.isSubset(of: [.hello, .offer, .pages, pages, .round, .state, .go]), "\(kinds)")
    }
  }
}
