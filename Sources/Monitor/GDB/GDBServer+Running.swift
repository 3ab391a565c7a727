import Boards

/// Packets that let the guest run.
extension GDBServer {
  /// Whether the machine can run at all now: not when it is somewhere else, or broken.
  var canRun: Bool {
    switch machine.runState {
    case .running, .prelaunch, .paused, .debug, .ioError: true
    default: false
    }
  }

  /// `c`, `s`, `C` and `S`, with an address to go on at, and a signal that the guest does not get.
  func goOn(_ letter: UInt8, _ arguments: GDBScanner) -> [UInt8]? {
    var arguments = arguments
    let hasSignal = letter == UInt8(ascii: "C") || letter == UInt8(ascii: "S")
    if hasSignal {
      guard arguments.number() != nil, arguments.isAtEnd || arguments.take(";") else { return Self.invalid }
    }
    let cpu = session?.runner ?? session?.stop.cpu ?? 0
    if !arguments.isAtEnd {
      guard let address = arguments.number(), arguments.isAtEnd, setProgramCounter(address, of: cpu) else {
        return Self.invalid
      }
    }
    let isStep = letter == UInt8(ascii: "s") || letter == UInt8(ascii: "S")
    return run(isStep ? GDBStep(cpu: cpu) : nil)
  }

  private func setProgramCounter(_ address: UInt64, of cpu: Int) -> Bool {
    guard let register = target.registers.first(where: \.isProgramCounter) else { return false }
    let bytes = (0..<register.bits / 8).map { UInt8(truncatingIfNeeded: address >> UInt64($0 * 8)) }
    return target.set(register, to: bytes, of: cpus[cpu])
  }

  /// `vAttach`, `vCont`, `vKill` and their like.
  func answerVerbose(_ arguments: GDBScanner) -> [UInt8]? {
    var arguments = arguments
    if arguments.take("Cont?") { return Array("vCont;c;C;s;S;t;r".utf8) }
    if arguments.take("Cont;") { return goOn(arguments) }
    if arguments.take("Kill") {
      send(Self.ok)
      machine.quit()
      return nil
    }
    if arguments.take("Attach;") {
      attach()
      return Array((session?.stop ?? GDBStop()).packet(software: false, hardware: false).utf8)
    }
    return Self.unknown
  }

  /// `vCont`: an action for each thread, the first that fits it. CPUs cannot be held while others run, so that what is
  /// looked for is the one that shall step.
  private func goOn(_ arguments: GDBScanner) -> [UInt8]? {
    var arguments = arguments
    var step: GDBStep?
    var decided: Set<Int> = []
    var runs = false
    repeat {
      var action = GDBScanner(arguments.part(until: ";"))
      let letter = action.letter()
      var range: Range<UInt64>?
      switch letter {
      case UInt8(ascii: "s"), UInt8(ascii: "c"): break
      case UInt8(ascii: "S"), UInt8(ascii: "C"): guard action.number() != nil else { return Self.invalid }
      case UInt8(ascii: "r"):
        guard let (start, end) = action.pair() else { return Self.invalid }
        range = start < end ? start..<end : nil
      // All CPUs are stopped now, and those that no other action names are not asked for.
      case UInt8(ascii: "t"): continue
      default: return Self.invalid
      }
      var thread = -1
      if action.take(":") {
        guard let named = action.thread() else { return Self.invalid }
        thread = named
      }
      guard action.isAtEnd, let cpu = cpu(ofThread: thread, else: session?.stop.cpu ?? 0) else { return Self.invalid }
      runs = true
      let steps = letter != UInt8(ascii: "c") && letter != UInt8(ascii: "C")
      if steps, step == nil, !decided.contains(cpu) { step = GDBStep(cpu: cpu, range: range) }
      if thread > 0 { decided.insert(cpu) } else { decided.formUnion(cpus.indices) }
    } while !arguments.isAtEnd
    return runs ? run(step) : Self.ok
  }

  /// Lets the guest run, to the end of `step` if there is one. The answer comes when it stops.
  private func run(_ step: GDBStep?) -> [UInt8]? {
    guard canRun else { return Self.invalid }
    session?.awaitsStop = true
    if session?.isInterrupted == true {
      session?.isInterrupted = false
      report(GDBStop(signal: .interrupt, cpu: machine.currentCPU))
      return nil
    }
    session?.step = step
    if let step { start(step) } else { machine.resume() }
    return nil
  }

  func start(_ step: GDBStep) {
    guard let range = step.range else { return machine.step(cpu: step.cpu) }
    let cpu = cpus[step.cpu]
    machine.step(cpu: step.cpu) { range.contains(cpu.programCounter) }
  }
}
