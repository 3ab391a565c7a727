/// The destination's side of the protocol; see `SourceProtocol`.
struct DestinationProtocol {
  enum Phase: Int, Sendable, CaseIterable {
    /// HELLO is due.
    case greeting
    /// The offer is due.
    case waiting
    /// The offer is looked at.
    case answering
    /// Pages come.
    case filling
    /// STATE is due: the last round has come.
    case loading
    /// READY is out.
    case ready
    /// GO came.
    case over
  }

  enum Step {
    case greet
    case look(Offer)
    case place(UnsafeRawBufferPointer, isPacked: Bool)
    case acknowledge(UInt32, pages: UInt64)
    case load(isRunning: Bool, HandoverDigest, tree: [UInt8], input: [String: [UInt8]])
    case run
    case wait
  }

  /// The most rounds.
  static let roundLimit: UInt32 = 1 << 16

  private(set) var phase = Phase.greeting
  private var round: UInt32 = 0

  /// What may come now.
  var expected: Set<FrameKind> {
    let kinds: [FrameKind] =
      switch phase {
      case .greeting: [.hello]
      case .waiting: [.offer]
      case .answering, .over: []
      case .filling: [.pages, .packed, .round]
      case .loading: [.state]
      case .ready: [.go]
      }
    return Set(kinds + [.failed, .wait])
  }

  /// What a loss of the connection means now.
  var verdict: Verdict {
    switch phase {
    case .greeting, .waiting, .answering, .filling, .loading: .there
    case .ready: .unknown
    case .over: .here
    }
  }

  /// A message came.
  mutating func take(_ message: Message) throws(MigrationError) -> Step {
    guard expected.contains(message.kind) else { throw MigrationError("\(message.kind.name) came out of turn") }
    switch message {
    case .hello(let version, let oldest, let producer):
      try MigrationFormat.check(version, oldest, producer)
      phase = .waiting
      return .greet
    case .offer(let offer):
      phase = .answering
      return .look(offer)
    case .pages(let payload, let isPacked): return .place(payload, isPacked: isPacked)
    case .round(let number, let isLast, let pages):
      guard number == round + 1, number <= Self.roundLimit else {
        throw MigrationError("round \(number) came behind round \(round)")
      }
      round = number
      if isLast { phase = .loading }
      return .acknowledge(number, pages: pages)
    case .state(let isRunning, let digest, let tree, let input):
      return .load(isRunning: isRunning, digest, tree: tree, input: input)
    case .go:
      phase = .over
      return .run
    case .failed(let error): throw error
    case .wait: return .wait
    case .answer, .done, .ready, .running: throw MigrationError("\(message.kind.name) is the destination's to send")
    }
  }

  /// The offer was accepted, and memory is there to be filled.
  mutating func accepted() { phase = .filling }

  /// READY is about to be sent.
  mutating func willBeReady() { phase = .ready }
}
