import Boards
import Foundation
import Host
import MigrationSample
import SavedState
import Testing

@testable import Migration

/// Peers at the other end of a socket that know the protocol and do not keep to it.
struct PeerTests {
  private func equip(_ setup: inout MachineSetup) { setup.memory = 4 << 20 }

  /// Lets a machine leave to a destination that says `words` when a frame of `kind` has come, and yes before; what the
  /// source says about it.
  private func leave(
    _ kind: FrameKind, _ words: @escaping @Sendable (PeerLine, RecordedMove.Frame) -> Void
  ) throws -> (seconds: Double, error: MigrationError?) {
    let moves = Moves()
    let machine = try moves.running("microvm", equip)
    let (near, far) = Moves.pair()
    let line = PeerLine(far)
    Thread.detachNewThread {
      line.send(ObligingPeer.hello)
      while let (next, payload) = line.receive() {
        let frame = RecordedMove.Frame(next, payload)
        if next == kind { return words(line, frame) }
        if let reply = ObligingPeer.reply(to: frame) { line.send(reply.bytes) }
      }
    }
    let start = HostClock.monotonic
    let out = try moves.sender(of: machine, to: near)
    #expect(moves.go([machine], seconds: 20) { !out.progress.status.isActive })
    line.hangUp()
    #expect(out.progress.status == .failed)
    #expect(machine.isRunning)
    #expect(try moves.harm(to: machine, "microvm", equip) == [])
    return (Double(HostClock.monotonic - start) / 1e9, out.progress.error)
  }

  @Test(arguments: [FrameKind.hello, .offer, .round, .state])
  func `a destination cannot hold a source by saying WAIT`(kind: FrameKind) throws {
    let (seconds, error) = try leave(kind) { line, _ in
      while line.send(RecordedMove.Frame(.wait, []).bytes) { usleep(10_000) }
    }
    #expect(error?.description.hasPrefix("WAIT came where ") ?? false, "\(String(describing: error))")
    #expect(seconds < 15)
  }

  @Test func `a source that has given up does not listen for ever`() throws {
    let (seconds, error) = try leave(.offer) { line, _ in
      while line.send(Mangler.frame(.done, [UInt8](repeating: 1, count: 8))) { usleep(1000) }
    }
    #expect(error?.description == "DONE came where ANSWER was due")
    #expect(seconds < 15)
  }

  @Test func `a destination that sends a frame byte by byte is given up`() throws {
    let (seconds, error) = try leave(.round) { line, frame in
      guard let reply = ObligingPeer.reply(to: frame) else { return }
      _ = line.trickle(reply.bytes, gap: 200_000)
    }
    #expect(error == MigrationError("a frame took too long to come"))
    #expect(seconds < 15)
  }

  // MARK: Sources

  /// Lets a source be heard whose machine was recorded, up to a frame of `kind`, and then `words`; what the destination
  /// says about it. An honest machine comes in after it.
  private func arrive(
    _ kind: FrameKind, _ words: @escaping @Sendable (PeerLine, RecordedMove.Frame) -> Void
  ) throws -> (seconds: Double, notes: [String]) {
    let recorded = try RecordedMove("microvm", equip)
    let moves = Moves()
    let machine = try moves.bare("microvm", equip)
    let path = Moves.place()
    let (into, destination) = try moves.receiver(of: machine, at: path)
    let line = try #require(PeerLine(calling: path))
    #expect(moves.go([], seconds: 5) { destination.isBusy })
    let start = HostClock.monotonic
    Thread.detachNewThread {
      for frame in recorded.frames {
        if frame.kind == kind { return words(line, frame) }
        guard line.send(frame.bytes) else { return }
        if let reply = frame.reply { guard line.receive()?.kind == reply else { return } }
      }
    }
    #expect(moves.go([], seconds: 20) { !destination.isBusy })
    line.hangUp()
    let seconds = Double(HostClock.monotonic - start) / 1e9
    #expect(machine.runState == .inMigrate)
    let notes = moves.notes
    let other = try moves.running("microvm", equip)
    let out = Migrator(other, poller: moves.poller)
    try out.migrate(to: "unix:\(path)")
    #expect(moves.go([other], seconds: 20) { !out.progress.status.isActive && !destination.isBusy })
    #expect(out.progress.status == .completed, "\(moves.notes)")
    #expect(into.progress.status == .completed)
    #expect(try moves.harm(to: machine, "microvm", equip) == [])
    return (seconds, notes)
  }

  @Test(arguments: [FrameKind.hello, .offer, .state])
  func `a source says WAIT between the answer and its last round alone`(kind: FrameKind) throws {
    let (seconds, notes) = try arrive(kind) { line, _ in
      while line.send(RecordedMove.Frame(.wait, []).bytes) { usleep(10_000) }
    }
    let due = kind == .state ? "ABSENT or STATE" : kind.name
    #expect(notes == ["destination: no machine came: WAIT came where \(due) was due"])
    #expect(seconds < 15)
  }

  @Test(arguments: [FrameKind.hello, .offer, .pages, .state])
  func `a source that sends a frame byte by byte is given up`(kind: FrameKind) throws {
    let (seconds, notes) = try arrive(kind) { line, frame in _ = line.trickle(frame.bytes, gap: 200_000) }
    #expect(notes == ["destination: no machine came: a frame took too long to come"])
    #expect(seconds < 15)
  }

  @Test func `what does not fit is told without what a terminal would do`() throws {
    let (_, notes) = try arrive(.offer) { line, frame in
      guard var node = try? StateNode(der: frame.payload) else { return }
      var group = StateGroup()
      group["name"] = .text("\u{1b}[2Jram\u{9b}\n" + String(repeating: "x", count: 1 << 20))
      group["size"] = .integer(4096)
      group["readonly"] = .bool(false)
      node["blocks"] = .list([.group(group)])
      line.send(Mangler.frame(.offer, node.der()))
      line.drain()
    }
    #expect(notes.count == 1)
    #expect(notes.allSatisfy(Moves.isPlain))
    #expect(notes.joined().utf8.count < 10_000)
    #expect(notes.first?.contains("?[2Jram??") ?? false, "\(notes)")
  }

  @Test func `a round of zeros may come again, but not without end`() throws {
    var destination = DestinationProtocol()
    _ = try destination.take(MigrationFormat.hello)
    let contents = try Moves().bare("microvm", equip).contents()
    _ = try destination.take(.offer(Offer(contents, capabilities: [], isCheck: false)))
    destination.accepted()
    for number in 1...DestinationProtocol.roundLimit {
      _ = try destination.take(.round(number: number, isLast: false, pages: 0))
      _ = try destination.take(.wait)
    }
    #expect(throws: MigrationError("round 65537 came behind round 65536")) {
      try destination.take(.round(number: DestinationProtocol.roundLimit + 1, isLast: false, pages: 0))
    }
  }

  @Test func `however little has got through, the time for the rest is a number`() {
    #expect(SourceThread.time(forPages: 256, at: 1_048_576) == 1_000_000_000)
    #expect(SourceThread.time(forPages: 0, at: 1) == 0)
    #expect(SourceThread.time(forPages: 1 << 26, at: 1) == 1_000_000_000_000_000_000)
  }
}
