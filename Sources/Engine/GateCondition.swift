import Glibc

/// Something that threads wait for with a `ProcessorGate`'s lock, which they have not while they wait.
///
/// It counts how often it was signalled, so that a signal between a look at what one waits for and the waiting is not lost,
/// whoever gives it.
public final class GateCondition: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var count: UInt64 = 0

  public init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    condition.deallocate()
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// How often it was signalled.
  public var signals: UInt64 {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return count
  }

  /// From any thread: who waits looks again.
  public func signal() {
    pthread_mutex_lock(mutex)
    count &+= 1
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Returns when it was signalled since there were `seen` signals, or after `nanoseconds`, at most a second of them.
  func wait(since seen: UInt64, nanoseconds: Int64?) {
    var end = timespec()
    if let nanoseconds {
      clock_gettime(CLOCK_MONOTONIC, &end)
      let total = Int64(end.tv_nsec) &+ min(max(nanoseconds, 0), 1_000_000_000)
      end.tv_sec += Int(total / 1_000_000_000)
      end.tv_nsec = Int(total % 1_000_000_000)
    }
    pthread_mutex_lock(mutex)
    while count == seen {
      let result =
        nanoseconds == nil ? pthread_cond_wait(condition, mutex) : pthread_cond_timedwait(condition, mutex, &end)
      if result != 0 { break }
    }
    pthread_mutex_unlock(mutex)
  }
}
