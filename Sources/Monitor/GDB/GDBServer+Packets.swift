import Engine

/// Packets by their first letter.
extension GDBServer {
  static let ok = Array("OK".utf8)
  /// The packet is not understood.
  static let unknown: [UInt8] = []
  /// The arguments make no sense (EINVAL).
  static let invalid = Array("E22".utf8)
  /// Nothing is at the address (EFAULT).
  static let fault = Array("E14".utf8)

  /// The answer to a packet; nil when there is none, or it comes later.
  func answer(_ packet: [UInt8]) -> [UInt8]? {
    guard let letter = packet.first else { return Self.unknown }
    let arguments = GDBScanner(packet.dropFirst())
    switch letter {
    case UInt8(ascii: "?"): return whyStopped()
    case UInt8(ascii: "g"):
      session?.isInterrupted = false
      return target.all(of: cpu)
    case UInt8(ascii: "G"): return setRegisters(arguments)
    case UInt8(ascii: "p"): return register(arguments)
    case UInt8(ascii: "P"): return setRegister(arguments)
    case UInt8(ascii: "m"): return readMemory(arguments, binary: false)
    case UInt8(ascii: "x"): return readMemory(arguments, binary: true)
    case UInt8(ascii: "M"): return writeMemory(arguments, binary: false)
    case UInt8(ascii: "X"): return writeMemory(arguments, binary: true)
    case UInt8(ascii: "Z"): return changeBreakpoint(arguments, set: true)
    case UInt8(ascii: "z"): return changeBreakpoint(arguments, set: false)
    case UInt8(ascii: "c"), UInt8(ascii: "s"), UInt8(ascii: "C"), UInt8(ascii: "S"): return goOn(letter, arguments)
    case UInt8(ascii: "v"): return answerVerbose(arguments)
    case UInt8(ascii: "q"), UInt8(ascii: "Q"): return answerQuery(packet)
    case UInt8(ascii: "H"): return selectThread(arguments)
    case UInt8(ascii: "T"): return isAlive(arguments)
    case UInt8(ascii: "D"): return detach()
    case UInt8(ascii: "k"):
      machine.quit()
      return nil
    case UInt8(ascii: "!"): return Self.ok
    case UInt8(ascii: "R"):
      restart()
      return nil
    default: return Self.unknown
    }
  }

  /// The CPU that GDB looks at.
  var cpu: any ProcessorDebug { cpus[session?.cpu ?? 0] }

  private func whyStopped() -> [UInt8]? {
    guard let session else { return nil }
    if machine.isRunning { attach() }
    let stop = self.session?.stop ?? GDBStop()
    return Array(stop.packet(software: session.knowsSoftware, hardware: session.knowsHardware).utf8)
  }

  private func detach() -> [UInt8] {
    session?.isAttached = false
    session?.awaitsStop = false
    session?.step = nil
    removeBreakpoints()
    if canRun { machine.resume() }
    return Self.ok
  }

  /// Presses the reset button; packets behind this one are for the machine as it is then.
  private func restart() {
    session?.waitsForReset = true
    machine.pressResetButton()
  }

  // MARK: Registers

  private func setRegisters(_ arguments: GDBScanner) -> [UInt8] {
    guard let bytes = GDBText.bytes(arguments.rest) else { return Self.invalid }
    var at = 0
    for register in target.registers {
      let end = at + register.bits / 8
      guard end <= bytes.count else { break }
      // What the CPU does not take stays; GDB reads it again.
      _ = target.set(register, to: bytes[at..<end], of: cpu)
      at = end
    }
    return Self.ok
  }

  private func register(_ arguments: GDBScanner) -> [UInt8] {
    var arguments = arguments
    guard let register = arguments.number().flatMap(target.register) else { return Self.invalid }
    return target.text(register, of: cpu)
  }

  private func setRegister(_ arguments: GDBScanner) -> [UInt8] {
    var arguments = arguments
    guard let register = arguments.number().flatMap(target.register), arguments.take("="),
      let bytes = GDBText.bytes(arguments.rest), bytes.count == register.bits / 8,
      target.set(register, to: bytes, of: cpu)
    else { return Self.invalid }
    return Self.ok
  }

  // MARK: Breakpoints

  private func changeBreakpoint(_ arguments: GDBScanner, set: Bool) -> [UInt8] {
    var arguments = arguments
    guard let number = arguments.number(), arguments.take(",") else { return Self.invalid }
    guard let kind = GDBBreakpoints.Kind(rawValue: number) else { return Self.unknown }
    guard let (address, length) = arguments.pair(),
      breakpoints.change(kind, at: address, length: length, set: set)
    else { return Self.invalid }
    breakpoints.apply(to: cpus)
    return Self.ok
  }

  // MARK: Threads

  /// The CPU that a thread of a packet stands for; `present` where the packet leaves it open.
  func cpu(ofThread thread: Int, else present: Int) -> Int? {
    if thread <= 0 { return present }
    return thread <= cpus.count ? thread - 1 : nil
  }

  private func selectThread(_ arguments: GDBScanner) -> [UInt8] {
    var arguments = arguments
    let isForRunning = arguments.take("c")
    guard isForRunning || arguments.take("g"), let thread = arguments.thread(),
      let cpu = cpu(ofThread: thread, else: session?.stop.cpu ?? 0)
    else { return Self.invalid }
    if isForRunning { session?.runner = thread > 0 ? cpu : nil } else { session?.cpu = cpu }
    return Self.ok
  }

  private func isAlive(_ arguments: GDBScanner) -> [UInt8] {
    var arguments = arguments
    guard let thread = arguments.thread(), thread > 0, thread <= cpus.count else { return Self.invalid }
    return Self.ok
  }
}
