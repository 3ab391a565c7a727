import Engine
import Glibc

/// A thread of the host's for each CPU, while the machine runs.
///
/// All that is here is guarded by the gate's lock. The machine's thread has it whenever it does anything, and CPUs execute
/// only while it waits in `run`: before `run`, and after it, every thread stands between two blocks, outside `Processor.run`, so
/// that the machine is as if there were none.
final class ProcessorThreads: @unchecked Sendable {
  /// Instructions after which a CPU lets others have the lock, if it has not done so anyway.
  private static let slice = 100_000
  /// How long one that waits for an interrupt sleeps before it looks at memory that it may wait for, in nanoseconds.
  private static let look: Int64 = 2_000_000

  private let gate: ProcessorGate
  private let cpus: [any Processor]
  /// CPUs may execute.
  private var mayRun = false
  private var isOver = false
  /// Those that execute.
  private var isRunning: [Bool]
  private var running = 0
  /// Those that wait for an interrupt.
  private var isIdle: [Bool]
  /// Those that have stopped for a reason that the machine's thread has to see.
  private var ended: [(cpu: Int, exit: ProcessorExit)] = []
  /// What CPUs wait for.
  private let resumed = GateCondition()
  /// What the machine's thread waits for.
  private let changed = GateCondition()
  private var threads: [pthread_t] = []

  /// Starts them; they wait. The caller has the lock.
  init(_ cpus: [any Processor], _ gate: ProcessorGate) {
    self.gate = gate
    self.cpus = cpus
    isRunning = Array(repeating: false, count: cpus.count)
    isIdle = Array(repeating: false, count: cpus.count)
    gate.onWake = { [unowned self] index in wake(index) }
    for index in cpus.indices { start(index) }
  }

  /// What a thread begins with.
  private final class Start {
    let threads: ProcessorThreads
    let index: Int

    init(_ threads: ProcessorThreads, _ index: Int) {
      self.threads = threads
      self.index = index
    }
  }

  private func start(_ index: Int) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Start(self, index)).toOpaque()
    let failure = pthread_create(
      &thread, nil,
      { raw in
        guard let raw else { return nil }
        let start = Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
        start.threads.execute(start.index)
        return nil
      }, context)
    precondition(failure == 0, "the host has no thread for CPU \(index): \(failure)")
    threads.append(thread)
  }

  /// Ends them. The caller has the lock.
  func end() {
    isOver = true
    resumed.signal()
    gate.release()
    for thread in threads { pthread_join(thread, nil) }
    gate.acquire()
    gate.onWake = nil
  }

  // MARK: A CPU's thread

  private func execute(_ index: Int) {
    let cpu = cpus[index]
    gate.acquire()
    while !isOver {
      guard mayRun, !isIdle[index] else {
        gate.wait(for: resumed, nanoseconds: mayRun ? Self.look : nil)
        if mayRun, isIdle[index], cpu.hasWork { isIdle[index] = false }
        continue
      }
      gate.holder = index
      isRunning[index] = true
      running += 1
      let exit = cpu.run(Self.slice)
      running -= 1
      isRunning[index] = false
      switch exit {
      case .budget, .kicked: break
      case .halted: isIdle[index] = true
      case .shutdown, .debug:
        isIdle[index] = true
        mayRun = false
        ended.append((index, exit))
      }
      if running == 0 || !mayRun { changed.signal() }
      if !isIdle[index] { gate.giveWay(index) }
    }
    gate.release()
  }

  private func wake(_ index: Int) {
    guard isIdle[index] else { return }
    isIdle[index] = false
    resumed.signal()
  }

  // MARK: The machine's thread

  /// Whether no CPU has anything to do.
  var areAllIdle: Bool { !cpus.contains { $0.hasWork } }

  /// Has CPUs execute for at most `limit` nanoseconds, until all of them wait for an interrupt, `stop` is called, or one has
  /// stopped; all stand still when it returns. `next` does what is due meanwhile, and says how long it is until there is
  /// more.
  ///
  /// - Returns: those that have stopped, and why.
  func run(for limit: Int64, _ next: () -> Int64) -> [(cpu: Int, exit: ProcessorExit)] {
    mayRun = true
    for (index, cpu) in cpus.enumerated() { isIdle[index] = !cpu.hasWork }
    resumed.signal()
    let end = Self.now + limit
    while mayRun {
      let seen = changed.signals
      let left = min(end - Self.now, next())
      guard mayRun, end > Self.now else { break }
      if !isIdle.contains(false) {
        // One may wait for memory that another has written.
        for (index, cpu) in cpus.enumerated() where cpu.hasWork { wake(index) }
        guard isIdle.contains(false) else { break }
      }
      gate.wait(for: changed, since: seen, nanoseconds: max(left, 1000))
    }
    park()
    defer { ended = [] }
    return ended
  }

  /// From any thread that has the lock: `run` returns soon.
  func stop() {
    mayRun = false
    for (index, cpu) in cpus.enumerated() where isRunning[index] { cpu.kick() }
    changed.signal()
  }

  /// A timer is due earlier than `run` thought.
  func lookAgain() { changed.signal() }

  private func park() {
    mayRun = false
    while running > 0 {
      for (index, cpu) in cpus.enumerated() where isRunning[index] { cpu.kick() }
      gate.wait(for: changed)
    }
    gate.holder = nil
  }

  private static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
