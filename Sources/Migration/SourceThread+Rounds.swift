import GuestMemory
import Host
import SavedState
import Snapshots

/// Pages before the machine.
extension SourceThread {
  /// What fills frames with pages, and gives each to `emit`; one of `count` that share the room for differences.
  private func makeSender(sharing count: UInt64 = 1, _ emit: @escaping PageSender.Emit) -> PageSender {
    let limits = shared.parameters
    return PageSender(
      blocks, level: used.contains(.compress) ? Int32(clamping: limits.compressLevel) : nil,
      cacheSize: used.contains(.xbzrle) ? limits.cacheSize / count : nil, emit)
  }

  /// What sends pages over the migration's own connection.
  func makeSender(_ link: Link) -> PageSender {
    makeSender { [unowned self, unowned link] head, data throws(MigrationError) in
      try link.send(head, data)
      try self.afterFrame(link)
    }
  }

  /// Opens `count` channels.
  func openChannels(_ count: Int, _ link: Link) throws(MigrationError) {
    guard case .socket(let place) = address, count > 0 else { throw MigrationError("the answer has no channels") }
    let channels = try SourceChannels(blocks, beside: link, wake: wake, shared: shared) {
      [unowned self, unowned link] () throws(MigrationError) in
      try self.hear(link)
      try self.breakSilence(link, isBusy: true)
      self.account(link)
    }
    // They stay open until all is said that there is to say of a failure.
    self.channels = channels
    try channels.open(
      count, to: place, id: id, security: security, fault: fault, silence: silence,
      makeSender: { makeSender(sharing: UInt64(count), $0) })
  }

  /// Sends rounds until the guest can be moved.
  func copy(_ link: Link, _ sender: any RoundSender) throws(MigrationError) {
    var left = Int.max
    var round = 0
    while true {
      round += 1
      guard case .runs(let runs) = try ask(.take) else { return }
      let (time, rest) = try send(runs, round: round, link, sender)
      if goesEarly {
        follow(rest)
        break
      }
      guard case .count(let dirty) = try ask(.count) else { return }
      let bytes = sent(link) - pace.bytes
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
    try rehearse()
    guard capabilities.contains(.pauseBeforeSwitchover) else { return }
    enter(.preSwitchover)
    while !shared.mayGoOn {
      try pause(50_000_000, link)
      try afterFrame(link)
    }
  }

  /// Saves the machine while the guest runs: what cannot be saved is refused before the guest stands still, and what was
  /// never used takes longest.
  private func rehearse() throws(MigrationError) {
    guard case .state(let tree) = try ask(.rehearse) else { return }
    _ = tree.der()
  }

  /// Whether somebody wants the guest to go before its memory, and it can.
  private var goesEarly: Bool { shared.wantsPostcopy && used.contains(.postcopyRAM) }

  /// Of `runs` those of the memory; or else those of the disks.
  func part(_ runs: [[Range<Int>]], isMemory: Bool) -> [[Range<Int>]] {
    zip(blocks, runs).map { ($0 is MemoryView) == isMemory ? $1 : [] }
  }

  /// What is left of the present round, and whatever has changed by then, goes behind the machine.
  func follow(_ rest: [[Range<Int>]]) {
    var queue = PageQueue(blocks.map { $0 is MemoryView ? $0.pageCount : 0 })
    queue.add(part(rest, isMemory: true))
    self.queue = queue
    leftOfDisks = part(rest, isMemory: false)
  }

  /// What is in either, in runs that ascend.
  static func union(_ a: [Range<Int>], _ b: [Range<Int>]) -> [Range<Int>] {
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
    _ runs: [[Range<Int>]], round: Int, _ link: Link, _ sender: any RoundSender
  ) throws(MigrationError) -> (time: Int64, left: [[Range<Int>]]) {
    // A disk has to be whole, so its first round is.
    let mayEnd = used.contains(.postcopyRAM) && (round > 1 || !used.contains(.block))
    let left = try send(runs, round: UInt32(clamping: round), isLast: false, link, sender) { [shared] in
      mayEnd && shared.wantsPostcopy
    }
    guard case .acknowledged = try next() else { throw MigrationError("round \(round) was not acknowledged") }
    let time = HostClock.monotonic - pace.start
    account(link)
    return (time, left)
  }

  /// Sends a round; what of it is left because `isOver` has said so.
  func send(
    _ runs: [[Range<Int>]], round: UInt32, isLast: Bool, _ link: Link, _ sender: any RoundSender,
    until isOver: @escaping @Sendable () -> Bool = { false }
  ) throws(MigrationError) -> [[Range<Int>]] {
    shared.update {
      $0.rounds = Int(round)
      $0.remaining = runs.joined().reduce(0) { $0 + UInt64($1.count * PageTable.pageSize) }
    }
    errands.tell(.pass(Int(round)))
    pace = Pace(start: HostClock.monotonic, bytes: sent(link))
    let (pages, left) = try sender.send(runs, round: round, isLast: isLast, until: isOver)
    source.willEnd(round: round)
    try link.send(.round(number: round, isLast: isLast, pages: pages))
    return left
  }

  /// Bytes sent so far.
  private func sent(_ link: Link) -> UInt64 { link.sent + (channels?.sent ?? 0) }

  /// Writes down what has been sent.
  func account(_ link: Link) {
    shared.update {
      $0.transferred = sent(link)
      $0.pages = sender?.counts ?? PageCounts()
      if let channels, sender !== channels { $0.pages += channels.counts }
    }
  }

  /// Between frames: keeps to the bandwidth, and hears when the other side gives up.
  func afterFrame(_ link: Link) throws(MigrationError) {
    if source.phase == .pushing { return account(link) }
    try hear(link)
    account(link)
    // While the guest stands still nothing is gained by being slow.
    guard source.phase == .copying, !isStopped else { return }
    let lead = pace.lead(link.sent, at: HostClock.monotonic, bandwidth: shared.parameters.bandwidth)
    if lead > 0 { try pause(lead, link) }
  }

  /// Looks whether somebody has given up.
  private func hear(_ link: Link) throws(MigrationError) {
    if shared.isCancelled { throw MigrationError("it was cancelled") }
    guard link.hasInput else { return }
    _ = try source.take(try link.receive(source.expected))
    throw MigrationError("the other side spoke out of turn")
  }

  /// Waits for `nanoseconds`; the other side hears that this one is there still.
  func pause(_ nanoseconds: Int64, _ link: Link) throws(MigrationError) {
    let end = HostClock.monotonic + nanoseconds
    while case let left = end - HostClock.monotonic, left > 0 {
      try link.pause(min(left, silence / 4))
      try breakSilence(link)
    }
  }

  /// Says that this side is there still, if it has not said anything for some time.
  func breakSilence(_ link: Link, isBusy: Bool = false) throws(MigrationError) {
    let now = HostClock.monotonic
    if link.sent != spoken.bytes { spoken = (now, link.sent) }
    // While the guest stands still nobody may wait for long, unless others are at work.
    guard !isStopped || isBusy || source.phase == .pushing, now - spoken.time > silence / 4 else { return }
    try link.send(.wait)
    spoken = (now, link.sent)
  }
}
