public import DeviceModel
public import Engine
public import GuestMemory
import PCDevices

/// A board that runs: its devices, CPUs, memory and time. Everything of a machine hangs on one of these, so that
/// a process can have several. All calls are made on one thread; where CPUs execute on threads of their own, what these
/// call is called with the lock that `ProcessorGate` describes, which the machine's thread has at all other times.
public final class Machine: MachineControl {
  /// The board it is built from.
  public let board: BoardDescription
  /// The one clock of all its devices.
  public let clock: VirtualClock
  /// What CPUs and DMA see.
  public let memory: AddressSpace
  /// The I/O ports.
  public let ports: AddressSpace
  /// The guest's RAM, low and high part in one block.
  public let ram: RAMBlock
  /// Other blocks, such as video memory, by name.
  public internal(set) var blocks: [String: RAMBlock] = [:]
  /// In the board's order.
  public internal(set) var devices: [(name: String, device: any Device)] = []
  private(set) lazy var isNewest = hasAllRows()
  /// Its CPUs by their number.
  public var cpus: [any Processor] { cpuSet.all }
  /// Puts the kernel or firmware in place, at power on and after every reset.
  public var boot: (any BootSource)?
  /// What is put into memory after that.
  var loaders: [any BootSource] = []
  /// The guest's wall-clock time at power on, nanoseconds since 1970.
  public internal(set) var epoch: Int64
  /// How it is equipped.
  let setup: MachineSetup
  /// What it is doing, or will when `run` is called.
  public private(set) var runState = RunState.running
  /// Whether the guest executes, while `run` is in progress.
  public var isRunning: Bool { runState == .running }
  private var observers: [(MachineEvent) -> Void] = []
  let cpuSet: CPUSet
  /// Where everything is, in the order of `devices`.
  public internal(set) var placed: [PlacedDevice] = []
  private var isAwaitingMemory = false
  /// It goes on elsewhere, or in another state, and devices have not been told.
  var hasMoved = false
  /// A reset is being carried out.
  var isResetting = false
  /// A reset could not be carried out whole: what it has to write to is to come.
  var resetWaits = false
  /// Where their registers are.
  var registers: [RegisterPlace] = []
  /// How they are connected.
  var wires: [Wire] = []
  /// What joins x86 CPUs to their local APICs, and those to each other.
  var pins: [CPUPins] = []
  var apicBus: APICBus?
  let time: MachineTime
  let host: any HostEvents
  let noReboot: Bool
  var window: LocalAPICWindow?
  /// What answers before RAM while the board's input `remap` is low.
  var bootAliases: [Region] = []
  private var isRemapped = false
  /// Host things that devices hold weakly.
  var glue: [AnyObject] = []
  /// What the board has given each device, in the order of `devices`; their lines are the devices' outputs.
  var sites: [Site] = []
  /// What drives the devices' inputs, where something does.
  var inputs: [InputPin: OrGate] = [:]
  var request: Request?
  /// Instructions that a CPU shall still execute before the machine stops for the debugger.
  var steps: (cpu: Int, left: UInt64)?
  /// Asked when they are done: whether one more shall follow.
  var stepsOn: (() -> Bool)?
  /// Instructions a microsecond, as last seen; for slices that end near a deadline.
  var pace = 100

  /// What somebody asked the machine as a whole to do.
  enum Request {
    case reset(String, byGuest: Bool)
    case crash(String)
    case end(MachineEnd)
  }

  init(
    board: BoardDescription, memory: AddressSpace, ports: AddressSpace, ram: RAMBlock, epoch: Int64,
    setup: MachineSetup, host: any HostEvents
  ) {
    self.board = board
    self.memory = memory
    self.ports = ports
    self.ram = ram
    self.epoch = epoch
    self.host = host
    self.setup = setup
    noReboot = setup.noReboot
    cpuSet = CPUSet()
    let time = MachineTime(mode: setup.clock, cpus: cpuSet, monotonic: { [host] in host.monotonic })
    self.time = time
    clock = VirtualClock { time.now }
    clock.onEarlier = { [unowned self] in deadlineMoved(to: $0) }
    clock.waitsForHost = setup.clock != .host
    clock.bell.whenRung(host.waker)
    watch(ram)
  }

  deinit {
    // Devices hold the spaces that hold them, and the clock, which counts what CPUs do.
    cpuSet.all = []
    clock.onEarlier = nil
    clock.bell.whenRung(nil)
    memory.clear()
    ports.clear()
    window?.clear()
  }

  /// The device of that name.
  public func device<T: Device>(_ name: String, as _: T.Type = T.self) -> T? {
    devices.first { $0.name == name }?.device as? T
  }

  /// The first device of a kind.
  public func first<T: Device>(_: T.Type = T.self) -> T? {
    for entry in devices { if let device = entry.device as? T { return device } }
    return nil
  }

  /// The name of one of its devices.
  func name(of device: any Device) -> String { devices.first { $0.device === device }?.name ?? "" }

  // MARK: Power

  /// Power on: every device in its reset state, the kernel or firmware in place.
  public func powerOn() throws(BoardError) { try restart() }

  private func restart() throws(BoardError) {
    for entry in devices { entry.device.reset() }
    window?.update()
    if boot == nil { leaveBootMap() }
    try boot?.place(in: self)
    for loader in loaders { try loader.place(in: self) }
  }

  /// Carries out a reset that was asked for.
  ///
  /// - Returns: false when what it has to write to is to come: all has to be done again then.
  @discardableResult
  func reset(_ reason: String, byGuest: Bool) -> Bool {
    isResetting = true
    defer { isResetting = false }
    do throws(BoardError) {
      try restart()
    } catch {
      preconditionFailure("what could be placed once can be placed again: \(error)")
    }
    // Most of the code is written anew: what was made of it would only fill the caches.
    for cpu in cpus { cpu.flushCode() }
    cpuSet.turn = TurnState()
    guard !resetWaits else { return false }
    tell(.reset(reason, byGuest: byGuest))
    return true
  }

  // MARK: Running and stopping

  /// From now on calls `body` with everything that happens to the machine as a whole.
  public func observe(_ body: @escaping (MachineEvent) -> Void) { observers.append(body) }

  func tell(_ event: MachineEvent) {
    for observer in observers { observer(event) }
  }

  /// Whether it has stopped for memory that is to come, and for nothing else.
  public internal(set) var awaitsMemory: Bool {
    get { isAwaitingMemory && runState == .ioError }
    set { isAwaitingMemory = newValue }
  }

  /// Memory has come that somebody waited for: what stopped for it goes on.
  public func memoryHasCome() {
    resetWaits = false
    if awaitsMemory { resume() }
  }

  /// Stops executing after the present instruction; the guest's time stands still. What of it a turn or a timer had
  /// left is done later: a run that was interrupted goes as one that was not.
  public func pause(_ state: RunState = .paused) {
    precondition(state != .running, "a pause that runs")
    steps = nil
    stepsOn = nil
    awaitsMemory = false
    guard runState != state else { return }
    runState = state
    // The present instruction is finished, and the guest's time is made of those; the run loop stops it then.
    if !cpuSet.isExecuting { time.stop() }
    kick()
    tell(.stopped(state))
  }

  /// Goes on after `pause()`; `run` must be in progress or be called. A machine that may be running elsewhere stays as it
  /// is: only `takeOver` knows better.
  public func resume() {
    guard !isRunning, !runState.isMoving else { return }
    runState = .running
    tell(.resumed)
  }

  /// The machine is this process's from now on: it has come in, or has not left after all.
  public func takeOver(running: Bool) {
    guard running else { return pause() }
    guard !isRunning else { return }
    runState = .running
    tell(.resumed)
  }

  /// Goes on until CPU number `cpu` has executed `count` instructions more, or something else stops the machine, which
  /// observers are told as `MachineEvent.debug`. The delivery of an exception or interrupt counts as one. Other CPUs
  /// have their turns meanwhile, as they would have had them. After that, and after each one more, `goesOn` is asked
  /// whether another step shall follow.
  public func step(cpu: Int, count: UInt64 = 1, while goesOn: (() -> Bool)? = nil) {
    precondition(cpus.indices.contains(cpu) && count > 0, "\(count) steps of CPU \(cpu)")
    guard !runState.isMoving else { return }
    steps = (cpu, count)
    stepsOn = goesOn
    runState = .running
  }

  /// Presses the power button.
  ///
  /// - Returns: whether the board has one.
  public func pressPowerButton() -> Bool {
    guard let events = first(ACPIEventDevice.self) else { return false }
    events.pressPowerButton()
    tell(.powerDown)
    return true
  }

  /// Raises the NMI of every CPU, as a button for it does.
  ///
  /// - Returns: whether the CPUs have one.
  public func raiseNMI() -> Bool {
    for cpu in x86 { cpu.requestNMI() }
    return !x86.isEmpty
  }

  /// The level of the board's input `remap`.
  func setRemap(_ level: Bool) {
    guard level != isRemapped else { return }
    isRemapped = level
    if level { for region in bootAliases { memory.unmap(region) } } else { memory.map(bootAliases) }
  }

  // MARK: Requests

  /// Asks for a system reset, see `MachineControl`.
  public func requestReset(_ reason: String) { ask(.reset(reason, byGuest: true)) }
  /// Presses the reset button.
  public func pressResetButton() { ask(.reset("reset button", byGuest: false)) }
  /// Ends the run: the guest switched itself off.
  public func requestPowerOff() { ask(.end(.powerOff)) }
  /// Ends the run with the status that a debug exit device was given.
  public func requestExit(status: Int32) { ask(.end(.exit(status))) }
  /// Ends the run, or resets, as after a triple fault.
  public func requestCrash(_ reason: String) { ask(.crash(reason)) }

  /// Ends `run`.
  public func quit(_ end: MachineEnd = .quit) { ask(.end(end)) }

  private func ask(_ new: Request) {
    // The end of all beats a reset; of equals the first counts.
    if case .end = request { return }
    if case .end = new { request = new } else if request == nil { request = new }
    kick()
  }

  func kick() {
    if let threads = cpuSet.threads { return threads.stop() }
    if cpuSet.isExecuting { cpuSet.all[cpuSet.current].kick() }
  }
}
