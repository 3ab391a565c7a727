import Host
import SavedState
import Snapshots

/// The thread that takes a machine in.
final class DestinationThread: @unchecked Sendable {
  private let connection: Connection
  private let wake: Connection.Wake
  private let address: MigrationAddress
  private let security: MigrationSecurity
  private let shared: Shared
  private let errands: Errands<DestinationErrand, DestinationReply>
  private let fault: FaultPlan?
  private let silence: Int64
  private var link: Link?
  private var destination: DestinationProtocol
  /// A broken migration that is to go on.
  private let broken: BrokenArrival?
  /// Pages of each block that come when the guest runs.
  private var absent: [[Range<Int>]] = []
  private var late: LateMemory?
  private var receiver: PageReceiver?
  private var early: EarlyMemory?
  /// Where pages of rounds come, if not here.
  private var channels: DestinationChannels?
  private var blocks: [any PageStore] = []
  private var used: Set<MigrationCapability> = []
  private var isCheck = false
  private var start: Int64 = 0
  /// When the machine was last loaded for practice.
  private var rehearsed: Int64 = 0

  init(
    _ connection: Connection, wake: Connection.Wake, from address: MigrationAddress, security: MigrationSecurity,
    broken: BrokenArrival? = nil, shared: Shared,
    errands: Errands<DestinationErrand, DestinationReply>, fault: FaultPlan?, silence: Int64
  ) {
    self.address = address
    self.wake = wake
    self.security = security
    self.broken = broken
    destination = DestinationProtocol(isResumed: broken != nil)
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
      try security.secure(connection, at: address, as: .server)
      try script(link)
    } catch {
      failure = shared.isCancelled ? MigrationError("it was cancelled") : error
    }
    // In READY the source decides, whatever is wrong here.
    let isStranger = broken != nil && destination.phase == .waiting
    if let failure, destination.verdict == .there || isStranger { try? link.send(.failed(failure)) }
    let verdict = failure == nil && isCheck ? .there : destination.verdict
    self.link = nil
    // Nothing is put into memory any more.
    channels?.close()
    // Nobody waits for what cannot come.
    late?.cutOff()
    if late?.takeRelief() ?? false { errands.tell(.relieve) }
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
      if let late, destination.phase == .pulling { try wait(for: late, link) }
      if let channels, destination.phase == .filling { try attend(channels, link) }
      let patience = destination.phase == .greeting || destination.phase == .waiting ? 30 * Link.second : nil
      let message = try link.receive(destination.expected, patience: patience)
      switch try destination.take(message) {
      case .greet: try link.enter("waiting")
      case .look(let offer):
        try look(offer, link)
        if isCheck { return }
      case .place(let payload, let isPacked):
        guard channels == nil || late != nil else { throw MigrationError("PAGES came, which are to come by channels") }
        try receiver?.take(payload, isPacked: isPacked)
        if late?.takeRelief() ?? false { errands.tell(.relieve) }
        account(link)
      case .acknowledge(let number, let isLast, let pages):
        try endRound(number, isLast, pages, link)
        shared.update { $0.rounds = Int(number) }
        if destination.phase == .loading { try link.enter("loading") }
        if let late, destination.phase == .over, case let missing = late.finish(), missing > 0 {
          throw MigrationError("\(missing) pages of the memory did not come")
        }
        if !isLast, late == nil { try rehearse() }
        try link.send(.done(round: number))
        if destination.phase == .over { return }
      case .miss(let block, let runs): try miss(block, runs)
      case .load(let isRunning, let isLate, let digest, let tree, let input):
        try load(isRunning, isLate, digest, tree, input, link)
      case .run:
        try link.enter(destination.phase == .over ? "over" : "pulling")
        guard case .done = try ask(.run) else { return }
        // It runs here now, whether the other side hears of it or not.
        account(link)
        guard let late else {
          try? link.send(.running)
          return
        }
        try pull(late, link)
      case .resume(let id):
        guard let broken, broken.id == id else { throw MigrationError("another migration is to go on here") }
        destination.goesOn()
        blocks = broken.blocks
        late = broken.memory
        try link.send(absent: broken.memory.missingRuns)
        try pull(broken.memory, link)
      case .wait: break
      }
    }
  }

  private func look(_ offer: Offer, _ link: Link) throws(MigrationError) {
    isCheck = offer.isCheck
    try link.enter("answering")
    guard case .reasons(let reasons) = try ask(.look(offer)) else { return }
    used = MigrationCapability.agreed(offer.capabilities, of: MigrationCapability.allCases)
    var count = 0
    if case .socket = address, used.contains(.multifd), offer.id != nil {
      count = min(offer.channels, MigrationParameters.channelLimit)
    }
    if count == 0 { used.remove(.multifd) }
    let answer = Answer(
      reasons, capabilities: Set(used.map(\.rawValue)), channels: count, producer: MigrationFormat.producer)
    if !reasons.isEmpty || isCheck {
      try link.send(.answer(answer))
      if !reasons.isEmpty { throw MigrationError(answer.reasons) }
      return
    }
    guard case .memory(let blocks) = try ask(.begin(mirrors: used.contains(.block))) else { return }
    self.blocks = blocks
    // Here, since nobody knows how long that takes.
    for disk in blocks where disk is DiskView {
      for first in stride(from: 0, to: disk.pageCount, by: 1 << 14) {
        if shared.isCancelled { throw MigrationError("it was cancelled") }
        try disk.clear(first..<min(first + 1 << 14, disk.pageCount))
      }
    }
    let memory = EarlyMemory(blocks)
    early = memory
    receiver = PageReceiver(blocks, to: memory)
    if count > 0, let id = offer.id { try open(count, id) }
    destination.accepted()
    shared.update {
      $0.status = .active
      $0.setupTime = HostClock.monotonic - start
    }
    errands.tell(.news)
    try link.enter("filling")
    try link.send(.answer(answer))
    // Once while the first pages come, since what was never used takes longest.
    errands.tell(.rehearse)
    rehearsed = HostClock.monotonic
  }

  /// Again before the source hears that a round has come, since it may stop the guest then; but little comes in a short
  /// round that takes the machine's own state out of the caches.
  private func rehearse() throws(MigrationError) {
    guard HostClock.monotonic - rehearsed > 10_000_000 else { return }
    _ = try ask(.rehearse)
    rehearsed = HostClock.monotonic
  }

  private func open(_ count: Int, _ id: MigrationID) throws(MigrationError) {
    let channels = try DestinationChannels(
      count, id: id, into: blocks, at: address, security: security, wake: wake, silence: silence, fault: fault
    ) { [errands] in errands.tell(.shut) }
    self.channels = channels
    _ = try ask(.open(channels))
  }

  /// Until a message comes, looks whether a channel has failed.
  private func attend(_ channels: DestinationChannels, _ link: Link) throws(MigrationError) {
    repeat {
      account(link)
      channels.bell.silence()
      if let failure = channels.failure { throw link.lastWord() ?? failure }
    } while try !link.waitForInput(or: channels.bell)
  }

  private func endRound(_ number: UInt32, _ isLast: Bool, _ pages: UInt64, _ link: Link) throws(MigrationError) {
    guard let channels, late == nil else {
      try receiver?.endRound(pages)
      return
    }
    while true {
      channels.bell.silence()
      let isOver: Bool
      do throws(MigrationError) {
        isOver = try channels.haveEnded(number, isLast: isLast, pages: pages)
      } catch {
        throw link.lastWord() ?? error
      }
      if isOver { break }
      // What comes next may be here already; a source that has given up ends its channels, too.
      try link.wait(for: channels.bell)
    }
    account(link)
  }

  private func miss(_ block: Int, _ runs: [Range<Int>]) throws(MigrationError) {
    guard used.contains(.postcopyRAM), blocks.indices.contains(block), blocks[block] is MemoryView else {
      throw MigrationError("ABSENT of block \(block), which is none")
    }
    if absent.isEmpty { absent = blocks.map { _ in [] } }
    guard let first = runs.first, let last = runs.last, last.upperBound <= blocks[block].pageCount,
      absent[block].last?.upperBound ?? 0 <= first.lowerBound
    else { throw MigrationError("ABSENT names pages that block \(blocks[block].name) does not have, or again") }
    absent[block] += runs
  }

  /// From now on pages come behind the machine.
  private func pull(_ late: LateMemory, _ link: Link) throws(MigrationError) {
    late.reconnect()
    receiver = PageReceiver(blocks.filter { $0 is MemoryView }, to: late, limit: UInt64(late.missingCount))
    shared.update { $0.status = .postcopyActive }
    errands.tell(.news)
    try link.send(.running)
  }

  /// Until a message comes, asks for what somebody waits for.
  private func wait(for late: LateMemory, _ link: Link) throws(MigrationError) {
    repeat {
      for place in late.takeWanted() {
        try link.send(.want(place))
        shared.update { $0.requests += 1 }
      }
      shared.update { $0.remaining = UInt64(late.missingCount * PageTable.pageSize) }
    } while try !link.waitForInput(or: late.bell)
  }

  private func load(
    _ isRunning: Bool, _ isLate: Bool, _ digest: HandoverDigest, _ bytes: [UInt8], _ input: [String: [UInt8]],
    _ link: Link
  ) throws(MigrationError) {
    let sums = channels?.sums ?? early?.sums ?? []
    guard isLate || absent.isEmpty, !isLate || used.contains(.postcopyRAM) else {
      throw MigrationError("STATE does not say of its memory what ABSENT says")
    }
    let verifies = used.contains(.verifyMemory) && !isLate
    let tree: StateNode
    do throws(StateDecodingError) {
      tree = try StateNode(der: bytes, budget: FrameKind.state.budget)
    } catch {
      throw MigrationError("STATE cannot be read: \(error)")
    }
    var mine = HandoverDigest(tree: 0, memory: Migration.digest(blocks, sums))
    // Before the devices are touched.
    guard mine.memory == digest.memory || verifies else {
      throw MigrationError("the memory differs: \(digest) there, \(mine) here")
    }
    shared.update { $0.status = .device }
    errands.tell(.news)
    let errand = DestinationErrand.load(
      tree, isRunning: isRunning, input: input, verifies: verifies,
      absent: isLate
        ? zip(blocks, absent.isEmpty ? blocks.map { _ in [] } : absent).filter { $0.0 is MemoryView }.map(\.1) : nil)
    guard case .loaded(let loaded, let backed, let late) = try ask(errand) else { return }
    self.late = late
    // It is the same in most cases, and the guest stands still.
    mine.tree = XXH64.hash(loaded == tree ? bytes : loaded.der())
    if verifies {
      mine.memory = Migration.digest(blocks, MemoryView.sums(of: blocks, backed, else: sums))
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
      $0.transferred = link.received + (channels?.received ?? 0)
      $0.pages = receiver?.counts ?? PageCounts()
      if let channels { $0.pages += channels.counts }
    }
  }
}
