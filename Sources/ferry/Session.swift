import Boards
import DeviceModel
import Display
import Glibc
import Host
import Migration
import Monitor
import Snapshots

/// One run: the machine, its back ends and its window.
final class Session: HostEvents {
  private let options: RunOptions
  private let folders: DataFolders
  private let poller = Poller()
  private let backends: Backends
  private var screen: Screen?
  private var screenshot: Screenshot?
  private var recorder: Recorder?
  private var machine: Machine?
  private var controls: Controls?
  private var networks: Networks?
  private let logFile: LogFile
  private let perfMap: PerfMap?

  init(_ options: RunOptions) throws {
    self.options = options
    folders = DataFolders(extra: options.folders)
    backends = Backends(poller: poller)
    logFile = try LogFile(options.logFile)
    perfMap = options.hasPerfMap ? try PerfMap(SymbolMap(of: options)) : nil
    // Files first: what is wrong with them should be known before a terminal changes its mode.
    let start = try options.loadvm.map { path throws(SnapshotError) in try SnapshotStart(path) }
    let security = try options.security()
    let arrival = try options.incoming.map { try Arrival(at: $0, security, options, poller) }
    let saved = start?.saved ?? arrival?.saved
    var board = try saved?.board ?? BoardFiles(folders).board(options.board)
    if let vga = options.vga { board = try vga.apply(to: board) }
    let networks = try Networks(
      poller: poller, options.netdevs + options.nics.compactMap(\.netdev), dumps: options.dumps)
    self.networks = networks
    let plan = try NetworkPlan(options, saved, &board)
    let boot = start == nil && arrival == nil || options.namesGuest ? try BootFiles(options, board, folders) : nil
    let disks = try Drives.open(options.drives, on: board, isWaiting: arrival != nil)
    if options.display.kind != .none { openScreen(board.name) }
    var setup = MachineSetup()
    setup.backends = disks
    setup.memory = options.memory
    setup.cpus = options.cpus
    setup.cpuModel = options.cpuModel
    setup.accelerator = options.accelerator
    setup.isParallel = options.isParallel
    setup.clock = options.clock
    setup.epoch = options.clock == .host ? HostClock.wall : nil
    setup.noReboot = options.noReboot
    setup.devices = plan.devices
    saved?.equip(&setup, options)
    for end in networks.all {
      let name = plan.slots[end.name] ?? end.name
      guard !(setup.backends[name] is any BlockBackend) else {
        throw OptionError("-netdev id=\(end.name): a drive is called \(name) already")
      }
      setup.backends[name] = end
    }
    try defineChardevs()
    // A machine that cannot be built should not first wait for a connection.
    let names = Set(setup.devices.flatMap(\.properties.values))
    let rebound = Set(options.rebinds.map(\.old))
    for (id, _) in options.chardevs where names.contains(id) && !rebound.contains(id) {
      setup.backends[id] = try backends.make(.named(id), name: id)
    }
    for (index, kind) in serials.enumerated() where !rebound.contains("serial\(index)") {
      setup.backends["serial\(index)"] = try backends.make(kind, name: "serial\(index)")
    }
    try saved?.rebind(&setup, options) { id, name in try backends.make(.named(id), name: name) }
    saved?.complete(&setup, network: networks.makeNothing) { StandardError.write("ferry: \($0)\n") }
    var tail: ConsoleTail?
    if let end = setup.backends["serial0"] as? any CharacterBackend {
      let front = ConsoleTail(end)
      if let start { front.text = start.console }
      setup.backends["serial0"] = front
      tail = front
    }
    let machine = try MachineBuilder(board: board, setup: setup, host: self).build()
    self.machine = machine
    networks.follow(machine)
    perfMap?.follow(machine)
    machine.observe { event in
      if case .memoryLost(let why) = event { StandardError.write("ferry: the machine has stopped: \(why)\n") }
    }
    if let path = options.display.screenshot { screenshot = try Screenshot(path, of: machine) }
    if let path = options.display.record { recorder = try Recorder(path, of: machine) }
    try boot?.install(in: machine)
    let log = LogControl(machine, logFile)
    try log.select(options.logItems)
    backends.onCommand = { [unowned self] in command($0) }
    let migrator = Migrator(machine, poller: poller)
    migrator.security = security
    migrator.note = { StandardError.write("ferry: \($0)\n") }
    if let start {
      try start.load(into: machine)
    } else if let arrival {
      machine.pause(.inMigrate)
      migrator.adopt(arrival.destination, paused: options.startsPaused)
    } else {
      try machine.powerOn()
      migrator.fault = options.migrationFault
    }
    if options.startsPaused, arrival == nil { machine.pause(.prelaunch) }
    let controls = try Controls(
      options, machine, backends, networks, disks: disks, tail: tail, folders: folders, log: log, migrator: migrator)
    self.controls = controls
    screen?.attach(controls.control)
  }

  /// Runs the machine to its end, flushes what it has printed and keeps its last picture where that was asked for.
  func run() throws(HostError) -> MachineEnd {
    guard let machine else { return .quit }
    let end = machine.run()
    if case .reset = end, !options.noReboot {
      StandardError.write("ferry: the guest resets, and nothing is named that it boots: give -kernel or -bios, too\n")
    }
    controls?.finishJobs()
    poller.drain()
    // Nobody may count on a disk to go before the process does.
    for problem in machine.releaseDisks() { StandardError.write("ferry: \(problem)\n") }
    // Sockets leave no file behind.
    controls = nil
    screen?.close(poller)
    screen = nil
    try screenshot?.write()
    try recorder?.finish()
    return end
  }

  /// Where there is no display, the terminal does.
  private func openScreen(_ board: String) {
    do {
      screen = try Screen(title: options.name ?? "Ferry", options.display, board: board, poller: poller)
    } catch {
      // Nobody has asked for the one that the built-in guest would have.
      guard options.display.kind == .window else { return }
      StandardError.write("ferry: no window: \(error); the terminal has the serial port instead\n")
    }
  }

  private func defineChardevs() throws(OptionError) {
    for (id, kind) in options.chardevs { try backends.define(id, kind) }
  }

  /// The serial ports' ends: as asked for; the first one is the terminal unless there is a window.
  private var serials: [BackendKind] {
    if !options.serials.isEmpty { return options.serials }
    guard options.hasDefaults, screen == nil, !options.isUnderTest else { return [] }
    // A monitor that was given standard input has it for itself, unless both are asked for.
    let isTaken = options.controls.contains { control in
      let named = options.chardevs.first { control.kind == .named($0.id) }
      return if case .stdio = named?.kind ?? control.kind { true } else { false }
    }
    guard options.isNographic || !isTaken else { return [] }
    return [.stdio(escapes: options.isNographic ? true : nil)]
  }

  private func command(_ event: EscapeDecoder.Event) {
    guard let machine else { return }
    switch event {
    case .exit:
      backends.stdio?.say("")
      machine.quit()
    case .next: backends.stdio?.say(machine.statusText + "\n")
    default: break
    }
  }

  // MARK: HostEvents

  var monotonic: Int64 { poller.monotonic }
  var isCongested: Bool { poller.isCongested }
  var waker: (@Sendable () -> Void)? { poller.waker }

  func poll(timeout: Int64?) {
    logFile.flush()
    var timeout = timeout
    if let screen { timeout = min(timeout ?? .max, screen.untilUpdate(poller.monotonic)) }
    if let wait = recorder?.untilUpdate(poller.monotonic) { timeout = min(timeout ?? .max, wait) }
    poller.poll(timeout: timeout)
    if let number = Signals.pending { machine?.quit(.signal(number)) }
    screen?.update(poller.monotonic)
    recorder?.update(poller.monotonic)
    controls?.takeRequests()
    if Signals.takePictureRequest() { takePicture() }
  }

  private func takePicture() {
    do throws(HostError) {
      try screenshot?.write()
    } catch {
      StandardError.write("ferry: \(error)\n")
    }
  }
}
