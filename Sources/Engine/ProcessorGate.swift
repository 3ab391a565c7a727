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
  private let members: UnsafeMutablePointer<Member>
  private let count: Int
  private let waiting = Atomic<Int>(0)
  /// Whether somebody has the lock: what those look at who hope for it.
  private let isHeld = Atomic<Bool>(false)
  private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)

  /// A CPU.
  private struct Member {
    /// Its reasons to leave host code: see `Pending`.
    var pending: UnsafeMutablePointer<UInt32>?
    /// Ends its block behind the present instruction.
    var stop: (() -> Void)?
    /// How often others had been stopped when it went into host code.
    var stops: UInt64 = 0
    /// It waits for another, in the middle of an instruction.
    var isWaiting = false
  }

  /// What the lock guards here: at a fixed place, as all that every step into and out of host code touches.
  private struct State {
    /// The CPU that has the lock, or -1.
    var holder = -1
    /// All others are out of host code, until the lock is given away.
    var isStopped = false
    /// How often they were.
    var stops: UInt64 = 0
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
    members = .allocate(capacity: count)
    members.initialize(repeating: Member(), count: count)
    state.initialize(to: State())
    self.count = count
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    inside.deallocate()
    members.deinitialize(count: count)
    members.deallocate()
    state.deallocate()
  }

  /// CPU number `index` looks at `word`, at loops' ends and blocks' tops, while it is in host code. `stop` ends its block
  /// behind the present instruction, while it is not.
  public func join(_ index: Int, pending word: UnsafeMutablePointer<UInt32>, stop: @escaping () -> Void) {
    members[index].pending = word
    members[index].stop = stop
  }

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

  /// Waits without the lock until `condition` is signalled, if it was not since it had been so `seen` times, for at most
  /// `nanoseconds`.
  public func wait(for condition: GateCondition, since seen: UInt64? = nil, nanoseconds: Int64? = nil) {
    let seen = seen ?? condition.signals
    state.pointee.holder = -1
    release()
    condition.wait(since: seen, nanoseconds: nanoseconds)
    acquire()
    state.pointee.holder = -1
  }

  /// CPU number `index` lets others have the lock as long as `condition` holds: until CPU number `other` has done something.
  /// What it is executing is the last of its block then: memory is not its alone any more.
  ///
  /// - Returns: false, at once, where that one waits for another in this way.
  public func giveWay(_ index: Int, to other: Int, while condition: () -> Bool) -> Bool {
    guard condition() else { return true }
    guard !members[other].isWaiting else { return false }
    members[index].isWaiting = true
    while condition() { giveWay(index) }
    members[index].isWaiting = false
    members[index].stop?()
    return true
  }

  // MARK: Host code

  /// CPU number `index` goes into host code, and gives the lock away.
  public func leave(_ index: Int) {
    members[index].stops = state.pointee.stops
    (inside + index * Self.stride).pointee.store(true, ordering: .relaxed)
    release()
  }

  /// CPU number `index` is out of host code, and waits for the lock.
  ///
  /// - Returns: whether others were stopped meanwhile: what it was about to execute may be another's by now.
  public func enter(_ index: Int) -> Bool {
    (inside + index * Self.stride).pointee.store(false, ordering: .releasing)
    acquire()
    state.pointee.holder = index
    members[index].pending.unsafelyUnwrapped.pointee &= ~Pending.pause
    return members[index].stops != state.pointee.stops
  }

  /// Whether CPU number `index` is in host code.
  public func isInside(_ index: Int) -> Bool { (inside + index * Self.stride).pointee.load(ordering: .relaxed) }

  /// Returns when no CPU is in host code; none goes there until the lock, which the caller has, is given away.
  public func stopOthers() {
    guard !state.pointee.isStopped else { return }
    state.pointee.isStopped = true
    state.pointee.stops &+= 1
    for index in 0..<count where isInside(index) {
      members[index].pending.unsafelyUnwrapped.pointee |= Pending.pause
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
