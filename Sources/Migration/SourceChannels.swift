import Dispatch
import Foundation
import Host
import Snapshots
import Synchronization

/// Pages of rounds on their way over connections of their own, side by side; each has a thread while a round lasts.
final class SourceChannels: RoundSender, @unchecked Sendable {
  // Of one thread at a time: that of a round, or who waits for all of these.
  private struct Channel: @unchecked Sendable {
    let stripe: Stripe
    let link: Link
    let sender: PageSender
  }

  /// What the threads of a round have come to.
  private struct Outcome {
    var working = 0
    var count: UInt64 = 0
    var left: [[Range<Int>]] = []
    var failure: MigrationError?
  }

  /// The most pages of a round for which no threads begin: the host holds as much without anybody taking it, and a guest
  /// may stand still.
  private static let fewPages = 128

  private let blocks: [any PageStore]
  private let shared: Shared
  private let wake: Connection.Wake
  private let bell: Bell
  private var channels: [Channel] = []
  private let group = DispatchGroup()
  private let outcome = Mutex(Outcome())
  private let total = Atomic<UInt64>(0)
  /// What became of the pages of each channel.
  private let tallies = Mutex<[PageCounts]>([])
  private let main: Link
  private let attend: () throws(MigrationError) -> Void

  /// None yet. `wake` ends them. While others work, `attend` is called now and then, which looks after the migration's own
  /// connection, `main`.
  init(
    _ blocks: [any PageStore], beside main: Link, wake: Connection.Wake, shared: Shared,
    attend: @escaping () throws(MigrationError) -> Void
  ) throws(MigrationError) {
    self.blocks = blocks
    self.shared = shared
    self.main = main
    self.wake = wake
    self.attend = attend
    do throws(HostError) { bell = try Bell() } catch { throw MigrationError("\(error)") }
  }

  /// Opens `count` channels to `address` of the migration `id`. `makeSender` makes what fills frames, of which it gives
  /// each to the closure.
  func open(
    _ count: Int, to address: SocketAddress, id: MigrationID, security: MigrationSecurity, fault: FaultPlan?,
    silence: Int64, makeSender: (@escaping PageSender.Emit) -> PageSender
  ) throws(MigrationError) {
    let end = HostClock.monotonic + 30 * Link.second
    tallies.withLock { $0 = Array(repeating: PageCounts(), count: count) }
    do throws(HostError) {
      for number in 0..<count {
        let connection = try Connection.open(address, wake: wake, deadline: end)
        let link = Link(connection, number == 0 ? fault?.inChannel : nil, silence: silence)
        let sender = makeSender { [unowned self] head, data throws(MigrationError) in
          try tally(link) { () throws(MigrationError) in try link.send(head, data) }
          let counts = channels[number].sender.counts
          tallies.withLock { $0[number] = counts }
          try keepPace(link)
        }
        channels.append(Channel(stripe: Stripe(number: number, count: count), link: link, sender: sender))
        try Self.named(number) { () throws(MigrationError) in
          try security.secure(connection, at: .socket(address), as: .client)
          try tally(link) { () throws(MigrationError) in
            try link.send(MigrationFormat.hello)
            try link.send(.join(id, channel: number))
          }
        }
      }
      for channel in channels {
        try Self.named(channel.stripe.number) { () throws(MigrationError) in
          while try !channel.link.waitForInput(or: bell, atMost: 50_000_000) {
            guard HostClock.monotonic < end else { throw MigrationError("nothing came in time") }
            try attend()
          }
          switch try channel.link.receive([.done, .failed]) {
          case .done(0): break
          case .failed(let error): throw error
          default: throw MigrationError("DONE of a round came where none was sent")
          }
        }
      }
    } catch {
      throw MigrationError("\(error)")
    }
  }

  private static func named(_ number: Int, _ body: () throws(MigrationError) -> Void) throws(HostError) {
    do throws(MigrationError) { try body() } catch { throw HostError("channel \(number): \(error)") }
  }

  /// Bytes sent so far.
  var sent: UInt64 { total.load(ordering: .relaxed) }

  var sums: [UInt64] {
    channels.reduce(blocks.map { _ in 0 }) { sums, channel in zip(sums, channel.sender.sums).map { $0 &+ $1 } }
  }

  var counts: PageCounts { tallies.withLock { $0.reduce(into: PageCounts()) { $0 += $1 } } }

  func send(
    _ runs: [[Range<Int>]], round: UInt32, isLast: Bool, until isOver: @escaping @Sendable () -> Bool
  ) throws(MigrationError) -> (count: UInt64, left: [[Range<Int>]]) {
    pace.withLock { $0 = isLast ? nil : Pace(start: HostClock.monotonic, bytes: sent) }
    outcome.withLock { $0 = Outcome(working: channels.count, left: runs.map { _ in [] }) }
    let isShort = runs.joined().reduce(0) { $0 + $1.count } <= Self.fewPages
    for channel in channels {
      let part = channel.stripe.part(of: runs, blocks)
      guard !isShort else {
        carry(channel, part, round, isLast, isOver)
        continue
      }
      group.enter()
      Thread.detachNewThread { [self] in
        carry(channel, part, round, isLast, isOver)
        group.leave()
      }
    }
    while true {
      bell.silence()
      let now = outcome.withLock { $0 }
      if let failure = now.failure { throw failure }
      if now.working == 0 { return (now.count, now.left.map { $0.sorted { $0.lowerBound < $1.lowerBound } }) }
      _ = try main.waitForInput(or: bell, atMost: 50_000_000)
      try attend()
    }
  }

  private func carry(
    _ channel: Channel, _ runs: [[Range<Int>]], _ round: UInt32, _ isLast: Bool, _ isOver: () -> Bool
  ) {
    defer { bell.ring() }
    do throws(MigrationError) {
      let (count, left) = try channel.sender.send(runs, round: round, isLast: isLast, until: isOver)
      // Pages of zeros alone make no frame.
      let counts = channel.sender.counts
      tallies.withLock { $0[channel.stripe.number] = counts }
      try tally(channel.link) { () throws(MigrationError) in
        try channel.link.send(.round(number: round, isLast: isLast, pages: count))
      }
      outcome.withLock { outcome in
        outcome.working -= 1
        outcome.count += count
        for (block, runs) in left.enumerated() { outcome.left[block] += runs }
      }
    } catch {
      outcome.withLock { $0.failure = $0.failure ?? MigrationError("channel \(channel.stripe.number): \(error)") }
    }
  }

  /// Adds what `body` sends.
  private func tally(_ link: Link, _ body: () throws(MigrationError) -> Void) throws(MigrationError) {
    let before = link.sent
    defer { total.add(link.sent - before, ordering: .relaxed) }
    try body()
  }

  /// When the present round began; nil while the guest stands still, and nothing is gained by being slow.
  private let pace = Mutex<Pace?>(nil)

  private func keepPace(_ link: Link) throws(MigrationError) {
    guard let pace = pace.withLock({ $0 }) else { return }
    let lead = pace.lead(sent, at: HostClock.monotonic, bandwidth: shared.parameters.bandwidth)
    if lead > 0 { try link.pause(lead) }
  }

  /// Ends all threads, and waits for that; nothing can go over the migration's own connection either then.
  func close() {
    wake.ring()
    group.wait()
  }

  /// Drops the connections after the last round.
  func drop() { channels = [] }
}
