/// The source's side of the protocol: what may come, what it means, and who may run the guest if nothing more comes.
/// Messages in, steps out.
struct SourceProtocol {
  enum Phase: Int, Sendable, CaseIterable {
    /// HELLO is due.
    case greeting
    /// The offer is out.
    case offering
    /// Pages are going out.
    case copying
    /// STATE is out.
    case handing
    /// The digests are equal, and GO is not given.
    case ready
    /// GO is given.
    case given
    /// The guest runs there, and its memory goes behind it.
    case pushing
    /// A broken migration is to go on: RESUME is out.
    case resuming
    case over
  }

  /// What is to be done.
  enum Step: Equatable {
    case offer
    /// The answer came: the first round, or the end of a check.
    case begin(Answer)
    case acknowledged(UInt32)
    /// Give the machine up, then GO.
    case giveUp
    case finished
    /// The guest waits for a page.
    case push(LateMemory.Place)
    /// The destination lacks these.
    case miss(block: Int, runs: [Range<Int>])
  }

  private(set) var phase = Phase.greeting
  /// A broken migration goes on: whether its guest is known to run there.
  private let resumed: Verdict?
  /// Memory is to follow.
  private var isLate = false
  /// The digest that was sent with STATE.
  private var digest: HandoverDigest?
  /// The round that is to be acknowledged.
  private var round: UInt32?

  /// Of a new migration, or of one that goes on, of which is known what `resumed` says.
  init(resumed: Verdict? = nil) { self.resumed = resumed }

  /// What may come now.
  var expected: Set<FrameKind> {
    let kinds: [FrameKind] =
      switch phase {
      case .greeting: [.hello]
      case .offering: [.answer]
      case .copying: round == nil ? [] : [.done]
      case .handing: round == nil ? [.ready] : [.done]
      case .ready, .over: []
      case .given: [.running]
      case .pushing: [.want] + (round == nil ? [] : [.done])
      case .resuming: [.absent, .running]
      }
    // Not WAIT: it would hold a guest that stands still for as long as the other side likes.
    return Set(kinds + [.failed])
  }

  /// What a loss of the connection means now.
  var verdict: Verdict {
    switch phase {
    case .greeting, .offering, .copying, .handing, .ready: resumed ?? .here
    case .given: .unknown
    case .resuming: resumed ?? .unknown
    case .pushing, .over: .there
    }
  }

  /// A message came.
  mutating func take(_ message: Message) throws(MigrationError) -> Step {
    guard expected.contains(message.kind) else { throw MigrationError("\(message.kind.name) came out of turn") }
    switch message {
    case .hello(let version, let oldest, let producer):
      try MigrationFormat.check(version, oldest, producer)
      phase = resumed == nil ? .offering : .resuming
      return .offer
    case .answer(let answer):
      guard answer.isAccepted else { throw MigrationError(answer.reasons) }
      phase = .copying
      return .begin(answer)
    case .done(let number):
      guard number == round else { throw MigrationError("DONE of round \(number) came for another") }
      round = nil
      return .acknowledged(number)
    case .ready(let theirs):
      guard let digest, theirs == digest else {
        let mine = digest.map(\.description) ?? "nothing"
        throw MigrationError("the digests differ: \(mine) here, \(theirs) there")
      }
      phase = .ready
      return .giveUp
    case .running:
      phase = isLate ? .pushing : .over
      return .finished
    case .want(let place): return .push(place)
    case .absent(let block, let runs): return .miss(block: block, runs: runs)
    // Once GO is given, the other side has no say in who runs: what it says now does not tell whether it does.
    case .failed(let error): throw error
    case .offer, .pages, .round, .state, .go, .resume, .wait, .join:
      throw MigrationError("\(message.kind.name) is the source's to send")
    }
  }

  /// ROUND is about to be sent.
  mutating func willEnd(round number: UInt32) { round = number }

  /// STATE is about to be sent.
  mutating func willHandOver(_ digest: HandoverDigest, isLate: Bool = false) {
    self.digest = digest
    self.isLate = isLate
    phase = .handing
  }

  /// RESUME is about to be sent.
  mutating func willResume() { isLate = true }

  /// GO is out, whole.
  mutating func gave() { phase = .given }
}
