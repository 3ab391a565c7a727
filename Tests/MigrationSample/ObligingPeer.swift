import Foundation
import Migration
package import SavedState
import Synchronization

/// A destination that has no machine and says yes to everything: what a source sends to it is an honest move.
package final class ObligingPeer: Sendable {
  private let line: PeerLine
  /// What it can do; nil: all that is offered.
  private let capabilities: [String]?
  private let frames = Mutex<[RecordedMove.Frame]>([])
  private let isDone = DispatchSemaphore(value: 0)

  /// Answers whoever is at the other end of `line`.
  package init(_ line: PeerLine, capabilities: [String]? = nil) {
    self.line = line
    self.capabilities = capabilities
  }

  /// On a thread of its own.
  package func run() {
    defer { isDone.signal() }
    line.send(Self.hello)
    while let (kind, payload) = line.receive() {
      let frame = RecordedMove.Frame(kind, payload)
      frames.withLock { $0.append(frame) }
      guard let reply = Self.reply(to: frame, capabilities: capabilities) else { continue }
      line.send(reply.bytes)
      if reply.kind == .running { return }
    }
  }

  /// Waits for the end; all that has come.
  package func finish() -> [RecordedMove.Frame] {
    isDone.wait()
    return frames.withLock { $0 }
  }

  /// The words by which either side begins.
  package static var hello: [UInt8] {
    RecordedMove.Frame(.hello, Array("FERRYMIG".utf8) + [1, 0, 0, 0, 1, 0, 0, 0] + Array("peer".utf8)).bytes
  }

  /// What a destination says to `frame` that takes it for what it says; nil: nothing, as to HELLO, which both send.
  package static func reply(to frame: RecordedMove.Frame, capabilities: [String]? = nil) -> RecordedMove.Frame? {
    switch frame.kind {
    case .offer: RecordedMove.Frame(.answer, answer(to: frame.payload, capabilities: capabilities).der())
    case .round: RecordedMove.Frame(.done, Array(frame.payload.prefix(4)) + [0, 0, 0, 0])
    case .state: RecordedMove.Frame(.ready, Array(frame.payload.dropFirst(8).prefix(16)))
    case .go: RecordedMove.Frame(.running, [])
    default: nil
    }
  }

  /// Yes to an offer, with all that it has, or what of it is among `capabilities`.
  package static func answer(to offer: [UInt8], capabilities: [String]? = nil) -> StateNode {
    var node = StateNode("answer")
    node["accepted"] = .bool(true)
    node["reasons"] = .list([])
    let offered = (try? StateNode(der: offer))?["capabilities"] ?? .list([])
    node["capabilities"] = capabilities.map { .list($0.map { .text($0) }) } ?? offered
    node["producer"] = .text("peer")
    return node
  }
}
