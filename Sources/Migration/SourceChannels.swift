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

  private let blocks: [any PageStore]
  private let shared: Shared
  private let wake: Connection.Wake
  private let bell: Bell
  private var channels: [Channel] = []
  private let group = DispatchGroup()
  private let outcome = Mutex(Outcome())
  private let total = Atomic<UInt64>(0)
  /// Waits for `bell`, as long as nothing comes from the other side that needs attention.
  private let attend: (Bell) throws(MigrationError) -> Void

  /// None yet. `attend` is called while others work, and comes back when the bell has rung, or now and then.
  init(
    _ blocks: [any PageStore], shared: Shared, attend: @escaping (Bell) throws(MigrationError) -> Void
  ) throws(MigrationError) {
    self.blocks = blocks
    self.shared = shared
    self.attend = attend
    do throws(HostError) {
      wake = try Connection.Wake()
      bell = try Bell()
    } catch {
      throw MigrationError("\(error)")
    }
  }

  /// Opens `count` channels to `address` of the migration `id`. `makeSender` makes what fills frames, of which it gives
  /// each to the closure.
  func open(
    _ count: Int, to address: SocketAddress, id: MigrationID, security: MigrationSecurity, fault: FaultPlan?,
    silence: Int64, makeSender: (@escaping PageSender.Emit) -> PageSender
  ) throws(MigrationError) {
    do throws(HostError) {
      for number in 0..<count {
        let connection = try Connection.open(address, wake: wake, deadline: HostClock.monotonic + 30 * Link.second)
        let link = Link(connection, number == 0 ? fault?.inChannel : nil, silence: silence)
        let sender = makeSender { [unowned self] head, data throws(MigrationError) in
          try tally(link) { () throws(MigrationError) in try link.send(head, data) }
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
          _ = try channel.link.receive([.done, .failed], patience: 30 * Link.second)
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

  /// Asked for between rounds.
  private(set) var counts = PageCounts()

  func send(
    _ runs: [[Range<Int>]], round: UInt32, isLast: Bool, until isOver: @escaping @Sendable () -> Bool
  ) throws(MigrationError) -> (count: UInt64, left: [[Range<Int>]]) {
    pace.withLock { $0 = isLast ? nil : Pace(start: HostClock.monotonic, bytes: sent) }
    outcome.withLock { $0 = Outcome(working: channels.count, left: runs.map { _ in [] }) }
    for channel in channels {
      group.enter()
      Thread.detachNewThread { [self] in
        carry(channel, channel.stripe.part(of: runs, blocks), round, isLast, isOver)
        group.leave()
      }
    }
    while true {
      bell.silence()
      let now = outcome.withLock { $0 }
      if let failure = now.failure { throw failure }
      if now.working == 0 {
        counts = channels.reduce(into: PageCounts()) { $0 += $1.sender.counts }
        return (now.count, now.left.map { $0.sorted { $0.lowerBound < $1.lowerBound } })
      }
      try attend(bell)
    }
  }

  private func carry(
    _ channel: Channel, _ runs: [[Range<Int>]], _ round: UInt32, _ isLast: Bool, _ isOver: () -> Bool
  ) {
    defer { bell.ring() }
    do throws(MigrationError) {
      let (count, left) = try channel.sender.send(runs, round: round, isLast: isLast, until: isOver)
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

  /// Ends all threads, and waits for that.
  func close() {
    wake.ring()
    group.wait()
  }
}
