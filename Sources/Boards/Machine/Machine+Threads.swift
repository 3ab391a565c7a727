import Engine

/// The run loop of a machine whose CPUs execute on threads of their own.
///
/// What the host wants, and whatever concerns the machine as a whole, is done while they all stand still, as in the other run
/// loop between two rounds; only timers fire while they execute.
extension Machine {
  /// How often the host is looked at while CPUs execute, in nanoseconds: they all stop for it.
  private static let threadsInterval: Int64 = 4_000_000

  /// Runs until the machine ends; the caller has the gate's lock, and its CPUs stand still.
  func run(on threads: ProcessorThreads) -> MachineEnd {
    // CPUs that have stopped at a watchpoint while another did, too.
    var late: [Int] = []
    while true {
      if let end = handleRequest() {
        tell(.ended(end))
        return end
      }
      guard isRunning, !host.isCongested else {
        time.stop()
        host.poll(timeout: isRunning ? 10_000_000 : nil)
        continue
      }
      if let cpu = late.popLast() {
        note(.debug, of: cpu)
        continue
      }
      if hasMoved { tellOfMove() }
      time.start()
      clock.runDue()
      // Steps are counted, and others have their turns meanwhile.
      if steps != nil {
        let isIdle = runRound()
        if request == nil { if isIdle { rest() } else { host.poll(timeout: 0) } }
        continue
      }
      // Whoever has moved the machine into a turn does not know of threads.
      cpuSet.turn = TurnState()
      guard request == nil, isRunning else { continue }
      guard !threads.areAllIdle else {
        rest()
        continue
      }
      cpuSet.threads = threads
      let ended = threads.run(for: Self.threadsInterval) { [self] in
        clock.runDue()
        return clock.nextDeadline.map { max(0, $0 &- time.now) } ?? .max
      }
      cpuSet.threads = nil
      cpuSet.turn = TurnState()
      cpuSet.turn.isBusy = true
      for (cpu, exit) in ended {
        guard exit == .debug, !isRunning else {
          note(exit, of: cpu)
          continue
        }
        // A debugger is told of one stop at a time; breakpoints are still to be passed.
        if case .watchpoint? = (cpus[cpu] as? any ProcessorDebug)?.debugStop {
          late.append(cpu)
        } else {
          (cpus[cpu] as? any CodeUser)?.debugPoints.forgetPassed()
        }
      }
      if request == nil { host.poll(timeout: 0) }
    }
  }
}
