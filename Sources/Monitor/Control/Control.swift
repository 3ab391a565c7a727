public import Boards
import DeviceModel
import Host
public import Migration

/// Every command, implemented once: QMP and the human monitor are two faces of this.
///
/// All calls are made on the machine's thread while it executes no instruction. Reading changes nothing in the
/// machine.
public final class Control {
  /// The machine that is controlled.
  public let machine: Machine
  /// The program around it.
  public unowned let host: any ControlHost
  /// Carries out a line of the human monitor, for CPU number `cpu`, and gives what it prints.
  public var humanMonitor: ((_ line: String, _ cpu: Int) throws(CommandError) -> String)?
  /// Whether the machine's end was asked for by `quit()`.
  public private(set) var hasQuit = false
  /// Moves the machine; there is none where it stays.
  public let migrator: Migrator?
  /// What goes on while the guest runs.
  public let jobs = Jobs()
  /// See `takeAwaited`.
  var awaited: (any Awaited)?
  /// What commands wait for.
  var waits: [Wait] = []
  let keys: KeySender

  /// Control over `machine`.
  public init(_ machine: Machine, host: any ControlHost, migrator: Migrator? = nil) {
    self.machine = machine
    self.migrator = migrator
    self.host = host
    keys = KeySender(machine)
    // Keys that wait for their turn would stay behind.
    migrator?.beforeStop = { [weak self] in self?.keys.finish() }
    // What it printed last counts, too.
    machine.observe { [weak self] event in
      if case .ended = event, let self { for wait in waits { wait.look(last: true) } }
    }
    migrator?.snapshotNotes = { [weak self] in self?.notes() ?? SnapshotNotes() }
  }

  // MARK: Running

  /// Stops the guest; nothing happens when it does not run.
  public func stop() {
    if machine.isRunning || machine.awaitsMemory { machine.pause() }
  }

  /// Lets the guest run on.
  public func cont() throws(CommandError) {
    switch machine.runState {
    case .running: break
    case .prelaunch, .paused, .debug, .ioError: machine.resume()
    case .shutdown, .internalError: throw CommandError("Resetting the Virtual Machine is required")
    case .inMigrate, .finishMigrate, .postMigrate, .saveVM, .restoreVM:
      throw CommandError("The machine cannot run in state \(machine.runState.rawValue)")
    }
  }

  /// Lets CPU number `cpu` execute `count` instructions and stops again; observers are told
  /// `MachineEvent.debug`.
  public func step(cpu: Int, count: UInt64 = 1) throws(CommandError) {
    guard machine.cpus.indices.contains(cpu) else { throw noCPU(cpu) }
    guard count > 0 else { throw CommandError("0 steps are none") }
    guard !machine.runState.isMoving else {
      throw CommandError("The machine cannot run in state \(machine.runState.rawValue)")
    }
    machine.step(cpu: cpu, count: count)
  }

  /// Presses the reset button.
  public func systemReset() { machine.pressResetButton() }

  /// Presses the power button.
  public func systemPowerdown() throws(CommandError) {
    guard machine.pressPowerButton() else {
      throw CommandError("The board \(machine.board.name) has no power button")
    }
  }

  /// Ends the machine and the program.
  public func quit() {
    hasQuit = true
    machine.quit()
  }

  /// Raises the NMI of every CPU.
  public func injectNMI() throws(CommandError) {
    guard machine.raiseNMI() else { throw CommandError("The CPUs of \(machine.board.name) have no NMI") }
  }

  func noCPU(_ cpu: Int) -> CommandError {
    CommandError("There is no CPU \(cpu): the machine has \(machine.cpus.count)")
  }
}
