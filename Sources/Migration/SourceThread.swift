import GuestMemory
import Host
import SavedState
import Snapshots

/// The thread that sends a machine away.
final class SourceThread: @unchecked Sendable {
  private let address: MigrationAddress
  private let isCheck: Bool
  private let capabilities: Set<MigrationCapability>
  private let shared: Shared
  private let errands: Errands<SourceErrand, SourceReply>
  private let wake: Connection.Wake
  private let fault: FaultPlan?
  private let silence: Int64
  private var link: Link?
  private var source = SourceProtocol()
  private var sender: PageSender?
  private var blocks: [MemoryView] = []
  private var wasRunning = false
  private var used: Set<MigrationCapability> = []
  private var start: Int64 = 0
  /// When the present round began, and what had been sent by then.
  private var roundStart: (time: Int64, bytes: UInt64) = (0, 0)

  init(
    _ address: MigrationAddress, isCheck: Bool, capabilities: Set<MigrationCapability>, shared: Shared,
    errands: Errands<SourceErrand, SourceReply>, wake: Connection.Wake, fault: FaultPlan?, silence: Int64
  ) {
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
    let verdict = failure == nil ? (isCheck ? .here : .there) : source.verdict
    link = nil
    shared.update { $0.totalTime = HostClock.monotonic - start }
    errands.tell(.over(verdict, failure))
  }

  private func explain(_ error: MigrationError) -> MigrationError {
    if shared.isCancelled, source.verdict == .here { return MigrationError("it was cancelled") }
    if source.verdict == .here, let said = link?.lastWord() { return said }
    return error
  }

  // MARK: The machine's thread

  private func ask(_ errand: SourceErrand) throws(MigrationError) -> SourceReply {
    guard let reply = errands.ask(errand) else { throw MigrationError("the machine has ended") }
    if case .refused(let error) = reply { throw error }
    return reply
  }

  private func enter(_ status: MigrationStatus) {
    shared.update { $0.status = status }
    errands.tell(.news)
  }

  // MARK: The script

  private func script() throws(MigrationError) {
    let link = Link(try connect(), fault, silence: silence)
    self.link = link
    try link.enter("greeting")
    try link.send(MigrationFormat.hello)
    guard case .offer = try next(30 * Link.second) else { return }
    try link.enter("offering")
    guard case .offer(let offer) = try ask(.offer) else { return }
    try link.send(.offer(offer))
    guard case .begin(let answer) = try next() else { return }
    used = MigrationCapability.agreed(answer.capabilities, of: capabilities)
    shared.update { $0.setupTime = HostClock.monotonic - start }
    guard !isCheck else { return }
    guard case .memory(let blocks, let absent) = try ask(.begin) else { return }
    self.blocks = blocks
    try bringIn(absent)
    enter(.active)
    try link.enter("copying")
    try copy(link)
    try handOver(link)
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
  private func next(_ patience: Int64? = nil) throws(MigrationError) -> SourceProtocol.Step {
    guard let link else { throw MigrationError("there is no connection") }
    while true {
      let step = try source.take(try link.receive(source.expected, patience: patience))
      if step != .wait { return step }
    }
  }

  /// What was loaded late has to be here before it can go on.
  private func bringIn(_ absent: [AbsentPages]) throws(MigrationError) {
    for pages in absent {
      while pages.missingCount > 0 {
        do throws(MemoryLoss) {
          if try !pages.fillNext() {
            // Somebody else is at the last ones.
            try pause(1_000_000)
            pages.refill()
          }
        } catch {
          throw MigrationError("\(error)")
        }
      }
    }
  }

  private func pause(_ nanoseconds: Int64) throws(MemoryLoss) {
    do throws(MigrationError) { try link?.pause(nanoseconds) } catch { throw MemoryLoss("\(error)") }
  }

  // MARK: Rounds

  private func copy(_ link: Link) throws(MigrationError) {
    let limits = shared.parameters
    let sender = PageSender(
      blocks, level: used.contains(.compress) ? Int32(clamping: limits.compressLevel) : nil,
      cacheSize: used.contains(.xbzrle) ? limits.cacheSize : nil
    ) { [unowned self, unowned link] head, data throws(MigrationError) in
      try link.send(head, data)
      try self.afterFrame(link)
    }
    self.sender = sender
    var left = Int.max
    var round = 0
    while true {
      round += 1
      guard case .runs(let runs) = try ask(.take) else { return }
      let time = try send(runs, round: round, isLast: false, link, sender)
      guard case .count(let dirty) = try ask(.count) else { return }
      let bytes = link.sent - roundStart.bytes
      let rate = max(1, Double(bytes) / (Double(max(1, time)) / 1e9))
      let expected = Int64(Double(dirty * PageTable.pageSize) / rate * 1e9)
      shared.update {
        $0.remaining = UInt64(dirty * PageTable.pageSize)
        $0.dirtyRate = UInt64(Double(dirty) / (Double(max(1, time)) / 1e9))
        $0.throughput = UInt64(rate)
        $0.expectedDowntime = expected
      }
      let limits = shared.parameters
      let isNear = expected <= Int64(clamping: limits.downtimeLimit) * 1_000_000
      // A round more is cheap while each leaves less than half of the one before.
      let pays = expected > 1_000_000 && dirty < left / 2
      if isNear, !pays { break }
      if limits.timeLimit > 0, HostClock.monotonic - start > Int64(clamping: limits.timeLimit) * Link.second {
        throw MigrationError(
          "after \(limits.timeLimit) s the guest would still stand still for \(expected / 1_000_000) ms, more than "
            + "\(limits.downtimeLimit)")
      }
      if !isNear, round > 2, dirty > left / 2, capabilities.contains(.autoConverge) { errands.tell(.throttle) }
      left = dirty
    }
    lastRound = round + 1
    guard capabilities.contains(.pauseBeforeSwitchover) else { return }
    enter(.preSwitchover)
    while !shared.mayGoOn {
      try link.send(.wait)
      for _ in 0..<100 where !shared.mayGoOn {
        try link.pause(50_000_000)
        try afterFrame(link)
      }
    }
  }

  private var lastRound = 0

  /// Sends a round and waits until it has arrived; how long that took.
  private func send(
    _ runs: [[Range<Int>]], round: Int, isLast: Bool, _ link: Link, _ sender: PageSender
  ) throws(MigrationError) -> Int64 {
    shared.update {
      $0.rounds = round
      $0.remaining = runs.joined().reduce(0) { $0 + UInt64($1.count * PageTable.pageSize) }
    }
    errands.tell(.pass(round))
    roundStart = (HostClock.monotonic, link.sent)
    let pages = try sender.send(runs, isFirst: round == 1)
    let number = UInt32(clamping: round)
    source.willEnd(round: number)
    try link.send(.round(number: number, isLast: isLast, pages: pages))
    guard try next() == .acknowledged(number) else { throw MigrationError("round \(number) was not acknowledged") }
    let time = HostClock.monotonic - roundStart.time
    account(link)
    return time
  }

  private func account(_ link: Link) {
    shared.update {
      $0.transferred = link.sent
      $0.pages = sender?.counts ?? PageCounts()
    }
  }

  /// Between frames: keeps to the bandwidth, and hears when the other side gives up.
  private func afterFrame(_ link: Link) throws(MigrationError) {
    if shared.isCancelled { throw MigrationError("it was cancelled") }
    if link.hasInput {
      guard case .wait = try source.take(try link.receive(source.expected)) else {
        throw MigrationError("the other side spoke out of turn")
      }
    }
    account(link)
    let bandwidth = shared.parameters.bandwidth
    // While the guest stands still nothing is gained by being slow.
    guard bandwidth > 0, source.phase == .copying, !isStopped else { return }
    let due = Int64(Double(link.sent - roundStart.bytes) / Double(bandwidth) * 1e9)
    let ahead = roundStart.time + due - HostClock.monotonic
    if ahead > 0 { try link.pause(ahead) }
  }

  private var isStopped = false

  // MARK: Handover

  private func handOver(_ link: Link) throws(MigrationError) {
    guard let sender else { return }
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
    _ = try send(runs, round: lastRound, isLast: true, link, sender)
    mark("memory")
    let bytes = tree.der()
    var digest = HandoverDigest(tree: XXH64.hash(bytes), memory: sender.digest)
    if used.contains(.verifyMemory) {
      digest.memory = MemoryView.digest(blocks, zip(blocks, backed).map { $0.sum($1) })
    }
    source.willHandOver(digest)
    try link.enter("handing")
    try link.send(.state(isRunning: wasRunning, digest, tree: bytes, input: input))
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
  }
}
