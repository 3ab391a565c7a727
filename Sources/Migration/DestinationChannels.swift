import Dispatch
import Foundation
import Host
import Synchronization

/// The channels through which pages of rounds come, each with a thread. Whoever connects while a migration waits for them
/// has to name it; who does not is turned away, and the migration goes on.
final class DestinationChannels: @unchecked Sendable {
  private struct State {
    /// Connections that have not said yet which channel they are.
    var strangers = 0
    var joined: Set<Int> = []
    var marks: [Mark]
    var failure: MigrationError?
    /// The round that all have come to.
    var acknowledged: UInt32 = 0
  }

  /// How far a channel has got.
  private struct Mark {
    var round: UInt32 = 0
    var isOver = false
    var pages: UInt64 = 0
    var bytes: UInt64 = 0
    var counts = PageCounts()
  }

  /// How many there are.
  let count: Int
  /// Rung when one of them has got on.
  let bell: Bell
  private let id: MigrationID
  private let blocks: [any PageStore]
  private let memories: [EarlyMemory]
  private let address: MigrationAddress
  private let security: MigrationSecurity
  private let wake: Connection.Wake
  private let silence: Int64
  private let fault: FaultPlan?
  private let group = DispatchGroup()
  private let state: Mutex<State>
  /// Told when the last one has joined, by any thread.
  private let onComplete: @Sendable () -> Void

  /// How many may be there that have not said who they are, beyond those that are due.
  private static let strangers = 32

  /// `count` channels of the migration `id` into `blocks`. `wake` ends them.
  init(
    _ count: Int, id: MigrationID, into blocks: [any PageStore], at address: MigrationAddress,
    security: MigrationSecurity, wake: Connection.Wake, silence: Int64, fault: FaultPlan?,
    onComplete: @escaping @Sendable () -> Void
  ) throws(MigrationError) {
    self.count = count
    self.id = id
    self.blocks = blocks
    self.address = address
    self.security = security
    self.wake = wake
    self.silence = silence
    self.fault = fault
    self.onComplete = onComplete
    memories = (0..<count).map { _ in EarlyMemory(blocks) }
    state = Mutex(State(marks: Array(repeating: Mark(), count: count)))
    do throws(HostError) { bell = try Bell() } catch { throw MigrationError("\(error)") }
  }

  /// Takes a connection over.
  func take(_ descriptor: Int32) {
    let connection = Connection(taking: descriptor, wake: wake)
    let mayTry = state.withLock { state in
      guard state.strangers + state.joined.count < count + Self.strangers else { return false }
      state.strangers += 1
      return true
    }
    guard mayTry else { return }
    group.enter()
    Thread.detachNewThread { [self] in
      serve(connection)
      group.leave()
    }
  }

  private func serve(_ connection: Connection) {
    // Others may be at work for as long as they like: the migration's own connection says that it goes on.
    let link = Link(connection, nil, silence: silence, patience: .max / 2)
    let number: Int
    do throws(MigrationError) {
      try security.secure(connection, at: address, as: .server)
      number = try join(link)
    } catch {
      try? link.send(.failed(error))
      return state.withLock { $0.strangers -= 1 }
    }
    if state.withLock({ $0.joined.count == count }) { onComplete() }
    do throws(MigrationError) {
      try link.send(.done(round: 0))
      if number == 0 { link.fault = fault?.inChannel }
      try fill(link, number)
    } catch {
      state.withLock { $0.failure = $0.failure ?? MigrationError("channel \(number): \(error)") }
    }
    bell.ring()
  }

  private func join(_ link: Link) throws(MigrationError) -> Int {
    guard case .hello(let version, let oldest, let producer) = try link.receive([.hello], patience: 30 * Link.second)
    else { throw MigrationError("HELLO is due") }
    try MigrationFormat.check(version, oldest, producer)
    guard case .join(id, let number) = try link.receive([.join], patience: 30 * Link.second), number < count,
      state.withLock({ state in
        guard state.joined.insert(number).inserted else { return false }
        state.strangers -= 1
        return true
      })
    else { throw MigrationError("JOIN of another migration, or of a channel that is none") }
    return number
  }

  private func fill(_ link: Link, _ number: Int) throws(MigrationError) {
    var receiver = PageReceiver(blocks, to: memories[number], stripe: Stripe(number: number, count: count))
    var mark = Mark()
    while !mark.isOver {
      switch try link.receive([.pages, .packed, .round, .failed]) {
      case .pages(let payload, let isPacked): try receiver.take(payload, isPacked: isPacked)
      case .round(let round, let isLast, let pages):
        let due = state.withLock { $0.acknowledged } + 1
        guard round == due, round > mark.round, round <= DestinationProtocol.roundLimit else {
          throw MigrationError("round \(round) came where \(due) was due")
        }
        try receiver.endRound(pages)
        (mark.round, mark.isOver) = (round, isLast)
        mark.pages = pages
      case .failed(let error): throw error
      default: throw MigrationError("that came out of turn")
      }
      mark.bytes = link.received
      mark.counts = receiver.counts
      let isAtEnd = state.withLock { state in
        defer { state.marks[number] = mark }
        return state.marks[number].round != mark.round
      }
      if isAtEnd { bell.ring() }
    }
  }

  // MARK: The migration's own thread

  /// What is wrong with one of them.
  var failure: MigrationError? { state.withLock { $0.failure } }

  /// Whether all have come to the end of `round`, which has `pages`.
  func haveEnded(_ round: UInt32, isLast: Bool, pages: UInt64) throws(MigrationError) -> Bool {
    let (marks, failure) = state.withLock { ($0.marks, $0.failure) }
    if let failure { throw failure }
    guard marks.allSatisfy({ $0.round <= round && ($0.round == round ? $0.isOver == isLast : !$0.isOver) }) else {
      throw MigrationError("a channel has got further than round \(round)")
    }
    guard marks.allSatisfy({ $0.round == round }) else { return false }
    let sum = marks.reduce(0) { $0 &+ $1.pages }
    guard sum == pages else { throw MigrationError("a round had \(pages) pages, and \(sum) came") }
    state.withLock { $0.acknowledged = round }
    return true
  }

  /// The sum of each block's pages, after a round.
  var sums: [UInt64] {
    memories.reduce(blocks.map { _ in 0 }) { sums, memory in zip(sums, memory.sums).map { $0 &+ $1 } }
  }

  /// What has come.
  var counts: PageCounts { state.withLock { $0.marks.reduce(into: PageCounts()) { $0 += $1.counts } } }
  /// Bytes of it.
  var received: UInt64 { state.withLock { $0.marks.reduce(0) { $0 + $1.bytes } } }

  /// Ends all threads, and waits for that: nothing is put into memory any more.
  func close() {
    wake.ring()
    group.wait()
  }
}
