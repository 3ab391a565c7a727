import Glibc

/// Something that threads wait for with a `ProcessorGate`'s lock, which they have not while they wait.
public final class GateCondition: @unchecked Sendable {
  let condition: UnsafeMutablePointer<pthread_cond_t>

  public init() {
    condition = .allocate(capacity: 1)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    condition.deallocate()
  }

  /// Who waits looks again.
  public func signal() { pthread_cond_broadcast(condition) }
}
