import Foundation
import Synchronization

/// A thread that does what a disk is asked for, in the order in which it is asked. It begins with the first request.
public final class DiskQueue: Sendable, HostSide {
  /// One thing that it does.
  public final class Request: @unchecked Sendable {
    fileprivate let body: () -> BlockResult
    fileprivate let ended: (@Sendable () -> Void)?
    private let isOver = Atomic<Bool>(false)
    private var outcome = BlockResult.failed

    fileprivate init(_ body: @escaping () -> BlockResult, _ ended: (@Sendable () -> Void)?) {
      self.body = body
      self.ended = ended
    }

    /// How it ended; nil while it is under way.
    public var result: BlockResult? { isOver.load(ordering: .acquiring) ? outcome : nil }

    fileprivate func carryOut() {
      outcome = body()
      isOver.store(true, ordering: .releasing)
    }
  }

  /// What its thread has of it.
  private final class Work: @unchecked Sendable {
    let condition = NSCondition()
    var waiting: [Request] = []
    var isBusy = false
    var isOver = false

    func run() {
      condition.lock()
      while true {
        while waiting.isEmpty, !isOver { condition.wait() }
        guard !waiting.isEmpty else { break }
        let requests = waiting
        waiting = []
        isBusy = true
        condition.unlock()
        for request in requests {
          request.carryOut()
          condition.lock()
          condition.broadcast()
          condition.unlock()
          request.ended?()
        }
        condition.lock()
        isBusy = false
        condition.broadcast()
      }
      condition.unlock()
    }
  }

  private let work = Work()
  private let hasThread = Atomic<Bool>(false)

  /// A queue without a thread yet.
  public init() {}

  deinit {
    work.condition.lock()
    work.isOver = true
    work.condition.broadcast()
    work.condition.unlock()
  }

  /// Does `body` after all that was asked for before; what it uses is its own until then. `ended` is called by the queue's
  /// thread after that.
  public func add(ended: (@Sendable () -> Void)? = nil, _ body: @escaping () -> BlockResult) -> Request {
    let request = Request(body, ended)
    if !hasThread.exchange(true, ordering: .acquiringAndReleasing) {
      let work = work
      let thread = Thread { work.run() }
      thread.name = "disk"
      thread.start()
    }
    work.condition.lock()
    work.waiting.append(request)
    work.condition.signal()
    work.condition.unlock()
    return request
  }

  /// Returns when `request` is done.
  public func wait(for request: Request) {
    guard request.result == nil else { return }
    work.condition.lock()
    while request.result == nil { work.condition.wait() }
    work.condition.unlock()
  }

  /// Returns when all that was asked for is done.
  public func drain() {
    guard hasThread.load(ordering: .acquiring) else { return }
    work.condition.lock()
    while work.isBusy || !work.waiting.isEmpty { work.condition.wait() }
    work.condition.unlock()
  }
}
