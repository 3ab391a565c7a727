import Boards
import DeviceModel
import Glibc
import Host
import Migration
import Monitor

/// What controls the machine from outside, and what that learns of the run.
final class Controls: ControlHost {
  private(set) lazy var control = Control(machine, host: self, migrator: migrator)
  private let options: RunOptions
  private let backends: Backends
  private let folders: DataFolders
  private let machine: Machine
  private let migrator: Migrator
  private lazy var humans = HumanMonitors(control)
  private let log: LogControl
  private var qmp: QMPServer?
  /// The human monitor at the terminal of the serial port.
  private var side: (any TerminalSide)?
  private var sockets: [ControlSocket] = []
  private lazy var debugger = GDBHost(control, poller: backends.poller)
  private let tail: ConsoleTail?
  let networks: Networks
  private lazy var autosave = Autosave(options.autosave, name: options.name, control, backends.poller)
  let drives: [DriveStatus]

  /// Opens what the options ask for; `disks` are the run's, by name, and `tail` is the first serial port's.
  init(
    _ options: RunOptions, _ machine: Machine, _ backends: Backends, _ networks: Networks,
    disks: [String: any HostSide],
    tail: ConsoleTail?, folders: DataFolders, log: LogControl, migrator: Migrator
  ) throws {
    self.migrator = migrator
    self.options = options
    self.machine = machine
    self.backends = backends
    self.folders = folders
    self.log = log
    self.tail = tail
    self.networks = networks
    drives = options.drives.compactMap { drive in
      (disks[drive.id] as? any BlockBackend).map {
        DriveStatus(id: drive.id, path: drive.path, size: $0.size, isReadOnly: $0.isReadOnly)
      }
    }
    _ = autosave
    // QMP's human-monitor-command is there without a monitor of its own.
    _ = humans
    for option in options.controls { try open(option) }
    if let place = options.debugServer { try serveDebugger(at: place) }
    if let kind = options.qtest { try openTest(kind) }
    if !options.isMonitorChosen, let stdio = backends.stdio { _ = share(stdio) }
  }

  private func open(_ option: ControlOption) throws {
    let name = option.mode == .control ? "qmp" : "monitor"
    let kind = try backends.resolve(option.kind, for: name)
    if option.mode == .readline, case .stdio = kind, let stdio = backends.stdio {
      guard share(stdio) else { throw OptionError("\(name): stdio is already in use") }
      return stdio.turn()
    }
    let session: (ControlChannel) -> any ControlSession
    switch option.mode {
    case .control:
      let server = qmp ?? QMPServer(control)
      qmp = server
      session = { server.open($0, pretty: option.isPretty) }
    case .readline:
      let people = Self.people(at: kind)
      session = { [humans] in humans.open(people, $0) }
    }
    try listen(name, kind, session)
  }

  private func openTest(_ kind: BackendKind) throws {
    var log: QTestLog?
    if options.qtestLog != "none" {
      let file = try LogFile(options.qtestLog)
      let poller = backends.poller
      log = QTestLog(clock: { poller.monotonic }, file.writeNow)
    }
    let test = QTest(machine, log: log)
    try listen("qtest", try backends.resolve(kind, for: "qtest")) { QTestSession(test, $0) }
  }

  private func listen(_ name: String, _ kind: BackendKind, _ open: @escaping (ControlChannel) -> any ControlSession)
    throws
  {
    let socket = try ControlSocket(name: name, poller: backends.poller, kind, open)
    sockets.append(socket)
    if case .server(let address, wait: true) = kind {
      backends.note("\(name) waits for a connection to \(address)")
      socket.waitForPeer()
    }
  }

  /// Who talks to the human monitor at a place of that kind.
  private static func people(at kind: BackendKind) -> MonitorTerminal.Kind {
    switch kind {
    case .pty: .terminal
    case .stdio: isatty(0) == 1 ? .terminal : .lines
    default: .socket
    }
  }

  /// The human monitor shares the terminal of the serial port; false when there are no Ctrl-A commands in it.
  private func share(_ stdio: StdioBackend) -> Bool {
    guard stdio.hasCommands, side == nil else { return false }
    side = humans.share(stdio, poller: backends.poller)
    stdio.other = side
    return true
  }

  /// What signals have asked for meanwhile.
  func takeRequests() {
    if Signals.takeSnapshotRequest() { autosave.saveForSignal() }
  }

  /// The machine has ended: files that are being written get their time, unless the user asks for the end again.
  func finishJobs() {
    var isTold = false
    while control.jobs.all.contains(where: { !$0.isOver }) {
      backends.poller.poll(timeout: 100_000_000)
      guard !isTold else { continue }
      isTold = true
      backends.note("waiting for a snapshot to be written")
    }
  }

  // MARK: ControlHost

  var poller: Poller { backends.poller }
  var snapshotFiles: [String] { autosave.files }
  var name: String? { options.name }
  var uuid: String? { options.uuid }

  var characterDevices: [CharacterDeviceStatus] {
    backends.all.map { CharacterDeviceStatus(id: $0.name, description: "\($0.kind)", isOpen: true) }
      + sockets.enumerated().map { index, socket in
        CharacterDeviceStatus(id: "control\(index)", description: "\(socket.kind)", isOpen: socket.peers > 0)
      }
  }

  var boards: [BoardDescription] {
    let files = BoardFiles(folders)
    // A board file that cannot be read is its author's business; here the others count.
    return files.all.flatMap { (try? files.versions(file: $0.path)) ?? [] }
  }

  var commandLineOptions: [CommandLineOption] {
    RunOption.all.map { CommandLineOption(name: $0.name, keys: $0.keys) }
  }

  func makePicture() -> (any Picture)? { machine.makePicture() }

  var transcript: Transcript? { tail?.transcript }

  var console: String {
    get { tail?.text ?? "" }
    set { tail?.text = newValue }
  }

  var logSwitches: [LogSwitch] { log.switches }

  func setLog(_ text: String) throws(CommandError) {
    do throws(OptionError) { try log.set(text) } catch { throw CommandError(error.description) }
  }

  func setLogFile(_ path: String?) throws(CommandError) {
    do { try log.setFile(path ?? "") } catch { throw CommandError("\(error)") }
  }

  func setDebugServer(_ text: String) throws(CommandError) -> String {
    do {
      try serveDebugger(at: text)
    } catch {
      throw CommandError("\(error)")
    }
    return text == "none" ? "Disabled gdbserver" : "Waiting for gdb connection on device '\(text)'"
  }

  private func serveDebugger(at text: String) throws {
    let place = try GDBHost.place(text) { kind throws(OptionError) in try backends.resolve(kind, for: "gdb") }
    try debugger.listen(at: place)
  }
}
