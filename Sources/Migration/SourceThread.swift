import GuestMemory
import Host
import SavedState
import Snapshots

/// The thread that sends a machine away.
final class SourceThread: @unchecked Sendable {
  let address: MigrationAddress
  private let isCheck: Bool
  let capabilities: Set<MigrationCapability>
  let shared: Shared
  let errands: Errands<SourceErrand, SourceReply>
  let wake: Connection.Wake
  let security: MigrationSecurity
  let fault: FaultPlan?
  let silence: Int64
  private var link: Link?
  var source: SourceProtocol
  /// What pages go through at present.
  var sender: (any RoundSender)?
  /// Where those of rounds go, if not over the migration's own connection.
  var channels: SourceChannels?
  var blocks: [any PageStore] = []
  private var wasRunning = false
  let id: MigrationID
  /// A broken migration that is to go on.
  private let broken: BrokenDeparture?
  /// What is to be sent when the guest runs there.
  var queue: PageQueue?
  var used: Set<MigrationCapability> = []
  private(set) var start: Int64 = 0
  /// The present round's.
  var pace = Pace(start: 0, bytes: 0)
  /// When something was sent last over the migration's own connection, as far as is known, and what had been by then.
  var spoken: (time: Int64, bytes: UInt64) = (0, 0)
  var lastRound: UInt32 = 0
  /// Of disks, what is left of a round that ended early.
  var leftOfDisks: [[Range<Int>]] = []
  /// The guest stands still.
  private(set) var isStopped = false

  init(
    _ address: MigrationAddress, id: MigrationID, isCheck: Bool, capabilities: Set<MigrationCapability>,
    broken: BrokenDeparture? = nil, shared: Shared, errands: Errands<SourceErrand, SourceReply>,
    wake: Connection.Wake, security: MigrationSecurity, fault: FaultPlan?, silence: Int64
  ) {
    self.security = security
    self.id = id
    self.broken = broken
    source = SourceProtocol(resumed: broken?.verdict)
    self.silence = silence
    self.address = address
    self.isCheck = isCheck
    self.capabilities = capabilities
    self.shared = shared
    self.errands = errands
    self.wake = wake
    self.fault = fault
  }

  /// From the first byte to the last.
  func run() {
    start = HostClock.monotonic
    var failure: MigrationError?
    do throws(MigrationError) {
      try script()
    } catch {
      failure = explain(error)
    }
    // The other side should not wait for its own silence to end.
    if let failure, source.verdict == .here { try? link?.send(.failed(failure)) }
    channels?.close()
    let verdict = failure == nil ? (isCheck ? .here : .there) : source.verdict
    link = nil
    shared.update { $0.totalTime = HostClock.monotonic - $0.start }
    var rest = broken
    if queue != nil { rest = BrokenDeparture(blocks: blocks, used: used, verdict: verdict) }
    errands.tell(.over(verdict, failure, rest: failure == nil || verdict == .here ? nil : rest))
  }

  private func explain(_ error: MigrationError) -> MigrationError {
    if shared.isCancelled, source.verdict == .here { return MigrationError("it was cancelled") }
    if source.verdict == .here, let said = link?.lastWord() { return said }
    return error
  }

  // MARK: The machine's thread

  func ask(_ errand: SourceErrand) throws(MigrationError) -> SourceReply {
    guard let reply = errands.ask(errand) else { throw MigrationError("the machine has ended") }
    if case .refused(let error) = reply { throw error }
    return reply
  }

  func enter(_ status: MigrationStatus) {
    shared.update { $0.status = status }
    errands.tell(.news)
  }

  // MARK: The script

  private func script() throws(MigrationError) {
    let connection = try connect()
    try security.secure(connection, at: address, as: .client)
    let link = Link(connection, fault, silence: silence)
    self.link = link
    try link.enter("greeting")
    try link.send(MigrationFormat.hello)
    guard case .offer = try next(30 * Link.second) else { return }
    if let broken { return try goOn(broken, link) }
    try link.enter("offering")
    guard case .offer(let offer) = try ask(.offer) else { return }
    try link.send(.offer(offer))
    guard case .begin(let answer) = try next() else { return }
    used = MigrationCapability.agreed(answer.capabilities, of: capabilities)
    shared.agreed = used
    shared.update { $0.setupTime = HostClock.monotonic - start }
    guard !isCheck else { return }
    let mirrors = used.contains(.block)
    guard mirrors || !capabilities.contains(.block) else {
      throw MigrationError("the other side cannot copy disks")
    }
    guard case .memory(let blocks, let absent) = try ask(.begin(mirrors: mirrors)) else { return }
    self.blocks = blocks
    try bringIn(absent, link)
    enter(.active)
    try link.enter("copying")
    if used.contains(.multifd) { try openChannels(min(answer.channels, offer.channels), link) }
    let sender: any RoundSender = channels ?? makeSender(link)
    self.sender = sender
    try copy(link, sender)
    try handOver(link, sender)
  }

  private func connect() throws(MigrationError) -> Connection {
    do throws(HostError) {
      switch address {
      case .socket(let address):
        return try Connection.open(address, wake: wake, deadline: HostClock.monotonic + 30 * Link.second)
      case .descriptor(let descriptor): return Connection(taking: descriptor, wake: wake)
      case .command(let text):
        let command = try ShellCommand(text)
        return Connection(taking: command.descriptor, wake: wake, child: command.process)
      case .file, .later: throw HostError("a machine cannot go to '\(address)' over a connection")
      }
    } catch {
      throw MigrationError("\(error)")
    }
  }

  /// The next step that the other side makes possible.
  func next(_ patience: Int64? = nil) throws(MigrationError) -> SourceProtocol.Step {
    guard let link else { throw MigrationError("there is no connection") }
    return try source.take(try link.receive(source.expected, patience: patience))
  }

  /// What was loaded late has to be here before it can go on.
  private func bringIn(_ absent: [AbsentPages], _ link: Link) throws(MigrationError) {
    for pages in absent {
      while pages.missingCount > 0 {
        let mayBeMore: Bool
        do throws(MemoryLoss) { mayBeMore = try pages.fillNext() } catch { throw MigrationError("\(error)") }
        if mayBeMore {
          try breakSilence(link)
        } else {
          // Somebody else is at the last ones.
          try pause(1_000_000, link)
          pages.refill()
        }
      }
    }
  }

  // MARK: Handover

  private func handOver(_ link: Link, _ sender: any RoundSender) throws(MigrationError) {
    var marks: [(String, Int64)] = []
    func mark(_ name: String) { marks.append((name, HostClock.monotonic)) }
    mark("")
    guard case .stopped(let wasRunning) = try ask(.stop) else { return }
    self.wasRunning = wasRunning
    isStopped = true
    let stopped = HostClock.monotonic
    enter(.device)
    mark("stop")
    guard case .handOver(let tree, let input, let runs, let backed, let times) = try ask(.handOver) else { return }
    mark("save")
    let isLate = queue != nil
    queue?.add(part(runs, isMemory: true))
    // Disks do not follow.
    let now = isLate ? part(zip(runs, leftOfDisks).map { Self.union($0, $1) }, isMemory: false) : runs
    _ = try send(now, round: lastRound, isLast: true, link, sender)
    if let queue { try link.send(absent: queue.runs) }
    mark("memory")
    let bytes = tree.der()
    var digest = HandoverDigest(tree: XXH64.hash(bytes), memory: Migration.digest(blocks, sender.sums))
    if used.contains(.verifyMemory), !isLate {
      digest.memory = Migration.digest(blocks, MemoryView.sums(of: blocks, backed, else: sender.sums))
    }
    source.willHandOver(digest, isLate: isLate)
    try link.enter("handing")
    try link.send(.state(isRunning: wasRunning, isLate: isLate, digest, tree: bytes, input: input))
    guard try next() == .acknowledged(lastRound) else { throw MigrationError("the last round was not acknowledged") }
    guard case .giveUp = try next() else { return }
    mark("load")
    try link.enter("ready")
    guard !shared.isCancelled else { throw MigrationError("it was cancelled") }
    guard case .done = try ask(.giveUp) else { return }
    guard link.sendGo() else { throw MigrationError("the connection was lost before the machine was given up") }
    source.gave()
    try link.enter("given")
    guard case .finished = try next(30 * Link.second) else { return }
    let end = HostClock.monotonic
    mark("go")
    account(link)
    shared.update { progress in
      progress.downtime = end - stopped
      progress.remaining = 0
      progress.phases = zip(marks, marks.dropFirst()).map { ($1.0, $1.1 - $0.1) }
      progress.devices = tree.children.map { ($0.name, $0.der().count, times[$0.name] ?? 0) }
    }
    if isLate { try push(link) }
  }
}
