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
    /// GO came, and the rest of memory is to come.
    case pulling
    /// GO came.
    case over
  }

  enum Step {
    case greet
    case look(Offer)
    case place(UnsafeRawBufferPointer, isPacked: Bool)
    case acknowledge(UInt32, isLast: Bool, pages: UInt64)
    case miss(block: Int, runs: [Range<Int>])
    case load(isRunning: Bool, isLate: Bool, HandoverDigest, tree: [UInt8], input: [String: [UInt8]])
    case resume(MigrationID)
    case run
    case wait
  }

  /// The most rounds.
  static let roundLimit: UInt32 = 1 << 16

  private(set) var phase = Phase.greeting
  private var round: UInt32 = 0
  private var isLate = false
  /// A broken migration is to go on.
  private let isResumed: Bool

  /// Of a new migration, or of one that goes on.
  init(isResumed: Bool = false) { self.isResumed = isResumed }

  /// What may come now.
  var expected: Set<FrameKind> {
    let kinds: [FrameKind] =
      switch phase {
      case .greeting: [.hello]
      case .waiting: [isResumed ? .resume : .offer]
      case .answering, .over: []
      // Until then a source may wait for as long as it likes: for a person who says when to go on.
      case .filling, .pulling: [.pages, .packed, .round, .wait]
      case .loading: [.absent, .state]
      case .ready: [.go]
      }
    return Set(kinds + [.failed])
  }

  /// What a loss of the connection means now.
  var verdict: Verdict {
    switch phase {
    case .greeting, .waiting, .answering, .filling, .loading: isResumed ? .here : .there
    case .ready: .unknown
    case .pulling, .over: .here
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
      guard number == round + 1 || phase == .pulling, number <= Self.roundLimit else {
        throw MigrationError("round \(number) came behind round \(round)")
      }
      round = number
      if isLast { phase = phase == .pulling ? .over : .loading }
      return .acknowledge(number, isLast: isLast, pages: pages)
    case .absent(let block, let runs): return .miss(block: block, runs: runs)
    case .state(let isRunning, let isLate, let digest, let tree, let input):
      self.isLate = isLate
      return .load(isRunning: isRunning, isLate: isLate, digest, tree: tree, input: input)
    case .go:
      phase = isLate ? .pulling : .over
      return .run
    case .resume(let id): return .resume(id)
    case .failed(let error): throw error
    case .wait: return .wait
    case .join: throw MigrationError("JOIN came where a migration was due")
    case .answer, .done, .ready, .running, .want:
      throw MigrationError("\(message.kind.name) is the destination's to send")
    }
  }

  /// The offer was accepted, and memory is there to be filled.
  mutating func accepted() { phase = .filling }

  /// RESUME named the migration that is to go on.
  mutating func goesOn() { phase = .pulling }

  /// READY is about to be sent.
  mutating func willBeReady() { phase = .ready }
}
