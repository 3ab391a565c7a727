import Boards
import Foundation
import GuestMemory
import Host
import SavedState

/// A machine on its way out, on the machine's thread.
final class Source {
  let shared: Shared
  let isCheck: Bool
  private let machine: Machine
  private let poller: Poller
  private let capabilities: Set<MigrationCapability>
  private var errands: Errands<SourceErrand, SourceReply>
  private var wake: Connection.Wake
  private let id = MigrationID()
  private let silence: Int64
  private let security: MigrationSecurity
  /// What can go on over another connection.
  private(set) var broken: BrokenDeparture?
  private var watch: Watch?
  private var consumers: [DirtyConsumer] = []
  /// Disks that are copied.
  private var disks: [DiskWatch] = []
  private var isStopped = false
  private var wasRunning = false
  /// Taken from the back ends, and to be put back if the machine stays.
  private var input: [String: [UInt8]] = [:]
  private var throttle: Throttle?
  /// Told that the guest will stand still.
  private let beforeStop: () -> Void
  /// Told of news, of rounds, and of the end.
  private let onNews: () -> Void
  private let onPass: (Int) -> Void
  private let onEnd: (Verdict, MigrationError?) -> Void

  init(
    _ machine: Machine, to address: MigrationAddress, isCheck: Bool, poller: Poller,
    capabilities: Set<MigrationCapability>, parameters: MigrationParameters, security: MigrationSecurity,
    fault: FaultPlan?,
    silence: Int64, beforeStop: @escaping () -> Void, onNews: @escaping () -> Void, onPass: @escaping (Int) -> Void,
    onEnd: @escaping (Verdict, MigrationError?) -> Void
  ) throws(MigrationError) {
    var progress = MigrationProgress()
    progress.status = .setup
    progress.start = HostClock.monotonic
    progress.memory = machine.allBlocks.reduce(0) { $0 + UInt64($1.size) }
    progress.remaining = progress.memory
    shared = Shared(progress, parameters)
    self.isCheck = isCheck
    self.silence = silence
    self.security = security
    self.machine = machine
    self.poller = poller
    self.capabilities = capabilities
    self.beforeStop = beforeStop
    self.onNews = onNews
    self.onPass = onPass
    self.onEnd = onEnd
    do throws(HostError) {
      errands = try Errands()
      wake = try Connection.Wake()
    } catch {
      throw MigrationError("\(error)")
    }
    begin(address, fault)
  }

  deinit { end() }

  private func begin(_ address: MigrationAddress, _ fault: FaultPlan?) {
    let thread = SourceThread(
      address, id: id, isCheck: isCheck, capabilities: capabilities, broken: broken, shared: shared, errands: errands,
      wake: wake, security: security, fault: fault, silence: silence)
    watch = errands.watch(poller) { [unowned self] in serve($0) }
    Thread.detachNewThread { thread.run() }
  }

  /// Goes on over another connection, which leads to the same destination.
  func goOn(at address: MigrationAddress, fault: FaultPlan?) throws(MigrationError) {
    do throws(HostError) {
      errands = try Errands()
      wake = try Connection.Wake()
    } catch {
      throw MigrationError("\(error)")
    }
    shared.update {
      $0.status = .postcopyRecover
      $0.error = nil
    }
    begin(address, fault)
  }

  /// Breaks the connection off while memory follows the guest.
  func breakOff() { wake.ring() }

  /// Gives up, unless it is too late.
  func cancel() {
    shared.isCancelled = true
    // While GO may be out, only the other side can say what became of it.
    if !isGivenUp { wake.ring() }
  }

  private var isGivenUp = false
  private var isFirst = true

  /// The thread is left alone; it ends.
  private func end() {
    throttle = nil
    consumers = []
    disks = []
    if let watch { poller.remove(watch) }
    watch = nil
    errands.close()
    wake.ring()
  }

  private func serve(_ errand: SourceErrand) -> SourceReply? {
    switch errand {
    case .offer:
      do throws(SaveError) {
        let mirrors = capabilities.contains(.block)
        // What was written into a temporary overlay would be lost.
        guard mirrors || machine.unmovableDisks.isEmpty else {
          return .refused(MigrationError(machine.unmovableDisks))
        }
        // Of disks that are copied only the size counts.
        let contents = try machine.contents(disks: mirrors ? .copy : .handover)
        let names = capabilities.filter(\.isShared).map(\.rawValue)
        let disks = mirrors ? machine.writableDisks.map { DiskView($0.name, $0.disk).label } : []
        let channels = capabilities.contains(.multifd) ? Int(clamping: shared.parameters.channels) : 0
        return .offer(
          Offer(contents, capabilities: Set(names), disks: disks, id: id, channels: channels, isCheck: isCheck))
      } catch {
        return .refused(MigrationError(error))
      }
    case .begin(let mirrors):
      for block in machine.allBlocks {
        guard let consumer = block.makeConsumer() else {
          consumers = []
          return .refused(MigrationError("memory \(block.name): too many watch its pages"))
        }
        consumers.append(consumer)
      }
      for (name, disk) in mirrors ? machine.writableDisks : [] {
        guard let watch = DiskWatch(name, disk) else {
          return .refused(MigrationError("drive \(name): this kind of disk cannot be copied"))
        }
        disks.append(watch)
      }
      let blocks = consumers.map(\.block)
      let stores: [any PageStore] = blocks.map { MemoryView($0) } + disks.map(\.view)
      return .memory(stores, blocks.compactMap(\.absentPages))
    case .take: return .runs(takeRuns())
    case .count:
      return .count(consumers.reduce(0) { $0 + $1.dirtyCount } + disks.reduce(0) { $0 + $1.dirtyCount })
    case .rehearse:
      do throws(SaveError) {
        return .state(try machine.saveAsOwnBoard())
      } catch {
        return .refused(MigrationError(error))
      }
    case .stop:
      guard machine.runState.canLeave else {
        return .refused(MigrationError("the machine is \(machine.runState.rawValue)"))
      }
      beforeStop()
      wasRunning = machine.isRunning
      isStopped = true
      throttle = nil
      machine.pause(.finishMigrate)
      return .stopped(wasRunning: wasRunning)
    case .handOver:
      var times: [String: Int64] = [:]
      var last = HostClock.monotonic
      let tree: StateNode
      do throws(SaveError) {
        tree = try machine.saveAsOwnBoard { device in
          let now = HostClock.monotonic
          times[device] = now - last
          last = now
        }
      } catch {
        return .refused(MigrationError(error))
      }
      // Those that are copied are read still.
      let failures = disks.isEmpty ? machine.releaseDisks() : []
      guard failures.isEmpty else { return .refused(MigrationError(failures)) }
      input = machine.takeInput()
      // Finding them takes longer than all the rest.
      let verifies = capabilities.contains(.verifyMemory)
      let backed = verifies ? consumers.map { MemoryView.backedPages($0.block) } : []
      return .handOver(tree, input: input, runs: takeRuns(), backed: backed, times: times)
    case .giveUp:
      guard !shared.isCancelled else { return .refused(MigrationError("it was cancelled")) }
      isGivenUp = true
      machine.pause(.postMigrate)
      return .done
    case .takeBack: return .done
    case .news: onNews()
    case .pass(let round): onPass(round)
    case .throttle: slowDown()
    case .over(let verdict, let error, let rest):
      // The others were handed over before.
      if !disks.isEmpty, verdict != .here { _ = machine.releaseDisks() }
      end()
      broken = rest
      switch verdict {
      case .here: if isStopped { return stay(HostClock.monotonic, verdict, error) }
      case .there: break
      case .unknown: machine.pause(.postMigrate)
      }
      onEnd(verdict, error)
    }
    return .done
  }

  /// After `.unknown`: somebody has looked.
  func resolve(here: Bool) throws(MigrationError) {
    guard here else { return }
    let failures = machine.acquireDisks()
    guard failures.isEmpty else { throw MigrationError(failures) }
    broken = nil
    regain()
  }

  /// The machine goes on here as if it had not been stopped, as soon as its disks are back: the other side lets go of
  /// them when it sees that it is over.
  private func stay(_ start: Int64, _ verdict: Verdict, _ error: MigrationError?) -> SourceReply? {
    let failures = machine.acquireDisks()
    if !failures.isEmpty, HostClock.monotonic - start < Self.diskPatience {
      poller.after(20_000_000) { [weak self] in _ = self?.stay(start, verdict, error) }
      return .done
    }
    if failures.isEmpty { regain() } else { machine.pause(.ioError) }
    onEnd(verdict, failures.isEmpty ? error : MigrationError((error?.reasons ?? []) + failures))
    return .done
  }

  /// How long disks may take to come back, in nanoseconds.
  private static let diskPatience: Int64 = 10_000_000_000

  private func regain() {
    machine.putInput(input)
    machine.takeOver(running: wasRunning)
  }

  /// The pages that have changed since last time; at first, all that may not be zero.
  private func takeRuns() -> [[Range<Int>]] {
    defer { isFirst = false }
    let memory = consumers.map { consumer -> [Range<Int>] in
      guard isFirst else {
        var runs: [Range<Int>] = []
        consumer.take { runs.append($0) }
        return runs
      }
      // Notices that all has been brought in, which makes the host's view of what is there usable.
      _ = consumer.block.prepareLoad(0, count: 1)
      let backed = MemoryView.backedPages(consumer.block)
      var runs: [Range<Int>] = []
      var next = 0
      consumer.take { run in
        // Both ascend.
        while next < backed.count, backed[next].upperBound <= run.lowerBound { next += 1 }
        var at = next
        while at < backed.count, backed[at].lowerBound < run.upperBound {
          runs.append(max(run.lowerBound, backed[at].lowerBound)..<min(run.upperBound, backed[at].upperBound))
          at += 1
        }
      }
      return runs
    }
    return memory + disks.map { $0.takeRuns() }
  }

  private func slowDown() {
    let limits = shared.parameters
    let next =
      throttle.map { $0.percent + Int(clamping: limits.throttleIncrement) } ?? Int(clamping: limits.throttleInitial)
    let percent = min(next, Int(clamping: limits.throttleMaximum))
    if let throttle { throttle.percent = percent } else { throttle = Throttle(poller, percent: percent) }
    shared.update { $0.throttle = percent }
  }
}
