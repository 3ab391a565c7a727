import Host
import SavedState
import Snapshots

/// The thread that takes a machine in.
final class DestinationThread: @unchecked Sendable {
  private let connection: Connection
  private let shared: Shared
  private let errands: Errands<DestinationErrand, DestinationReply>
  private let fault: FaultPlan?
  private let silence: Int64
  private var link: Link?
  private var destination = DestinationProtocol()
  private var receiver: PageReceiver?
  private var blocks: [MemoryView] = []
  private var used: Set<MigrationCapability> = []
  private var isCheck = false
  private var start: Int64 = 0

  init(
    _ connection: Connection, shared: Shared, errands: Errands<DestinationErrand, DestinationReply>, fault: FaultPlan?,
    silence: Int64
  ) {
    self.silence = silence
    self.connection = connection
    self.shared = shared
    self.errands = errands
    self.fault = fault
  }

  /// From the first byte to the last.
  func run() {
    start = HostClock.monotonic
    let link = Link(connection, fault, silence: silence)
    self.link = link
    var failure: MigrationError?
    do throws(MigrationError) {
      try script(link)
    } catch {
      failure = shared.isCancelled ? MigrationError("it was cancelled") : error
    }
    // In READY the source decides, whatever is wrong here.
    if let failure, destination.verdict == .there { try? link.send(.failed(failure)) }
    let verdict = failure == nil && isCheck ? .there : destination.verdict
    self.link = nil
    shared.update { $0.totalTime = HostClock.monotonic - start }
    errands.tell(.over(verdict, failure, isCheck: isCheck))
  }

  private func ask(_ errand: DestinationErrand) throws(MigrationError) -> DestinationReply {
    guard let reply = errands.ask(errand) else { throw MigrationError("the machine has ended") }
    if case .refused(let error) = reply { throw error }
    return reply
  }

  private func script(_ link: Link) throws(MigrationError) {
    try link.enter("greeting")
    try link.send(MigrationFormat.hello)
    while true {
      let patience = destination.phase == .greeting || destination.phase == .waiting ? 30 * Link.second : nil
      let message = try link.receive(destination.expected, patience: patience)
      switch try destination.take(message) {
      case .greet: try link.enter("waiting")
      case .look(let offer):
        try look(offer, link)
        if isCheck { return }
      case .place(let payload, let isPacked):
        try receiver?.take(payload, isPacked: isPacked)
        account(link)
      case .acknowledge(let number, let pages):
        try receiver?.endRound(pages)
        shared.update { $0.rounds = Int(number) }
        if destination.phase == .loading { try link.enter("loading") }
        try link.send(.done(round: number))
      case .load(let isRunning, let digest, let tree, let input): try load(isRunning, digest, tree, input, link)
      case .run:
        try link.enter("over")
        guard case .done = try ask(.run) else { return }
        // It runs here now, whether the other side hears of it or not.
        account(link)
        try? link.send(.running)
        return
      case .wait: break
      }
    }
  }

  private func look(_ offer: Offer, _ link: Link) throws(MigrationError) {
    isCheck = offer.isCheck
    try link.enter("answering")
    guard case .reasons(let reasons) = try ask(.look(offer)) else { return }
    used = MigrationCapability.agreed(offer.capabilities, of: MigrationCapability.allCases)
    let answer = Answer(reasons, capabilities: Set(used.map(\.rawValue)), producer: MigrationFormat.producer)
    if !reasons.isEmpty || isCheck {
      try link.send(.answer(answer))
      if !reasons.isEmpty { throw MigrationError(answer.reasons) }
      return
    }
    guard case .memory(let blocks) = try ask(.begin) else { return }
    self.blocks = blocks
    receiver = PageReceiver(blocks)
    destination.accepted()
    shared.update {
      $0.status = .active
      $0.setupTime = HostClock.monotonic - start
    }
    errands.tell(.news)
    try link.enter("filling")
    try link.send(.answer(answer))
  }

  private func load(
    _ isRunning: Bool, _ digest: HandoverDigest, _ bytes: [UInt8], _ input: [String: [UInt8]], _ link: Link
  ) throws(MigrationError) {
    guard let receiver else { return }
    let tree: StateNode
    do throws(StateDecodingError) {
      tree = try StateNode(der: bytes, budget: DecodingBudget(bytes: FrameKind.state.limit))
    } catch {
      throw MigrationError("STATE cannot be read: \(error)")
    }
    var mine = HandoverDigest(tree: 0, memory: receiver.digest)
    // Before the devices are touched.
    guard mine.memory == digest.memory || used.contains(.verifyMemory) else {
      throw MigrationError("the memory differs: \(digest) there, \(mine) here")
    }
    shared.update { $0.status = .device }
    errands.tell(.news)
    let errand = DestinationErrand.load(
      tree, isRunning: isRunning, input: input, verifies: used.contains(.verifyMemory))
    guard case .loaded(let loaded, let backed) = try ask(errand) else { return }
    mine.tree = XXH64.hash(loaded.der())
    if used.contains(.verifyMemory) {
      mine.memory = MemoryView.digest(blocks, zip(blocks, backed).map { $0.sum($1) })
    }
    guard mine == digest else {
      let differences = tree.differences(to: loaded).prefix(20).map(\.description)
      throw MigrationError(["the digests differ: \(digest) there, \(mine) here"] + differences)
    }
    destination.willBeReady()
    try link.enter("ready")
    try link.send(.ready(mine))
  }

  private func account(_ link: Link) {
    shared.update {
      $0.transferred = link.received
      $0.pages = receiver?.counts ?? PageCounts()
    }
  }
}
