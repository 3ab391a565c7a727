public import Boards
public import Engine

/// GDB's remote serial protocol ("GDB Remote Serial Protocol" in GDB's manual) for one machine and one client at a
/// time, over bytes that somebody else carries.
///
/// CPU n is thread n + 1. A client's connection stops the guest, its going lets it run on. While one CPU steps, the
/// others have their turns as they would have had them, so that debugging changes nothing of what the guest does.
/// Addresses are those of the CPU that GDB looks at: linear ones on x86, where `$pc` is linear, too. Registers of
/// devices are read and written as the guest would, effects included.
public final class GDBServer {
  /// The machine that is debugged.
  public let machine: Machine
  /// Answers `monitor COMMAND` for the CPU that GDB looks at; nil: there is no such command.
  public var monitor: ((_ line: String, _ cpu: Int) -> String)?
  let cpus: [any ProcessorDebug]
  let target: GDBTarget
  var session: GDBSession?
  var breakpoints = GDBBreakpoints()

  /// A server for `machine`, whose `cpus` are those of the machine unless a test has others.
  ///
  /// - Precondition: the machine has CPUs, and all of them can be debugged.
  public init(_ machine: Machine, cpus: [any ProcessorDebug]? = nil) {
    self.machine = machine
    self.cpus = cpus ?? machine.cpus.compactMap { $0 as? any ProcessorDebug }
    precondition(!self.cpus.isEmpty && self.cpus.count == machine.cpus.count, "CPUs that cannot be debugged")
    target = GDBTarget(self.cpus[0])
    machine.observe { [weak self] in self?.happened($0) }
  }

  // MARK: The connection

  /// Whether a client is there.
  public var isConnected: Bool { session != nil }

  /// Takes a client: the guest stops.
  ///
  /// - Returns: whether it was taken; false while another one debugs. One that has detached makes room.
  public func connect(_ link: any GDBLink) -> Bool {
    guard session?.isAttached != true else { return false }
    disconnect()
    session = GDBSession(link)
    attach()
    return true
  }

  /// The guest stops, if it runs, and GDB's view of it begins anew.
  func attach() {
    session?.isAttached = true
    session?.awaitsStop = false
    session?.step = nil
    let cpu = machine.currentCPU
    session?.cpu = cpu
    session?.runner = nil
    session?.stop = GDBStop(cpu: cpu)
    if machine.isRunning { machine.pause(.debug) }
  }

  /// The client has gone: its breakpoints are removed, and the guest, if GDB had stopped it, runs on.
  public func disconnected() {
    guard let session else { return }
    self.session = nil
    removeBreakpoints()
    if session.isAttached, machine.runState == .debug { machine.resume() }
  }

  /// Whether `link` is the client's.
  func isClient(_ link: any GDBLink) -> Bool { session?.link === link }

  /// Ends the connection, as if the client had.
  public func disconnect() {
    let link = session?.link
    disconnected()
    link?.close()
  }

  func removeBreakpoints() {
    breakpoints.removeAll()
    breakpoints.apply(to: cpus)
  }

  /// Takes bytes that the client has sent.
  public func receive(_ bytes: [UInt8]) {
    for byte in bytes { receive(byte) }
  }

  /// Takes one byte that the client has sent.
  ///
  /// - Returns: whether that was the last one of something, which has been answered.
  @discardableResult
  public func receive(_ byte: UInt8) -> Bool {
    guard let session else { return false }
    guard !session.waitsForReset else {
      // GDB waits for its answers; who sends that much does not.
      if session.held.count < 4 * GDBSession.packetSize { self.session?.held.append(byte) } else { disconnect() }
      return false
    }
    guard let event = self.session?.reader.take(byte) else { return false }
    handle(event)
    return true
  }

  private func handle(_ event: GDBPacketReader.Event) {
    switch event {
    case .packet(let data):
      acknowledge(true)
      if let answer = answer(data) { send(answer) }
    case .tooLong:
      acknowledge(true)
      send("E22")
    case .damaged: acknowledge(false)
    case .interrupt: interrupt()
    case .acknowledged: session?.lastSent = []
    case .refused: if let session, !session.lastSent.isEmpty { session.link.send(session.lastSent) }
    }
  }

  private func acknowledge(_ isGood: Bool) {
    guard let session, session.acknowledges else { return }
    session.link.send([isGood ? UInt8(ascii: "+") : UInt8(ascii: "-")])
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ data: [UInt8]) {
    guard session != nil else { return }
    let packet = GDBText.packet(data)
    // Without acknowledgements nothing is ever asked for again.
    if session?.acknowledges == true { session?.lastSent = packet }
    session?.link.send(packet)
  }

  // MARK: What happens to the machine

  private func happened(_ event: MachineEvent) {
    guard let session else { return }
    switch event {
    case .debug(let cpu, let stop): if session.isAttached { stopped(by: cpu, stop) }
    case .stopped(let state):
      guard session.isAttached, let signal = GDBStop.signal(of: state) else { return }
      report(GDBStop(signal: signal, cpu: machine.currentCPU))
    case .resumed:
      // Something else had stopped the machine in the middle of a step, such as the saving of its state.
      if let step = session.step { start(step) }
    case .reset:
      guard session.waitsForReset else { return }
      self.session?.waitsForReset = false
      self.session?.held = []
      receive(session.held)
    case .ended(let end):
      if session.awaitsStop { send(Self.farewell(end)) }
      session.link.close()
      self.session = nil
    case .powerDown, .memoryLost: break
    }
  }

  private func stopped(by cpu: Int, _ stop: DebugStop?) {
    var new = GDBStop(cpu: cpu)
    switch stop {
    case .breakpoint(let address): new.reason = breakpoints.isHardware(address) ? .hardware : .software
    case .watchpoint(let point, let address):
      // A wide access may begin before what is watched; GDB looks for the address in there.
      new.reason = .watch(point.kind, max(address, point.address))
    case nil: break
    }
    report(new)
  }

  /// Remembers why the guest is stopped, and says it if GDB waits for that.
  func report(_ stop: GDBStop) {
    guard let session else { return }
    self.session?.stop = stop
    self.session?.step = nil
    guard session.awaitsStop else { return }
    self.session?.awaitsStop = false
    self.session?.cpu = stop.cpu
    self.session?.runner = nil
    send(stop.packet(software: session.knowsSoftware, hardware: session.knowsHardware))
  }

  private func interrupt() {
    guard let session, session.isAttached else { return }
    if machine.isRunning {
      machine.pause(.debug)
    } else if !session.awaitsStop {
      self.session?.isInterrupted = true
      return
    }
    report(GDBStop(signal: .interrupt, cpu: machine.currentCPU))
  }

  /// What the end of the machine looks like: an exit with a status, or a signal.
  private static func farewell(_ end: MachineEnd) -> String {
    func text(_ letter: String, _ number: Int32) -> String {
      letter + String(decoding: GDBText.hex([UInt8(truncatingIfNeeded: number)]), as: UTF8.self)
    }
    return switch end {
    case .exit(let status): text("W", status)
    case .crash: text("X", Int32(GDBStop.Signal.abort.rawValue))
    case .powerOff, .reset, .quit, .signal: text("W", 0)
    }
  }
}
