import Foundation
import Migration
import MigrationSample
import SavedState

/// A destination that says yes to everything up to some frame, and then means no good.
struct HostileDestination: Sendable {
  /// What it does.
  enum Trick: String, CaseIterable, Sendable {
    /// Versions that are none, or no HELLO of a migration.
    case hello
    /// An answer of which something is changed.
    case answer
    /// Capabilities that nobody has offered.
    case capabilities
    /// DONE of other rounds, or twice.
    case rounds
    /// Something before it is due.
    case early
    /// READY with other digests.
    case digests
    /// FAILED, at length and with control characters.
    case failed
    /// WAIT without end.
    case waits
    /// Frames without end once the source has given up.
    case chatter
    /// Bytes that are none of a frame.
    case noise
    /// Bytes one by one.
    case slow
    /// Nothing more.
    case mute
    /// It does not listen.
    case deaf
  }

  let trick: Trick
  let line: PeerLine
  let seed: UInt64

  /// All of it, on a thread of its own.
  func run() {
    var mutator = TreeMutator(random: SplitMix64(seed: seed))
    act(&mutator)
    line.end(mutator.below(3))
  }

  /// Says yes until a frame of `kind` comes, for the `turn`th time; that one. Nil when the source ends before.
  private func oblige(until kind: FrameKind, turn: Int = 1) -> RecordedMove.Frame? {
    var count = 0
    while let (next, payload) = line.receive() {
      let frame = RecordedMove.Frame(next, payload)
      if next == kind { count += 1 }
      if count == turn { return frame }
      if let reply = ObligingPeer.reply(to: frame), !line.send(reply.bytes) { return nil }
    }
    return nil
  }

  /// Says yes to `frame`, and on.
  private func goOn(from frame: RecordedMove.Frame) {
    if let reply = ObligingPeer.reply(to: frame), !line.send(reply.bytes) { return }
    _ = oblige(until: .wait)
  }

  private static let places: [FrameKind] = [.hello, .offer, .pages, .round, .round, .state, .state, .go]

  private func act(_ mutator: inout TreeMutator) {
    if trick == .hello {
      var bytes = Array(ObligingPeer.hello.dropFirst(FrameHeader.size))
      for _ in 0...mutator.below(3) { bytes[mutator.below(bytes.count)] = [0, 1, 2, 0xff][mutator.below(4)] }
      if mutator.below(4) == 0 { mutator.splice(&bytes) }
      line.send(Mangler.frame(.hello, bytes))
      _ = oblige(until: .wait)
      return
    }
    if !(trick == .mute && mutator.below(8) == 0) { line.send(ObligingPeer.hello) }
    let place: FrameKind =
      switch trick {
      case .answer, .capabilities: .offer
      case .rounds: .round
      case .digests: .state
      default: Self.places[mutator.below(Self.places.count)]
      }
    guard let frame = oblige(until: place, turn: place == .round ? 1 + mutator.below(3) : 1) else { return }
    switch trick {
    case .answer, .capabilities:
      var node = ObligingPeer.answer(to: frame.payload)
      if trick == .answer {
        for _ in 0...mutator.below(3) { mutator.mutate(&node) }
      } else {
        node["capabilities"] = .list(
          (MigrationCapability.allCases.map(\.rawValue) + ["multifd", "\u{1b}[2J", ""]).map { .text($0) })
      }
      var bytes = node.der()
      if trick == .answer, mutator.below(4) == 0 { mutator.splice(&bytes) }
      guard line.send(Mangler.frame(.answer, bytes)) else { return }
      _ = oblige(until: .wait)
    case .rounds:
      let number = UInt32(1 + mutator.below(3))
      var bytes: [UInt8] = []
      for value in [[0, number, .max, 65537][mutator.below(4)], [0, 0, 1, .max][mutator.below(4)]] {
        withUnsafeBytes(of: value.littleEndian) { bytes += Array($0) }
      }
      for _ in 0...mutator.below(2) { line.send(Mangler.frame(.done, bytes)) }
      goOn(from: frame)
    case .early:
      let kind = [FrameKind.ready, .running, .done, .answer, .hello, .go, .state, .pages][mutator.below(8)]
      let size = [0, 8, 16, 24][mutator.below(4)]
      line.send(Mangler.frame(kind, (0..<size).map { _ in UInt8(mutator.below(2)) }))
      goOn(from: frame)
    case .digests:
      var digests = Array(frame.payload.dropFirst(8).prefix(16))
      digests[mutator.below(16)] ^= UInt8(1 << mutator.below(8))
      if mutator.below(4) == 0 { mutator.splice(&digests) }
      line.send(Mangler.frame(.ready, digests))
      _ = oblige(until: .wait)
    case .failed:
      let text = [
        "", "no", "\u{1b}[2J\u{9b}31m\r\u{7}", String(repeating: "\n", count: 60_000),
        String(repeating: "\u{1b}]0;x\u{7}", count: 9000), String(repeating: "x", count: 1 << 16),
      ][mutator.below(6)]
      line.send(Mangler.frame(.failed, Array(text.utf8.prefix(64 << 10)) + (mutator.below(2) == 0 ? [] : [0xff])))
    default: annoy(frame, &mutator)
    }
  }

  /// What does not depend on what is due.
  private func annoy(_ frame: RecordedMove.Frame, _ mutator: inout TreeMutator) {
    switch trick {
    case .waits, .chatter:
      let kind: FrameKind = trick == .waits ? .wait : [.wait, .done, .running, .failed, .answer][mutator.below(5)]
      // Of FAILED it is one, at last.
      let bytes = Mangler.frame(kind == .failed ? .done : kind, kind == .done ? [UInt8](repeating: 1, count: 8) : [])
      let gap = UInt32(mutator.below(20)) * 1000
      for _ in 0..<20_000 {
        guard line.send(bytes) else { return }
        if gap > 0 { usleep(gap) }
      }
    case .noise: line.send((0..<mutator.below(4000)).map { _ in UInt8(mutator.below(256)) })
    case .slow:
      let reply = ObligingPeer.reply(to: frame) ?? RecordedMove.Frame(.failed, [UInt8](repeating: 0x61, count: 60_000))
      guard line.trickle(reply.bytes, gap: UInt32(1000 << mutator.below(6))) else { return }
      _ = oblige(until: .wait)
    case .deaf: line.awaitEnd()
    default: break
    }
  }
}
