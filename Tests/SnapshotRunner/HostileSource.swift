import Foundation
import Migration
import MigrationSample
import SavedState

/// A source that begins as an honest one did, and then means no good.
struct HostileSource: Sendable {
  /// What it does.
  enum Trick: String, CaseIterable, Sendable {
    /// Versions that are none, or no HELLO of a migration.
    case hello
    /// An offer of which something is changed.
    case offer
    /// Trees as large as a frame may be.
    case bulk
    /// Frames of pages, most of which are as they should be.
    case pages
    /// Packed data that expands beyond what its table says.
    case bombs
    /// Rounds with other numbers.
    case rounds
    /// Empty rounds without end.
    case endless
    /// Rounds of pages of zeros without end.
    case zeros
    /// WAIT without end.
    case waits
    /// A state of which something is changed.
    case state
    /// A frame that is not due.
    case turn
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
  private let recorded: RecordedMove
  private let line: PeerLine
  private let seed: UInt64
  /// A frame that takes longer to be made than the other side would wait for it.
  private let bulk: RecordedMove.Frame

  /// A peer at the line that `call` gives when everything is prepared.
  init(_ trick: Trick, _ recorded: RecordedMove, seed: UInt64, call: () -> PeerLine) {
    self.trick = trick
    self.recorded = recorded
    self.seed = seed
    let isOffer = seed % 2 == 0
    let tree = trick == .bulk ? BulkTree(seed, isOffer ? recorded.offer : recorded.tree).der() : []
    bulk = isOffer ? RecordedMove.Frame(.offer, tree) : recorded.state(tree, isRunning: true)
    line = call()
  }

  /// Whether the other side may have to listen until somebody has enough of it.
  var mayGoOn: Bool { trick == .waits }

  /// All of it, on a thread of its own.
  func run() {
    var mutator = TreeMutator(random: SplitMix64(seed: seed))
    act(&mutator)
    line.end(mutator.below(3))
  }

  /// Ends it, wherever it waits.
  func hangUp() { line.hangUp() }

  // MARK: Honest parts

  private func index(_ kind: FrameKind) -> Int { recorded.frames.firstIndex { $0.kind == kind } ?? 0 }

  /// Sends `frame` and waits for what is to come; whether that came.
  private func say(_ frame: RecordedMove.Frame) -> Bool {
    guard line.send(frame.bytes) else { return false }
    guard let reply = frame.reply else { return true }
    return line.receive()?.kind == reply
  }

  /// Sends the recorded frames of `range`; whether the other side went along.
  private func play(_ range: Range<Int>) -> Bool { recorded.frames[range].allSatisfy { say($0) } }

  private func playRest(from index: Int) { _ = play(min(index, recorded.frames.count)..<recorded.frames.count) }

  private func round(_ number: UInt32, last: UInt32 = 0, pages: UInt64) -> RecordedMove.Frame {
    var bytes: [UInt8] = []
    func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += Array($0) } }
    add(number)
    add(last)
    add(pages)
    return RecordedMove.Frame(.round, bytes)
  }

  // MARK: Tricks

  private func act(_ mutator: inout TreeMutator) {
    let count = recorded.frames.count
    switch trick {
    case .hello:
      let numbers: [UInt8] = [0, 1, 2, 0xff]
      var bytes = recorded.frames[0].payload
      for _ in 0...mutator.below(3) where !bytes.isEmpty {
        bytes[mutator.below(bytes.count)] = numbers[mutator.below(4)]
      }
      if mutator.below(4) == 0 { mutator.splice(&bytes) }
      guard say(RecordedMove.Frame(.hello, bytes)) else { return }
      playRest(from: 1)
    case .offer:
      guard play(0..<1), say(RecordedMove.Frame(.offer, offer(&mutator))) else { return }
      playRest(from: 2)
    case .bulk:
      let at = index(bulk.kind)
      guard play(0..<at), say(bulk) else { return }
      playRest(from: at + 1)
    case .pages: sendPages(&mutator)
    case .bombs:
      guard play(0..<2) else { return }
      var forger = PageForger(recorded.blocks, seed: mutator.random.next())
      for _ in 0...mutator.below(3) {
        guard line.send(forger.bomb(1 << (8 + mutator.below(16)))) else { return }
      }
    case .rounds: sendRounds(&mutator)
    case .endless, .zeros: sendEndlessly(&mutator)
    case .waits:
      guard play(0..<mutator.below(count)) else { return }
      let frame = RecordedMove.Frame(.wait, []).bytes
      for _ in 0..<1000 {
        guard line.send(frame) else { return }
        usleep(10_000)
      }
    case .state: sendState(&mutator)
    case .turn:
      guard play(0..<mutator.below(count)) else { return }
      let frame = recorded.frames[mutator.below(count)]
      let kind = FrameKind.allCases[mutator.below(FrameKind.allCases.count)]
      let payload = mutator.below(2) == 0 ? [UInt8](repeating: 0, count: mutator.below(40)) : frame.payload
      line.send(mutator.below(2) == 0 ? frame.bytes : Mangler.frame(kind, payload))
    case .noise:
      guard play(0..<mutator.below(count)) else { return }
      var bytes = (0..<mutator.below(4000)).map { _ in UInt8(mutator.below(256)) }
      // As far as the header it may be a frame.
      if mutator.below(2) == 0, bytes.count > 8 {
        bytes.replaceSubrange(2..<8, with: [0, 0, UInt8(1 + mutator.below(13)), 0, 0, 0])
      }
      line.send(bytes)
    case .slow:
      let at = mutator.below(count)
      guard play(0..<at) else { return }
      let frame = recorded.frames[at]
      guard line.trickle(frame.bytes, gap: UInt32(1000 << mutator.below(6))) else { return }
      guard frame.reply == nil || line.receive()?.kind == frame.reply else { return }
      playRest(from: at + 1)
    case .mute: _ = play(0..<mutator.below(count))
    case .deaf:
      for frame in recorded.frames.prefix(1 + mutator.below(count)) {
        guard line.send(frame.bytes) else { return }
      }
      line.awaitEnd()
    }
  }

  private func offer(_ mutator: inout TreeMutator) -> [UInt8] {
    var node = recorded.offer
    for _ in 0...mutator.below(3) {
      if mutator.below(3) == 0 {
        mutator.mutate(&node)
      } else if !node.children.isEmpty {
        let name = node.children[mutator.below(node.children.count)].name
        guard var child = node[child: name] else { continue }
        change(&child, &mutator)
        node[child: name] = child
      }
    }
    var bytes = node.der()
    if mutator.below(6) == 0 { mutator.splice(&bytes) }
    return bytes
  }

  /// Changes something of `node`: itself, or one of those below.
  private func change(_ node: inout StateNode, _ mutator: inout TreeMutator) {
    guard !node.children.isEmpty, mutator.below(8) != 0 else { return mutator.mutate(&node) }
    let name = node.children[mutator.below(node.children.count)].name
    guard var child = node[child: name] else { return }
    mutator.mutate(&child)
    node[child: name] = child
  }

  private func sendPages(_ mutator: inout TreeMutator) {
    guard play(0..<2) else { return }
    var forger = PageForger(recorded.blocks, seed: mutator.random.next())
    for number in 1...UInt32(1 + mutator.below(6)) {
      forger.beginRound()
      for _ in 0..<mutator.below(4) {
        guard line.send(forger.pages(isPacked: mutator.below(3) == 0)) else { return }
      }
      let pages = mutator.below(16) == 0 ? mutator.random.next() : forger.count
      guard say(round(number, last: mutator.below(8) == 0 ? 1 : 0, pages: pages)) else { return }
    }
    // What has come is not what the digest says.
    guard line.send(round(7, last: 1, pages: 0).bytes) else { return }
    playRest(from: index(.state))
  }

  private func sendRounds(_ mutator: inout TreeMutator) {
    guard play(0..<(mutator.below(2) == 0 ? 2 : index(.state))) else { return }
    let numbers: [UInt32] = [0, 1, 2, 3, 65535, 65536, 65537, .max]
    let counts: [UInt64] = [0, 0, 0, 1, 1 << 32, .max]
    var honest: UInt32 = 0
    for _ in 0...mutator.below(8) {
      honest += 1
      let number = mutator.below(4) == 0 ? numbers[mutator.below(numbers.count)] : honest
      let last = [0, 0, 0, 0, 1, 2, UInt32.max][mutator.below(7)]
      let pages = mutator.below(3) == 0 ? counts[mutator.below(counts.count)] : 0
      guard say(round(number, last: last, pages: pages)) else { return }
    }
  }

  /// As many rounds as are taken, once in a while; else many.
  private func sendEndlessly(_ mutator: inout TreeMutator) {
    guard play(0..<2) else { return }
    var forger = PageForger(recorded.blocks, seed: seed)
    let isListening = mutator.below(4) != 0
    for number in 1...UInt32(mutator.below(12) == 0 ? 80_000 : 1000) {
      if trick == .zeros, !line.send(forger.zeros()) { return }
      let frame = round(number, pages: forger.count)
      guard isListening ? say(frame) : line.send(frame.bytes) else { return }
    }
  }

  private func sendState(_ mutator: inout TreeMutator) {
    guard play(0..<index(.state)) else { return }
    var tree = recorded.tree
    for _ in 0..<mutator.below(4) { change(&tree, &mutator) }
    var bytes = tree.der()
    if mutator.below(8) == 0 { mutator.splice(&bytes) }
    let digest = mutator.below(6) == 0 ? mutator.random.next() : nil
    var frame = recorded.state(bytes, isRunning: mutator.below(2) == 0, digest: digest)
    if mutator.below(8) == 0 {
      var payload = frame.payload
      payload[mutator.below(24)] ^= UInt8(1 << mutator.below(8))
      if mutator.below(2) == 0 { mutator.splice(&payload) }
      frame = RecordedMove.Frame(.state, payload)
    }
    guard say(frame) else { return }
    switch mutator.below(4) {
    case 0: line.send(frame.bytes)
    case 1: line.send(RecordedMove.Frame(.failed, Array("\u{1b}[2Jno".utf8)).bytes)
    default: playRest(from: index(.go))
    }
  }
}
