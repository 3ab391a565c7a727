public import Boards
import DeviceModel
import Foundation
import Glibc
public import Host
import SavedState

/// A process that waits for a machine, on the machine's thread. One peer after the other may try; the first whose
/// machine arrives whole is it.
public final class Destination {
  /// Where it waits.
  public let address: MigrationAddress
  /// The same, or where it waits for a migration that broke.
  private var present: MigrationAddress
  private let security: MigrationSecurity
  /// The machine that takes it in: before there is one, `look` answers offers.
  public private(set) var machine: Machine?
  /// The offer that was accepted when there was no machine yet.
  public private(set) var accepted: Offer?
  /// What the program wants said to people.
  public var note: (String) -> Void = { _ in }
  /// Told when the state of things has changed.
  var onNews: () -> Void = {}
  private(set) var shared: Shared
  /// Everything was loaded, and whether the source has given it up is not known.
  private(set) var isHeld = false
  /// It has arrived.
  private(set) var isOver = false
  private let poller: Poller
  private let look: (Offer) -> [String]
  private var door: Doorway?
  private var peer: (errands: Errands<DestinationErrand, DestinationReply>, wake: Connection.Wake, watch: Watch)?
  private var channels: DestinationChannels?
  private var fault: FaultPlan?
  private let silence: Int64
  private(set) var isPaused = false
  private var runsHere = false
  private var input: [String: [UInt8]] = [:]
  /// What comes, or is to come, when the guest runs already.
  private var broken: BrokenArrival?
  private var offered: Offer?
  /// Disks that become copies of the source's.
  private var copies: [any BlockBackend] = []

  /// Waits at `address`; `look` gives everything of an offer that this process cannot provide. A peer that says nothing
  /// for `silence` nanoseconds is given up.
  ///
  /// - Throws: `MigrationError` when it cannot wait there.
  public init(
    at address: MigrationAddress, poller: Poller, security: MigrationSecurity = MigrationSecurity(),
    fault: FaultPlan? = nil, silence: Int64? = nil,
    look: @escaping (Offer) -> [String] = { _ in [] }
  ) throws(MigrationError) {
    self.address = address
    present = address
    self.security = security
    self.poller = poller
    self.look = look
    self.fault = fault
    self.silence = silence ?? Link.usualSilence
    shared = Self.fresh()
    try wait(at: address)
  }

  private func wait(at address: MigrationAddress) throws(MigrationError) {
    present = address
    do throws(HostError) {
      switch address {
      case .socket(let place):
        door = try Doorway(place, name: "incoming", poller: poller) { [unowned self] in take($0) }
      case .descriptor(let descriptor): take(descriptor)
      case .command(let text):
        let command = try ShellCommand(text)
        take(command.descriptor, child: command.process)
      case .file: throw HostError("a machine that comes from a file is loaded at once")
      case .later: break
      }
    } catch {
      throw MigrationError("\(error)")
    }
  }

  deinit { leave() }

  private static func fresh() -> Shared {
    var progress = MigrationProgress()
    progress.isIncoming = true
    return Shared(progress, MigrationParameters())
  }

  /// The port it listens at, of TCP.
  public var port: UInt16? { door?.port }
  /// Whether a peer is being listened to.
  public var isBusy: Bool { peer != nil }

  /// Takes a machine in that is in the state `inmigrate`; with `paused` its guest does not run afterwards, whatever it
  /// did before.
  public func attach(_ machine: Machine, paused: Bool) {
    self.machine = machine
    isPaused = paused
    peer?.errands.serve { [unowned self] in serve($0) }
  }

  /// Turns the present peer away.
  public func cancel() {
    guard !shared.progress.status.isPostcopy else { return }
    shared.isCancelled = true
    peer?.wake.ring()
  }

  /// The last word on a machine that is held: it runs here, or somewhere else.
  func resolve(here: Bool) throws(MigrationError) {
    guard isHeld else { return }
    if here {
      // Where the disks are shared they know.
      let failures = machine?.acquireDisks() ?? []
      guard failures.isEmpty else { throw MigrationError(failures) }
    }
    isHeld = false
    if here {
      run()
      if broken != nil { endLate(MigrationError("the connection was lost")) }
      return
    }
    dropLate()
    shared.update { $0.isUnresolved = false }
    door?.isOpen = true
  }

  // MARK: A peer

  private func take(_ descriptor: Int32, child: pid_t? = nil) {
    if let channels { return channels.take(descriptor) }
    do throws(HostError) {
      let wake = try Connection.Wake()
      let connection = Connection(taking: descriptor, wake: wake, child: child)
      let errands = try Errands<DestinationErrand, DestinationReply>()
      if broken == nil { shared = Self.fresh() } else { shared.update { $0.status = .postcopyRecover } }
      let thread = DestinationThread(
        connection, wake: wake, from: present, security: security, broken: broken, shared: shared, errands: errands,
        fault: fault,
        silence: silence)
      fault = nil
      peer = (errands, wake, errands.watch(poller) { [unowned self] in serve($0) })
      // Whoever else comes waits.
      door?.isOpen = false
      Thread.detachNewThread { thread.run() }
    } catch {
      note("a peer was turned away: \(error)")
    }
  }

  private func leave() {
    guard let peer else { return }
    poller.remove(peer.watch)
    peer.errands.close()
    peer.wake.ring()
    self.peer = nil
    channels = nil
  }

  private func serve(_ errand: DestinationErrand) -> DestinationReply? {
    switch errand {
    case .look(let offer): return .reasons(reasons(offer))
    case .begin(let mirrors):
      // Who made the offer waits until there is a machine.
      guard let machine else { return nil }
      machine.eraseMemory()
      let blocks = machine.allBlocks
      copies = []
      var stores: [any PageStore] = blocks.map { MemoryView($0) }
      if mirrors {
        let failures = machine.acquireDisks()
        guard failures.isEmpty else {
          return .refused(
            MigrationError(failures.map { "\($0); a disk that is the source's own, too, cannot become its copy" }))
        }
        let mine = machine.writableDisks.map { DiskView($0.name, $0.disk).label }
        guard mine == offered?.disks else {
          let theirs = offered?.disks ?? []
          return .refused(
            MigrationError(
              "disks to be copied: \(theirs.joined(separator: ", ")) there, \(mine.joined(separator: ", ")) here"))
        }
        for (name, disk) in machine.writableDisks {
          stores.append(DiskView(name, disk))
          copies.append(disk)
        }
      }
      shared.update {
        $0.start = HostClock.monotonic
        $0.memory = blocks.reduce(0) { $0 + UInt64($1.size) }
      }
      return .memory(stores)
    case .open(let channels):
      self.channels = channels
      door?.isOpen = true
    case .shut:
      channels = nil
      door?.isOpen = false
    case .rehearse:
      if let machine { try? rehearse(machine) }
    case .load(let tree, let isRunning, let input, let verifies, let absent):
      guard let machine else { return nil }
      let failures = machine.acquireDisks()
      guard failures.isEmpty else { return .refused(MigrationError(failures)) }
      do throws(LoadError) {
        try machine.arrive(tree)
      } catch {
        return .refused(MigrationError(error))
      }
      // What the guest has flushed there has to be as safe here.
      guard copies.allSatisfy({ $0.flush() == .done }) else {
        return .refused(MigrationError("what was copied to the disks cannot be kept"))
      }
      runsHere = isRunning && !isPaused
      self.input = input
      do throws(MigrationError) {
        try expect(absent, of: machine)
      } catch {
        return .refused(error)
      }
      let saved: StateNode
      do throws(SaveError) {
        saved = try machine.saveAsOwnBoard()
      } catch {
        return .refused(MigrationError(error))
      }
      return .loaded(
        saved, backed: verifies ? machine.allBlocks.map { MemoryView.backedPages($0) } : [],
        late: broken?.memory)
    case .run: run()
    case .relieve: relieve()
    case .news: onNews()
    case .over(let verdict, let error, let isCheck): end(verdict, error, isCheck: isCheck)
    }
    return .done
  }

  private func rehearse(_ machine: Machine) throws(LoadError) {
    let fresh = machine.save()
    _ = try? StateNode(der: fresh.der(), budget: FrameKind.state.budget)
    if let offered { try machine.arrive(offered.contents.tree) }
    _ = try? machine.saveAsOwnBoard()
    // What comes to its serial lines meanwhile is not for them yet.
    try machine.arrive(fresh)
  }

  /// Pages that come when the guest runs.
  private func expect(_ absent: [[Range<Int>]]?, of machine: Machine) throws(MigrationError) {
    guard let absent else { return }
    guard let id = offered?.id else { throw MigrationError("the offer does not say what this migration is known by") }
    do throws(HostError) {
      let memory = try LateMemory(machine.allBlocks, missing: absent)
      broken = BrokenArrival(id: id, blocks: machine.allBlocks.map { MemoryView($0) }, memory: memory)
    } catch {
      throw MigrationError("\(error)")
    }
  }

  /// Memory that the machine was stopped for has come.
  private func relieve() {
    machine?.memoryHasCome()
  }

  /// Waits at `address` for the source of a migration that was broken while memory came.
  func recover(at address: MigrationAddress, fault: FaultPlan?) throws(MigrationError) {
    guard shared.progress.status == .postcopyPaused, peer == nil else {
      throw MigrationError("no migration into this process is waiting for another connection")
    }
    if case .later = address { throw MigrationError("'defer' is no place to wait at") }
    self.fault = fault
    // It may be at the same place.
    door = nil
    try wait(at: address)
  }

  /// Breaks the connection off while memory comes.
  func breakOff() { peer?.wake.ring() }

  private func reasons(_ offer: Offer) -> [String] {
    offered = offer
    guard let machine else {
      let reasons = look(offer)
      if reasons.isEmpty, !offer.isCheck { accepted = offer }
      return reasons
    }
    guard machine.runState == .inMigrate else { return ["the machine here is \(machine.runState.rawValue) already"] }
    return machine.misfits(ofOffer: offer.contents)
  }

  private func run() {
    isOver = true
    door = nil
    let isWhole = broken == nil
    shared.update {
      $0.status = isWhole ? .completed : .postcopyActive
      $0.isUnresolved = false
    }
    machine?.receiveInput(input)
    machine?.takeOver(running: runsHere)
    onNews()
  }

  private func end(_ verdict: Verdict, _ error: MigrationError?, isCheck: Bool) {
    leave()
    switch verdict {
    case .here:
      // GO came, whatever happened then.
      if !isOver { run() }
      if broken != nil { endLate(error) }
    case .there:
      guard !isCheck else {
        shared = Self.fresh()
        door?.isOpen = true
        return
      }
      shared.update {
        $0.status = shared.isCancelled ? .cancelled : .failed
        $0.error = error
      }
      dropLate()
      _ = machine?.releaseDisks()
      if let error { note("no machine came: \(error)") }
      door?.isOpen = true
    case .unknown:
      isHeld = true
      // The source may need them: it has not given the machine up if GO was not sent.
      _ = machine?.releaseDisks()
      shared.update {
        $0.status = .failed
        $0.error = error
        $0.isUnresolved = true
      }
      note(Migrator.advice(error))
    }
    onNews()
  }

  /// Memory that was to come will not.
  private func dropLate() {
    guard broken != nil else { return }
    broken = nil
    machine?.eraseMemory()
  }

  /// The connection through which memory came is gone.
  private func endLate(_ error: MigrationError?) {
    guard let broken else { return }
    // Where all has come, it is the source alone that does not know it.
    guard let error, broken.memory.missingCount > 0 else {
      // Everybody notices that all has come.
      for block in machine?.allBlocks ?? [] { _ = block.prepareLoad(0, count: 1) }
      self.broken = nil
      shared.update {
        $0.status = .completed
        $0.error = nil
        $0.remaining = 0
      }
      return relieve()
    }
    shared.update {
      $0.status = .postcopyPaused
      $0.error = error
    }
    door?.isOpen = true
    note(
      "\(broken.memory.missingCount) pages of the machine's memory are at the other side still, and the connection is "
        + "lost: \(error). The guest runs until it needs one of them; 'migrate_recover URI' here, then 'migrate -r URI' at "
        + "the other side goes on")
  }
}
