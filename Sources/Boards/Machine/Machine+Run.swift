import DeviceModel
public import Engine

/// The run loop: CPUs in turn, timers, the host.
extension Machine {
  /// Instructions that a CPU gets in one turn: where others wait for theirs, fewer.
  private var slice: Int { cpus.count > 1 ? 20_000 : 100_000 }
  /// How long the guest is watched to know its pace, in nanoseconds.
  private static let paceInterval: Int64 = 50_000
  /// How often the host is looked at while the guest is busy, in nanoseconds.
  static let hostInterval: Int64 = 1_000_000

  /// Runs until the machine ends.
  public func run() -> MachineEnd {
    if let gate = cpuSet.gate {
      gate.acquire()
      let threads = ProcessorThreads(cpus, gate)
      clock.bell.whenRung { [waker = host.waker] in
        waker?()
        threads.lookAgain()
      }
      defer {
        clock.bell.whenRung(host.waker)
        threads.end()
        gate.release()
      }
      return run(on: threads)
    }
    var lastPoll = host.monotonic
    // When the guest's pace was last looked at, and how many instructions there had been; nil where it did not run since.
    var watched: (time: Int64, executed: UInt64)?
    while true {
      if let end = handleRequest() {
        tell(.ended(end))
        return end
      }
      guard isRunning, !host.isCongested, time.mode != .commanded else {
        // Without a reader the guest waits, and so does its time.
        time.stop()
        watched = nil
        host.poll(timeout: isRunning && time.mode != .commanded ? 10_000_000 : nil)
        continue
      }
      if hasMoved { tellOfMove() }
      time.start()
      clock.runDue()
      if watched == nil { watched = (host.monotonic, cpuSet.executed) }
      let idle = runRound()
      if request != nil { continue }
      if idle {
        rest()
        lastPoll = host.monotonic
        watched = nil
        continue
      }
      let now = host.monotonic
      if let before = watched, now - before.time >= Self.paceInterval {
        let executed = cpuSet.executed &- before.executed
        pace = max(1, Int(clamping: executed &* 1000) / Int(now - before.time))
        watched = (now, cpuSet.executed)
      }
      if now - lastPoll >= Self.hostInterval {
        host.poll(timeout: 0)
        lastPoll = now
      }
    }
  }

  /// Runs at most `count` instructions on the first CPU, without asking the host for anything; for tests and
  /// debuggers. Timers run as they come due.
  public func run(instructions count: Int) -> ProcessorExit {
    cpuSet.gate?.acquire()
    defer { cpuSet.gate?.release() }
    time.start()
    defer { time.stop() }
    defer { cpuSet.turn = TurnState() }
    let end = cpus[0].executed &+ UInt64(max(0, count))
    while true {
      clock.runDue()
      let left = Int(clamping: Int64(bitPattern: end &- cpus[0].executed))
      guard left > 0 else { return .budget }
      cpuSet.turn = TurnState()
      cpuSet.turn.left = Int64(clamping: min(left, budget()))
      let exit = cpuSet.run(cpuSet.turn.left).exit
      switch exit {
      case .halted, .shutdown, .debug: return exit
      case .budget, .kicked: if request != nil || [.internalError, .ioError].contains(runState) { return exit }
      }
    }
  }

  /// The rest of this round of turns, one for every CPU; true when none of them had anything to do in it.
  ///
  /// Where it is cut off, by a stop or a step, decides nothing of what the guest sees: turns end, and timers fire, after
  /// the same instructions.
  func runRound() -> Bool {
    while true {
      let index = cpuSet.current
      if cpuSet.turn.left == 0 { cpuSet.turn.left = Int64(clamping: budget()) }
      var share = cpuSet.turn.left
      if let steps, steps.cpu == index { share = min(share, Int64(clamping: steps.left)) }
      let (done, exit) = cpuSet.run(share)
      let hasEnded = note(exit, of: index)
      if request == nil, let next = clock.nextDeadline, next <= time.now {
        clock.runDue()
        cpuSet.turn.isBusy = true
      }
      let wasBusy = hasEnded || cpuSet.turn.left == 0 ? cpuSet.endTurn() : nil
      if request != nil { return false }
      countSteps(of: index, done)
      if let wasBusy { return !wasBusy && isRunning }
      if !isRunning { return false }
    }
  }

  /// CPU number `index` has stopped executing: what that means for the machine.
  ///
  /// - Returns: whether it has nothing to do for now.
  @discardableResult
  func note(_ exit: ProcessorExit, of index: Int) -> Bool {
    let cpu = cpus[index]
    switch exit {
    case .shutdown(let wantsReset):
      let reason = "CPU \(index): \(cpu.shutdownReason)"
      if wantsReset { requestReset(reason) } else { requestCrash(reason) }
      return true
    case .debug:
      pause(.debug)
      tell(.debug(cpu: index, (cpu as? any ProcessorDebug)?.debugStop))
      return false
    case .halted: return true
    case .budget, .kicked: return false
    }
  }

  /// The CPU of that number has executed `done` instructions: stops when those were the steps that were asked for.
  private func countSteps(of cpu: Int, _ done: UInt64) {
    guard let present = steps, present.cpu == cpu, done != 0 else { return }
    guard present.left > done else {
      if let stepsOn, stepsOn() {
        steps = (cpu, 1)
        return
      }
      pause(.debug)
      return tell(.debug(cpu: cpu, nil))
    }
    steps = (cpu, present.left - done)
  }

  /// How many instructions the next turn has.
  private func budget() -> Int {
    guard let deadline = clock.nextDeadline else { return slice }
    return min(slice, instructions(until: deadline))
  }

  private func instructions(until deadline: Int64) -> Int {
    switch time.mode {
    case .instructions(let rate, _): return time.instructions(until: deadline, rate: rate)
    case .host:
      let (product, overflow) = max(0, deadline &- time.now).multipliedReportingOverflow(by: Int64(pace))
      return overflow ? .max : max(200, Int(product / 1000))
    case .commanded: return 0
    }
  }

  /// A device has set a timer that is due before all others: the present slice ends there.
  func deadlineMoved(to deadline: Int64) {
    if let threads = cpuSet.threads { return threads.lookAgain() }
    guard cpuSet.current < cpuSet.all.count else { return }
    let cpu = cpus[cpuSet.current]
    let limit = instructions(until: deadline)
    cpuSet.limitTurn(to: cpu.executed &+ UInt64(limit))
    if cpuSet.isExecuting { cpu.limitSlice(to: limit) }
  }

  /// Nothing to execute: waits for the next timer or for the host.
  func rest() {
    let next = clock.nextDeadline
    switch time.mode {
    case .host:
      host.poll(timeout: next.map { max(0, $0 - time.now) })
    case .instructions(_, let paced):
      guard let next else { return host.poll(timeout: nil) }
      if paced {
        // Real time passes as the guest's would; input ends the wait, and what is left is skipped.
        host.poll(timeout: max(0, next - time.now))
      } else {
        host.poll(timeout: 0)
      }
      // The host may have stopped the machine, loaded another state or set a timer.
      if request == nil, isRunning, let next = clock.nextDeadline { time.skip(to: next) }
    case .commanded: break
    }
  }

  func handleRequest() -> MachineEnd? {
    guard let present = request else { return nil }
    if case .end(let end) = present {
      request = nil
      return end
    }
    guard !resetWaits else { return nil }
    request = nil
    var isDone = true
    switch present {
    case .end: break
    case .crash(let reason):
      if noReboot { return .crash(reason) }
      isDone = reset(reason, byGuest: true)
    case .reset(let reason, let byGuest):
      // What stands here is another's, or not whole yet.
      if runState == .inMigrate || runState == .postMigrate { return nil }
      if noReboot { return .reset(reason) }
      isDone = reset(reason, byGuest: byGuest)
    }
    if !isDone { request = present }
    return nil
  }
}
