public import DeviceModel
import Glibc
import Synchronization

/// The one lock of a machine whose CPUs execute on threads of their own.
///
/// Everything but translated code is done with it: instructions in the interpreter's way, page walks, decoding and translating,
/// devices, timers, the host's business. A CPU has it from `acquire` to `release`, but for the time between `leave` and
/// `enter`, when it is in host code. That reads and writes guest memory, and otherwise what belongs to its CPU alone: the
/// core, its TLB, its jump cache, its code. Who has the lock and changes any of that of another CPU, or has to be the only one
/// that touches memory, calls `stopOthers` first.
public final class ProcessorGate: HostSide, @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Of each CPU whether it is in host code, each in a line of the cache of its own.
  private let inside: UnsafeMutablePointer<Atomic<Bool>>
  private static var stride: Int { 64 }
  /// Each CPU's reasons to leave host code: see `Pending`.
  private let pending: UnsafeMutablePointer<UnsafeMutablePointer<UInt32>?>
  private let count: Int
  private let waiting = Atomic<Int>(0)
  /// Whether somebody has the lock: what those look at who hope for it.
  private let isHeld = Atomic<Bool>(false)
  private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)

  /// What the lock guards here: at a fixed place, as all that every step into and out of host code touches.
  private struct State {
    /// The CPU that has the lock, or -1.
    var holder = -1
    /// All others are out of host code, until the lock is given away.
    var isStopped = false
  }

  /// The CPU that has the lock; nil where none has, or the machine's own thread. Who waits for a condition sets it anew.
  public var holder: Int? {
    get { state.pointee.holder < 0 ? nil : state.pointee.holder }
    set { state.pointee.holder = newValue ?? -1 }
  }

  /// Told, with the lock, of a CPU that may have something to do again: its line has changed, or it was started.
  public var onWake: ((Int) -> Void)?

  /// For CPUs 0 to `count` - 1.
  public init(count: Int) {
    pthread_mutex_init(mutex, nil)
    inside = .allocate(capacity: count * Self.stride)
    for index in 0..<count { (inside + index * Self.stride).initialize(to: Atomic(false)) }
    pending = .allocate(capacity: count)
    pending.initialize(repeating: nil, count: count)
    state.initialize(to: State())
    self.count = count
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    inside.deallocate()
    pending.deallocate()
    state.deallocate()
  }

  /// CPU number `index` looks at `word`, at loops' ends and blocks' tops, while it is in host code.
  public func join(_ index: Int, pending word: UnsafeMutablePointer<UInt32>) { pending[index] = word }

  // MARK: The lock

  /// Waits for the lock.
  public func acquire() {
    defer { isHeld.store(true, ordering: .relaxed) }
    if pthread_mutex_trylock(mutex) == 0 { return }
    waiting.add(1, ordering: .relaxed)
    defer { waiting.subtract(1, ordering: .relaxed) }
    // Most have it for less than going to sleep takes.
    for _ in 0..<8000 where !isHeld.load(ordering: .relaxed) {
      if pthread_mutex_trylock(mutex) == 0 { return }
    }
    pthread_mutex_lock(mutex)
  }

  /// Gives it away.
  public func release() {
    state.pointee.isStopped = false
    isHeld.store(false, ordering: .relaxed)
    pthread_mutex_unlock(mutex)
  }

  /// Whether somebody waits for it.
  @inline(__always)
  public var isWanted: Bool { waiting.load(ordering: .relaxed) != 0 }

  /// Lets others have it, and has it again: for CPU number `index` between two blocks.
  public func giveWay(_ index: Int) {
    release()
    sched_yield()
    acquire()
    state.pointee.holder = index
  }

  /// Waits for `condition`, without the lock, for at most `nanoseconds`.
  ///
  /// - Returns: whether it was signalled.
  @discardableResult
  public func wait(for condition: GateCondition, nanoseconds: Int64? = nil) -> Bool {
    state.pointee = State()
    isHeld.store(false, ordering: .relaxed)
    defer { isHeld.store(true, ordering: .relaxed) }
    guard let nanoseconds else { return pthread_cond_wait(condition.condition, mutex) == 0 }
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &end)
    let total = Int64(end.tv_nsec) &+ min(max(nanoseconds, 0), 1_000_000_000)
    end.tv_sec += Int(total / 1_000_000_000)
    end.tv_nsec = Int(total % 1_000_000_000)
    return pthread_cond_timedwait(condition.condition, mutex, &end) == 0
  }

  // MARK: Host code

  /// CPU number `index` goes into host code, and gives the lock away.
  public func leave(_ index: Int) {
    (inside + index * Self.stride).pointee.store(true, ordering: .relaxed)
    release()
  }

  /// CPU number `index` is out of host code, and waits for the lock.
  ///
  /// - Returns: whether it was stopped meanwhile: what it was about to execute may be another's by now.
  public func enter(_ index: Int) -> Bool {
    (inside + index * Self.stride).pointee.store(false, ordering: .releasing)
    acquire()
    state.pointee.holder = index
    guard let word = pending[index], word.pointee & Pending.pause != 0 else { return false }
    word.pointee &= ~Pending.pause
    return true
  }

  /// Whether CPU number `index` is in host code.
  public func isInside(_ index: Int) -> Bool { (inside + index * Self.stride).pointee.load(ordering: .relaxed) }

  /// Whether CPU number `index` has something to do though it waits for an interrupt.
  public func hasPending(_ index: Int) -> Bool {
    pending[index].map { $0.pointee & (Pending.interrupt | Pending.kick | Pending.debug) != 0 } ?? false
  }

  /// Returns when no CPU is in host code; none goes there until the lock, which the caller has, is given away.
  public func stopOthers() {
    guard !state.pointee.isStopped else { return }
    state.pointee.isStopped = true
    for index in 0..<count where isInside(index) {
      if let word = pending[index] { word.pointee |= Pending.pause }
    }
    for index in 0..<count {
      var turns = 0
      while (inside + index * Self.stride).pointee.load(ordering: .acquiring) {
        turns += 1
        // The host may have taken its processor away.
        if turns > 1000 { sched_yield() }
      }
    }
  }

  // MARK: Words that host code changes meanwhile

  /// Makes the 4 aligned bytes at `place` `new` if they are `old`, in one step.
  public static func exchange(_ place: UnsafeMutableRawPointer, _ old: UInt32, _ new: UInt32) -> Bool {
    place.assumingMemoryBound(to: Atomic<UInt32>.self).pointee
      .compareExchange(expected: old, desired: new, ordering: .sequentiallyConsistent).exchanged
  }

  /// The same for 8.
  public static func exchange(_ place: UnsafeMutableRawPointer, _ old: UInt64, _ new: UInt64) -> Bool {
    place.assumingMemoryBound(to: Atomic<UInt64>.self).pointee
      .compareExchange(expected: old, desired: new, ordering: .sequentiallyConsistent).exchanged
  }
}
