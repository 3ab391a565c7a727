public import Boards
public import Host
import Snapshots

/// What happens in a migration, for those who watch.
public enum MigrationEvent: Sendable, Equatable {
  case status(MigrationStatus)
  /// A round has begun.
  case pass(Int)
}

/// Moves one machine: out of this process, or into it. Everything on the machine's thread.
public final class Migrator {
  private let machine: Machine
  private let poller: Poller
  /// What migrations go by.
  public var parameters = MigrationParameters() {
    didSet { source?.shared.parameters = parameters }
  }
  /// What they are told to do; what cannot be done where a machine goes to is left out.
  public var capabilities: Set<MigrationCapability> = [.multifd]
  /// How their connections are secured.
  public var security = MigrationSecurity()
  /// What the program wants said to people.
  public var note: (String) -> Void = { _ in }
  /// A fault that the next one has, for tests.
  public var fault: FaultPlan?
  /// After how many nanoseconds without a word the other side is given up; nil: the usual.
  public var silence: Int64?
  /// Called when the guest is about to stand still: what waits outside of the machine, and is to go with it, has to go
  /// into it.
  public var beforeStop: () -> Void = {}
  /// What is said of the machine in a file that it goes to.
  public var snapshotNotes: () -> SnapshotNotes = { SnapshotNotes() }
  private var source: Source?
  private var departure: FileDeparture?
  /// How a machine came out of a file.
  private var fromFile: MigrationProgress?
  private var destination: Destination?
  private var lastStatus = MigrationStatus.none
  private var observers: [(MigrationEvent) -> Void] = []

  /// A migrator of `machine`.
  public init(_ machine: Machine, poller: Poller) {
    self.machine = machine
    self.poller = poller
  }

  /// From now on calls `body` with everything that happens.
  public func observe(_ body: @escaping (MigrationEvent) -> Void) { observers.append(body) }

  /// How the present migration goes, or how the last one went.
  public var progress: MigrationProgress {
    var progress =
      departure?.progress ?? source?.shared.progress ?? destination?.shared.progress ?? fromFile ?? MigrationProgress()
    if progress.status.isActive { progress.totalTime = HostClock.monotonic - progress.start }
    return progress
  }

  /// Whether the last one was a check of the offer alone.
  public var wasCheck: Bool { source?.isCheck ?? false }

  /// The words for a side that cannot know whether it may run the guest.
  static func advice(_ error: MigrationError?) -> String {
    let why = error.map { ": \($0)" } ?? ""
    return
      "the connection was lost when the machine changed sides\(why). It stays stopped here until it is known whether "
      + "it runs at the other side: if it does, say 'migrate_resolve there', if it does not and will not, say "
      + "'migrate_resolve here'"
  }

  // MARK: Out

  /// Sends the machine to the process at `uri`. With `check` the other side says what does not fit, and nothing changes.
  ///
  /// - Throws: `MigrationError` when it cannot begin; what comes later is told by `progress`.
  public func migrate(to uri: String, check: Bool = false) throws(MigrationError) {
    if progress.status.isActive { throw MigrationError("a migration is under way already") }
    if progress.isUnresolved {
      throw MigrationError("the last migration is not resolved: migrate_resolve here or there")
    }
    guard machine.runState.canLeave else {
      throw MigrationError("the machine cannot leave while it is \(machine.runState.rawValue)")
    }
    let address = try MigrationAddress(uri)
    if case .file = address, check { throw MigrationError("nothing is at a file that could say what fits") }
    forget()
    if case .file(let path) = address {
      beforeStop()
      var options = SnapshotOptions()
      if capabilities.contains(.compress) { options.compression = Int32(clamping: parameters.compressLevel) }
      departure = try FileDeparture(
        machine, to: path, snapshotNotes(), options, poller: poller, parameters: parameters
      ) { [unowned self] in ended($0 == nil ? .there : .here, $0) }
      return news()
    }
    source = try Source(
      machine, to: address, isCheck: check, poller: poller, capabilities: address.possible(capabilities),
      parameters: parameters,
      security: security, fault: fault, silence: silence ?? Link.usualSilence,
      beforeStop: { [unowned self] in beforeStop() },
      onNews: { [unowned self] in news() },
      onPass: { [unowned self] in tell(.pass($0)) },
      onEnd: { [unowned self] in ended($0, $1) })
    fault = nil
    news()
  }

  /// The last migration is nothing to be asked about any more.
  private func forget() { (source, departure, destination, fromFile) = (nil, nil, nil, nil) }

  /// Goes on with a migration whose connection broke when the guest ran at the destination without all of its memory: over
  /// another one, to where `migrate-recover` was said.
  public func goOn(at uri: String) throws(MigrationError) {
    guard let source, source.broken != nil,
      !source.shared.progress.status.isActive || progress.status == .postcopyPaused
    else { throw MigrationError("no migration out of this process waits for another connection") }
    let address = try MigrationAddress(uri)
    try source.goOn(at: address, fault: fault)
    fault = nil
    news()
  }

  /// Lets the guest run at the destination now, or as soon as it can: what of its memory is not there follows.
  public func startPostcopy() throws(MigrationError) {
    guard let source, [.setup, .active].contains(source.shared.progress.status) else {
      throw MigrationError("no migration is copying memory")
    }
    guard capabilities.contains(.postcopyRAM) else {
      throw MigrationError("the capability postcopy-ram has to be on before the migration begins")
    }
    guard source.shared.agreed?.contains(.postcopyRAM) ?? true else {
      throw MigrationError("the other side cannot run a guest before its memory is there")
    }
    source.shared.wantsPostcopy = true
  }

  /// Breaks off the connection of a migration whose guest runs at the destination without all of its memory; it can go on
  /// over another one.
  public func breakOff() throws(MigrationError) {
    guard progress.status == .postcopyActive || progress.status == .postcopyRecover else {
      throw MigrationError("no memory is following a guest")
    }
    source?.breakOff()
    destination?.breakOff()
  }

  /// Waits at `uri` for the source of a broken migration whose guest runs here.
  public func recover(at uri: String) throws(MigrationError) {
    guard let destination else { throw MigrationError("no machine came into this process") }
    try destination.recover(at: try MigrationAddress(uri), fault: fault)
    fault = nil
    news()
  }

  private func ended(_ verdict: Verdict, _ error: MigrationError?) {
    guard let shared = departure?.shared ?? source?.shared else { return }
    shared.update { progress in
      progress.error = error
      progress.isUnresolved = false
      switch verdict {
      case .here where error == nil: progress.status = .completed
      case .here: progress.status = shared.isCancelled ? .cancelled : .failed
      case .there where source?.broken != nil: progress.status = .postcopyPaused
      case .there: progress.status = .completed
      case .unknown:
        progress.status = .failed
        progress.isUnresolved = true
      }
    }
    if verdict == .unknown { note(Self.advice(error)) }
    if verdict == .there, source?.broken != nil, let error {
      note(
        "the machine runs at the other side, and memory that it lacks is here; the connection is lost: \(error). "
          + "'migrate_recover URI' there, then 'migrate -r URI' here goes on; where it is whole there, 'migrate_resolve there' "
          + "ends it here")
    }
    news()
  }

  /// Gives the present migration up; it ends with the state `cancelled`, or is completed where it was too late.
  public func cancel() {
    guard let shared = departure?.shared ?? source?.shared, shared.progress.status.isActive,
      !shared.progress.status.isPostcopy
    else {
      destination?.cancel()
      return
    }
    shared.update { $0.status = .cancelling }
    departure?.cancel()
    source?.cancel()
    news()
  }

  /// Goes on from `pre-switchover`.
  public func goOn() throws(MigrationError) {
    guard let source, source.shared.progress.status == .preSwitchover else {
      throw MigrationError("no migration waits to go on")
    }
    source.shared.mayGoOn = true
  }

  /// Says which side runs a machine of which neither side could know.
  public func resolve(here: Bool) throws(MigrationError) {
    // That all has arrived may be known at the other side alone.
    let isLast = progress.status == .postcopyPaused && source != nil && !here
    guard progress.isUnresolved || isLast else { throw MigrationError("it is known where the machine runs") }
    guard !progress.status.isActive || isLast else {
      throw MigrationError("a connection that may tell is under way")
    }
    if let source {
      try source.resolve(here: here)
      let lacksMemory = source.broken != nil && !isLast
      source.shared.update { progress in
        progress.isUnresolved = false
        progress.status = here ? .failed : lacksMemory ? .postcopyPaused : .completed
      }
    } else {
      try destination?.resolve(here: here)
    }
    news()
  }

  // MARK: In

  /// Takes over what was waiting before there was a machine.
  public func adopt(_ destination: Destination, paused: Bool) {
    self.destination = destination
    destination.note = { [unowned self] in note($0) }
    destination.onNews = { [unowned self] in news() }
    destination.attach(machine, paused: paused)
  }

  /// Waits at `uri` for a machine: after `-incoming defer`, or where the machine has left and may come back.
  public func expect(at uri: String) throws(MigrationError) {
    let address = try MigrationAddress(uri)
    guard address != .later else { throw MigrationError("'defer' is no place to wait at") }
    let isWaiting = destination?.address == .later
    guard isWaiting || (machine.runState == .postMigrate && !progress.isUnresolved) else {
      throw MigrationError("a machine comes in after '-incoming defer', or where one has left")
    }
    guard isWaiting || !progress.status.isPostcopy else {
      throw MigrationError(
        "memory of the machine that has left is here: migrate -r goes on, migrate_resolve there drops it")
    }
    let isPaused = destination?.isPaused ?? false
    if case .file(let path) = address { return try load(path, paused: isWaiting && isPaused) }
    // Its socket may be at the same place.
    if !isWaiting { destination = nil }
    let next = try Destination(at: address, poller: poller, security: security, fault: fault, silence: silence)
    fault = nil
    forget()
    machine.pause(.inMigrate)
    adopt(next, paused: isWaiting && isPaused)
  }

  /// Goes on with the machine in a file; what was here stays as it was when that does not fit.
  private func load(_ path: String, paused: Bool) throws(MigrationError) {
    let start = HostClock.monotonic
    let failures = machine.acquireDisks()
    guard failures.isEmpty else { throw MigrationError(failures) }
    do throws(SnapshotError) {
      try machine.loadLate(try SnapshotFile(path))
    } catch {
      _ = machine.releaseDisks()
      throw MigrationError(error.faults.map { "\(path): \($0)" })
    }
    forget()
    var progress = MigrationProgress()
    progress.isIncoming = true
    progress.status = .completed
    progress.start = start
    progress.totalTime = HostClock.monotonic - start
    fromFile = progress
    machine.takeOver(running: !paused)
    news()
  }

  // MARK: News

  private func tell(_ event: MigrationEvent) {
    for observer in observers { observer(event) }
  }

  private func news() {
    let status = progress.status
    guard status != lastStatus else { return }
    lastStatus = status
    tell(.status(status))
  }
}
