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
  private let security: MigrationSecurity
  private let fault: FaultPlan?
  private let silence: Int64
  private var link: Link?
  private var source: SourceProtocol
  private var sender: PageSender?
  private var blocks: [any PageStore] = []
  private var wasRunning = false
  private let id: MigrationID
  /// A broken migration that is to go on.
  private let broken: BrokenDeparture?
  /// What is to be sent when the guest runs there.
  private var queue: PageQueue?
  private var used: Set<MigrationCapability> = []
  private var start: Int64 = 0
  /// When the present round began, and what had been sent by then.
  private var roundStart: (time: Int64, bytes: UInt64) = (0, 0)

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
    return try source.take(try link.receive(source.expected, patience: patience))
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

  private func makeSender(_ link: Link) -> PageSender {
    let limits = shared.parameters
    let sender = PageSender(
      blocks, level: used.contains(.compress) ? Int32(clamping: limits.compressLevel) : nil,
      cacheSize: used.contains(.xbzrle) ? limits.cacheSize : nil
    ) { [unowned self, unowned link] head, data throws(MigrationError) in
      try link.send(head, data)
      try self.afterFrame(link)
    }
    self.sender = sender
    return sender
  }

  private func copy(_ link: Link) throws(MigrationError) {
    let sender = makeSender(link)
    var left = Int.max
    var round = 0
    while true {
      round += 1
      guard case .runs(let runs) = try ask(.take) else { return }
      let (time, rest) = try send(runs, round: round, isLast: false, link, sender)
      if goesEarly {
        follow(rest)
        break
      }
      guard case .count(let dirty) = try ask(.count) else { return }
      let bytes = link.sent - roundStart.bytes
      let rate = max(1, Double(bytes) / (Double(max(1, time)) / 1e9))
      let expected = Self.time(forPages: dirty, at: rate)
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
      if !isNear, round > 2, dirty > left / 2 {
        let isThrottled = shared.progress.throttle >= Int(clamping: limits.throttleMaximum)
        if capabilities.contains(.autoConverge), !isThrottled {
          errands.tell(.throttle)
        } else if used.contains(.postcopyRAM) {
          follow(rest)
          break
        }
      }
      left = dirty
    }
    lastRound = UInt32(clamping: round + 1)
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

  private var lastRound: UInt32 = 0

  /// Whether somebody wants the guest to go before its memory, and it can.
  private var goesEarly: Bool { shared.wantsPostcopy && used.contains(.postcopyRAM) }

  /// Of `runs` those of the memory; or else those of the disks.
  private func part(_ runs: [[Range<Int>]], isMemory: Bool) -> [[Range<Int>]] {
    zip(blocks, runs).map { ($0 is MemoryView) == isMemory ? $1 : [] }
  }

  /// What is left of the present round, and whatever has changed by then, goes behind the machine.
  private func follow(_ rest: [[Range<Int>]]) {
    var queue = PageQueue(blocks.map { $0 is MemoryView ? $0.pageCount : 0 })
    queue.add(part(rest, isMemory: true))
    self.queue = queue
    leftOfDisks = part(rest, isMemory: false)
  }

  private var leftOfDisks: [[Range<Int>]] = []

  /// What is in either, in runs that ascend.
  private static func union(_ a: [Range<Int>], _ b: [Range<Int>]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for run in (a + b).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = runs.last, run.lowerBound <= last.upperBound {
        runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
      } else {
        runs.append(run)
      }
    }
    return runs
  }

  /// How many nanoseconds `count` pages take at `rate` bytes a second. Where next to nothing gets through that would be
  /// more than there are.
  static func time(forPages count: Int, at rate: Double) -> Int64 {
    Int64(min(Double(count * PageTable.pageSize) / rate * 1e9, 1e18))
  }

  /// Sends a round and waits until it has arrived; how long that took, and what of it is left because the guest is to be
  /// moved before.
  private func send(
    _ runs: [[Range<Int>]], round: Int, isLast: Bool, _ link: Link, _ sender: PageSender
  ) throws(MigrationError) -> (time: Int64, left: [[Range<Int>]]) {
    shared.update {
      $0.rounds = round
      $0.remaining = runs.joined().reduce(0) { $0 + UInt64($1.count * PageTable.pageSize) }
    }
    errands.tell(.pass(round))
    roundStart = (HostClock.monotonic, link.sent)
    let (pages, left) = try sender.send(runs, isFirst: round == 1) {
      // A disk has to be whole, so its first round is.
      !isLast && goesEarly && (round > 1 || !used.contains(.block))
    }
    let number = UInt32(clamping: round)
    source.willEnd(round: number)
    try link.send(.round(number: number, isLast: isLast, pages: pages))
    guard try next() == .acknowledged(number) else { throw MigrationError("round \(number) was not acknowledged") }
    let time = HostClock.monotonic - roundStart.time
    account(link)
    return (time, left)
  }

  private func account(_ link: Link) {
    shared.update {
      $0.transferred = link.sent
      $0.pages = sender?.counts ?? PageCounts()
    }
  }

  /// Between frames: keeps to the bandwidth, and hears when the other side gives up.
  private func afterFrame(_ link: Link) throws(MigrationError) {
    if source.phase == .pushing { return account(link) }
    if shared.isCancelled { throw MigrationError("it was cancelled") }
    if link.hasInput {
      _ = try source.take(try link.receive(source.expected))
      throw MigrationError("the other side spoke out of turn")
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
    let isLate = queue != nil
    queue?.add(part(runs, isMemory: true))
    // Disks do not follow.
    let now = isLate ? part(zip(runs, leftOfDisks).map { Self.union($0, $1) }, isMemory: false) : runs
    _ = try send(now, round: Int(lastRound), isLast: true, link, sender)
    if let queue { try link.send(absent: queue.runs) }
    mark("memory")
    let bytes = tree.der()
    var digest = HandoverDigest(tree: XXH64.hash(bytes), memory: sender.digest)
    if used.contains(.verifyMemory), !isLate {
      digest.memory = Migration.digest(blocks, MemoryView.sums(of: blocks, backed, else: sender.sums))
    }
    source.willHandOver(digest, isLate: isLate)
    try link.enter("handing")
    try link.send(.state(isRunning: wasRunning, isLate: isLate, digest, tree: bytes, input: input))
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
    if isLate { try push(link, sender) }
  }

  // MARK: Memory behind the machine

  /// A broken migration goes on: sends what the destination says that it lacks.
  private func goOn(_ broken: BrokenDeparture, _ link: Link) throws(MigrationError) {
    blocks = broken.blocks
    used = broken.used
    source.willResume()
    try link.enter("resuming")
    try link.send(.resume(id))
    follow(blocks.map { _ in [] })
    while true {
      let step = try next()
      if step == .finished { break }
      guard case .miss(let block, let runs) = step else { return }
      guard blocks.indices.contains(block), blocks[block] is MemoryView,
        runs.last?.upperBound ?? 0 <= blocks[block].pageCount
      else {
        throw MigrationError("ABSENT names what is not in the machine's memory")
      }
      queue?.add(blocks.indices.map { $0 == block ? runs : [] })
    }
    let sender = makeSender(link)
    try push(link, sender)
  }

  /// How many pages go at once, if nobody waits for them.
  private static let pieceLimit = 32

  /// Sends everything that is left: what the guest waits for first.
  private func push(_ link: Link, _ sender: PageSender) throws(MigrationError) {
    shared.update { $0.isUnresolved = false }
    enter(.postcopyActive)
    try link.enter("pushing")
    link.hurry()
    let begin = (time: HostClock.monotonic, bytes: link.sent)
    let first = sender.named
    var spoken = begin.time
    while let left = queue?.count, left > 0 {
      shared.update { $0.remaining = UInt64(left * PageTable.pageSize) }
      // What is waited for is worth more than the limit.
      while link.hasInput { try serve(try next(), sender) }
      let bandwidth = Double(shared.parameters.postcopyBandwidth)
      let ahead = Double(link.sent - begin.bytes) - Double(HostClock.monotonic - begin.time) / 1e9 * bandwidth
      if bandwidth > 0, ahead > 0 {
        try link.pause(1_000_000)
        if HostClock.monotonic - spoken > silence / 4 {
          try link.send(.wait)
          spoken = HostClock.monotonic
        }
      } else if let (block, pages) = queue?.take(limit: Self.pieceLimit) {
        try sender.send(late: pages, of: block)
      }
    }
    lastRound = min(lastRound, DestinationProtocol.roundLimit - 1) + 1
    source.willEnd(round: lastRound)
    try link.send(.round(number: lastRound, isLast: true, pages: sender.named - first))
    while true {
      let step = try next()
      if step == .acknowledged(lastRound) { break }
      try serve(step, sender)
    }
    account(link)
    shared.update { $0.remaining = 0 }
  }

  private func serve(_ step: SourceProtocol.Step, _ sender: PageSender) throws(MigrationError) {
    guard case .push(let place) = step else { throw MigrationError("the other side spoke out of turn") }
    shared.update { $0.requests += 1 }
    guard let pages = queue?.take(block: place.block, page: place.page, limit: 4), !pages.isEmpty else { return }
    try sender.send(late: pages, of: place.block)
  }
}
