/// Workers that have something to do, in turn, and how much of the machine's time they may take.
///
/// While the guest is busy, work gets a twentieth of the time: what it may take is saved up between polls, and what one
/// long step took too much is paid back by doing nothing. A flood of commands then costs the guest 5 %, and a single
/// command is answered at the next poll.
struct Workload {
  /// One part in this many of a busy guest's time is for work.
  static let share: Int64 = 20
  /// The most nanoseconds that are saved up.
  static let credit: Int64 = 50_000
  /// The most nanoseconds that are owed: after a step that took long somebody still wants an answer some day.
  static let debt: Int64 = 20_000_000
  /// The longest that work goes on while the guest idles before its timers are looked at, in nanoseconds.
  static let round: Int64 = 1_000_000

  private var queue: [any Worker] = []
  private var head = 0
  private var balance = Workload.credit
  private var lastSeen: Int64?

  /// Whether somebody waits for a step.
  var isEmpty: Bool { head == queue.count }

  mutating func add(_ worker: any Worker) {
    guard !worker.isScheduled else { return }
    worker.isScheduled = true
    queue.append(worker)
  }

  /// Counts the time since the last poll, and says until when work may go on; nil: not at all. `timeout` is for how
  /// long the guest has nothing to do: 0 when it is busy, nil when nothing is known.
  mutating func limit(_ now: Int64, timeout: Int64?) -> Int64? {
    defer { lastSeen = now }
    if timeout != 0 {
      balance = Self.credit
      return now &+ min(timeout ?? Self.round, Self.round)
    }
    balance = min(Self.credit, balance &+ max(0, now &- (lastSeen ?? now)) / Self.share)
    return balance > 0 ? now &+ balance : nil
  }

  /// Work took from `start` to `end` of a busy guest's time.
  mutating func charge(_ start: Int64, _ end: Int64) {
    balance = max(-Self.debt, balance &- (end &- start))
    lastSeen = end
  }

  /// Takes the worker whose turn it is.
  mutating func next() -> (any Worker)? {
    guard head < queue.count else { return nil }
    let worker = queue[head]
    head += 1
    if head == queue.count || head > 1024 {
      queue.removeFirst(head)
      head = 0
    }
    worker.isScheduled = false
    return worker
  }
}
