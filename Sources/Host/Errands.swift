import Glibc
import Synchronization

/// What a thread wants done on the machine's thread: it asks, and waits for the answer. One thread asks.
public final class Errands<Request: Sendable, Reply: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let bell: Bell
  private var request: Request?
  private var reply: Reply?
  private var notes: [Request] = []
  private var isClosed = false

  /// - Throws: `HostError` when the host has no descriptors.
  public init() throws(HostError) {
    bell = try Bell()
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  // MARK: The thread that asks

  /// Has `request` done; nil when nobody does it any more.
  public func ask(_ request: Request) -> Reply? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !isClosed else { return nil }
    self.request = request
    bell.ring()
    while reply == nil, !isClosed { pthread_cond_wait(condition, mutex) }
    defer { reply = nil }
    return reply
  }

  /// Has `request` done some time, in order.
  public func tell(_ request: Request) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !isClosed else { return }
    notes.append(request)
    bell.ring()
  }

  // MARK: The machine's thread

  /// Does from now on by `body` what is asked for, whenever `poller` polls; while it gives nil the other thread waits,
  /// until `serve` is called.
  public func watch(_ poller: Poller, _ body: @escaping (Request) -> Reply?) -> Watch {
    poller.watch(bell.descriptor, .read) { [self] _ in serve(body) }
  }

  /// Does what is asked for and was not done yet.
  public func serve(_ body: (Request) -> Reply?) {
    bell.silence()
    pthread_mutex_lock(mutex)
    let told = notes
    notes = []
    let asked = request
    pthread_mutex_unlock(mutex)
    for note in told { _ = body(note) }
    guard let asked, let answer = body(asked) else { return }
    pthread_mutex_lock(mutex)
    request = nil
    reply = answer
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Does nothing more: whoever asks gets nil.
  public func close() {
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }
}
