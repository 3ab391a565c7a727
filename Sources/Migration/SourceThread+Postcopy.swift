import GuestMemory
import Host
import SavedState
import Snapshots

/// Memory behind the machine.
extension SourceThread {
  /// A broken migration goes on: sends what the destination says that it lacks.
  func goOn(_ broken: BrokenDeparture, _ link: Link) throws(MigrationError) {
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
    try push(link)
  }

  /// How many pages go at once, if nobody waits for them.
  private static let pieceLimit = 32

  /// Sends everything that is left: what the guest waits for first.
  func push(_ link: Link) throws(MigrationError) {
    channels?.drop()
    let sender = self.sender as? PageSender ?? makeSender(link)
    self.sender = sender
    let first = sender.named
    shared.update { $0.isUnresolved = false }
    enter(.postcopyActive)
    try link.enter("pushing")
    link.hurry()
    let pace = Pace(start: HostClock.monotonic, bytes: link.sent)
    while let left = queue?.count, left > 0 {
      shared.update { $0.remaining = UInt64(left * PageTable.pageSize) }
      // What is waited for is worth more than the limit.
      while link.hasInput { try serve(try next(), sender) }
      let bandwidth = shared.parameters.postcopyBandwidth
      if pace.lead(link.sent, at: HostClock.monotonic, bandwidth: bandwidth) > 0 {
        try pause(1_000_000, link)
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
