import Glibc
import Synchronization

/// Where a thread waits until another has finished with a page. Passing by costs one fence.
final class Gate: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let waiters = Atomic<Int>(0)

  init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Waits until `isOver`, which is asked again after each `wake()`.
  func wait(until isOver: () -> Bool) { _ = wait(until: isOver) { pthread_cond_wait(condition, mutex) } }

  /// The same, for at most `nanoseconds`; whether it is over then.
  func wait(atMost nanoseconds: Int64, until isOver: () -> Bool) -> Bool {
    var deadline = timespec()
    clock_gettime(CLOCK_MONOTONIC, &deadline)
    let now = Int64(deadline.tv_sec) &* 1_000_000_000 &+ Int64(deadline.tv_nsec)
    let (sum, overflow) = now.addingReportingOverflow(max(0, nanoseconds))
    let end = overflow ? Int64.max : sum
    deadline.tv_sec = Int(end / 1_000_000_000)
    deadline.tv_nsec = Int(end % 1_000_000_000)
    return wait(until: isOver) { pthread_cond_timedwait(condition, mutex, &deadline) }
  }

  private func wait(until isOver: () -> Bool, _ sleep: () -> Int32) -> Bool {
    waiters.add(1, ordering: .relaxed)
    // Either this thread sees what the other changed, or the other sees that this one waits.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    pthread_mutex_lock(mutex)
    defer {
      pthread_mutex_unlock(mutex)
      waiters.subtract(1, ordering: .relaxed)
    }
    while !isOver() { if sleep() != 0 { return isOver() } }
    return true
  }

  /// Lets those who wait look again.
  func wake() {
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    guard waiters.load(ordering: .relaxed) > 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }
}
