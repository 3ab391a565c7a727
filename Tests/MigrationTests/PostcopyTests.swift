import Foundation
import GuestMemory
import Host
import MachineSample
import MigrationSample
import SavedState
import Testing

@testable import Boards
@testable import Migration

/// Guests that run at the destination before their memory is there.
struct PostcopyTests {
  private func small(_ setup: inout MachineSetup) { setup.memory = 4 << 20 }

  /// Begins to move a machine whose guest goes before its memory.
  private func begin(
    _ moves: Moves, _ name: String, faults: (FaultPlan?, FaultPlan?) = (nil, nil), bandwidth: UInt64 = 3_000_000
  ) throws -> (machine: Machine, other: Machine, sides: Moves.Sides) {
    moves.pace = 2000
    let machine = try moves.running(name, small)
    let other = try moves.bare(name, small)
    let sides = try moves.begin(machine, into: other, faults: faults) {
      $0.capabilities = [.postcopyRAM, .xbzrle]
      $0.parameters.postcopyBandwidth = bandwidth
    }
    // Before anything is sent: all is missing then.
    try sides.out.startPostcopy()
    return (machine, other, sides)
  }

  private func arePaused(_ sides: Moves.Sides) -> Bool {
    sides.out.progress.status == .postcopyPaused && sides.into.progress.status == .postcopyPaused
      && !sides.destination.isBusy
  }

  @Test(arguments: Moves.boards)
  func `a guest runs before its memory is there, and fetches what it touches`(name: String) throws {
    let moves = Moves()
    // Next to nothing comes unasked for.
    let (machine, other, sides) = try begin(moves, name, bandwidth: 1)
    moves.go([machine, other]) { sides.into.progress.requests > 5 }
    #expect(sides.into.progress.status == .postcopyActive)
    sides.out.parameters.postcopyBandwidth = 0
    moves.go([machine, other]) { !sides.isUnderWay }
    #expect(sides.out.progress.status == .completed, "\(sides.out.progress)")
    #expect(sides.into.progress.status == .completed, "\(sides.into.progress)")
    #expect(sides.into.progress.requests == sides.out.progress.requests)
    #expect(machine.runState == .postMigrate)
    #expect(other.isRunning)
    #expect(other.allBlocks.allSatisfy { $0.absentPages == nil })
    #expect(try moves.harm(to: other, name, small) == [])
    // And moves on.
    let third = try moves.bare(name, small)
    #expect(try moves.move(other, into: third).out.progress.status == .completed)
    #expect(try moves.harm(to: third, name, small) == [])
  }

  @Test func `what cannot be sent as fast as it changes follows by itself`() throws {
    let moves = Moves()
    let machine = try moves.running("microvm", small)
    let other = try moves.bare("microvm", small)
    let sides = try moves.begin(machine, into: other) {
      $0.capabilities = [.postcopyRAM]
      $0.parameters.bandwidth = 2_000_000
      $0.parameters.downtimeLimit = 0
    }
    moves.go([machine, other]) { !sides.isUnderWay }
    #expect(sides.out.progress.status == .completed, "\(sides.out.progress)")
    #expect(sides.out.progress.rounds > 2)
    #expect(try moves.harm(to: other, "microvm", small) == [])
  }

  @Test(arguments: Moves.boards)
  func `a connection that breaks stops the guest when it needs what is missing, and another one goes on`(
    name: String
  ) throws {
    let moves = Moves()
    let (machine, other, sides) = try begin(
      moves, name, faults: (FaultPlan(.cut, at: .phase("pushing")), nil), bandwidth: 0)
    moves.go([machine]) { arePaused(sides) }
    #expect(arePaused(sides))
    // What the guest would do sooner or later.
    for block in other.allBlocks { for page in 0..<block.pageCount { _ = block.readable(page * 4096, count: 1) } }
    #expect(other.runState == .ioError)
    #expect(machine.runState == .postMigrate)
    #expect(moves.notes.filter { $0.contains("migrate_recover") }.count == 2, "\(moves.notes)")
    // Nothing else may be done with either meanwhile.
    #expect(throws: MigrationError.self) { try sides.out.migrate(to: "fd:9") }
    #expect(throws: MigrationError.self) { try sides.into.migrate(to: "fd:9") }
    // Again broken, at the other side, and at last not.
    try moves.recover(sides, faults: (nil, FaultPlan(.cut, at: .received(20_000))))
    moves.go([machine, other]) { arePaused(sides) }
    #expect(arePaused(sides))
    try moves.recover(sides)
    moves.go([machine, other]) { !sides.isUnderWay }
    #expect(sides.out.progress.status == .completed, "\(sides.out.progress)")
    #expect(sides.into.progress.status == .completed, "\(sides.into.progress)")
    #expect(other.isRunning)
    #expect(try moves.harm(to: other, name, small) == [])
  }

  @Test(arguments: Moves.boards)
  func `a guest that resets while memory is missing starts when that has come`(name: String) throws {
    let moves = Moves()
    let (machine, other, sides) = try begin(
      moves, name, faults: (FaultPlan(.cut, at: .phase("pushing")), nil), bandwidth: 0)
    moves.go([machine]) { arePaused(sides) }
    try SampleMachines.useGuest(other, name)
    var resets = 0
    other.observe { event in
      guard case .reset = event else { return }
      resets += 1
      // Before the guest changes anything.
      other.quit()
    }
    other.requestReset("a test")
    var looks = 0
    func look() {
      looks += 1
      // However often somebody looks.
      if looks == 10 {
        #expect(other.awaitsMemory && other.resetWaits && resets == 0)
        do { try moves.recover(sides) } catch { Issue.record(error) }
      }
      if looks > 4000 { return other.quit() }
      moves.poller.after(5_000_000) { look() }
    }
    look()
    moves.polls = true
    _ = other.run()
    moves.polls = false
    moves.go([]) { !sides.isUnderWay }
    #expect(sides.into.progress.status == .completed)
    #expect(resets == 1)
    // What a reset puts into memory is there, whole.
    let fresh = try moves.bare(name, small)
    try SampleMachines.useGuest(fresh, name)
    try fresh.powerOn()
    for (a, b) in zip(fresh.allBlocks, other.allBlocks) {
      for page in MemoryView.backedPages(a).joined() {
        let (there, here) = (a.readable(page * 4096, count: 4096), b.readable(page * 4096, count: 4096))
        guard let there, let here, !PageScan.isZero(UnsafeRawBufferPointer(start: there, count: 4096)) else { continue }
        #expect(memcmp(there, here, 4096) == 0, "page \(page) of \(a.name)")
      }
    }
  }

  @Test func `another migration cannot go on in the place of a broken one`() throws {
    let moves = Moves()
    let mine = try begin(moves, "microvm", faults: (FaultPlan(.cut, at: .phase("pushing")), nil))
    moves.go([mine.machine]) { arePaused(mine.sides) }
    let moves2 = Moves()
    let theirs = try begin(moves2, "microvm", faults: (FaultPlan(.cut, at: .phase("pushing")), nil))
    moves2.go([theirs.machine]) { arePaused(theirs.sides) }
    let (near, far) = Moves.pair()
    try mine.sides.into.recover(at: "fd:\(far)")
    try theirs.sides.out.goOn(at: "fd:\(near)")
    moves2.go([]) { theirs.sides.out.progress.status == .postcopyPaused }
    moves.go([]) { arePaused(mine.sides) }
    #expect(theirs.sides.out.progress.error?.description.contains("another migration") ?? false)
    #expect(arePaused(mine.sides))
    try moves.recover(mine.sides)
    moves.go([mine.machine, mine.other]) { !mine.sides.isUnderWay }
    #expect(mine.sides.out.progress.status == .completed)
    #expect(try moves.harm(to: mine.other, "microvm", small) == [])
  }

  @Test func `a source whose memory is needed still takes nobody in, and a person can say that it is not`() throws {
    let moves = Moves()
    let (machine, other, sides) = try begin(moves, "microvm", faults: (FaultPlan(.cut, at: .phase("pushing")), nil))
    moves.go([machine]) { arePaused(sides) }
    #expect(throws: MigrationError.self) { try sides.out.expect(at: "unix:/nonexistent/way") }
    #expect(throws: MigrationError.self) { try sides.out.resolve(here: true) }
    sides.out.cancel()
    #expect(sides.out.progress.status == .postcopyPaused)
    try sides.out.resolve(here: false)
    #expect(sides.out.progress.status == .completed)
    #expect(!machine.isRunning && other.runState != .inMigrate)
  }

  @Test func `looking at memory that has not come changes nothing for a machine that does not run`() throws {
    let moves = Moves()
    let (machine, other, sides) = try begin(moves, "microvm", faults: (nil, FaultPlan(.cut, at: .phase("ready"))))
    moves.go([machine]) { !sides.out.progress.status.isActive && !sides.destination.isBusy }
    #expect(machine.isRunning)
    func look() {
      let start = HostClock.monotonic
      for block in other.allBlocks { for page in 0..<block.pageCount { _ = block.readable(page * 4096, count: 1) } }
      #expect(HostClock.monotonic - start < 5_000_000_000)
      #expect(other.runState == .inMigrate)
    }
    look()
    if sides.into.progress.isUnresolved { try sides.into.resolve(here: false) }
    look()
    #expect(other.allBlocks.allSatisfy { $0.absentPages == nil })
    // One that was stopped stays so when memory comes that somebody looks at.
    let third = try moves.bare("microvm", small)
    machine.pause()
    let again = try moves.begin(machine, into: third) {
      $0.capabilities = [.postcopyRAM]
      $0.parameters.bandwidth = 2_000_000
      $0.parameters.postcopyBandwidth = 1
    }
    moves.go([]) { again.out.progress.status == .active }
    try again.out.startPostcopy()
    moves.go([]) { again.into.progress.status == .postcopyActive }
    for block in third.allBlocks { _ = block.readable(block.size - 1, count: 1) }
    again.out.parameters.postcopyBandwidth = 0
    moves.go([]) { !again.isUnderWay }
    #expect(again.into.progress.status == .completed)
    #expect(third.runState == .paused)
  }

  private static let places: [FaultPlan.Place] = [
    .phase("handing"), .phase("ready"), .phase("given"), .phase("pushing"),
  ]

  @Test(arguments: places, [FaultPlan.Action.cut, .corrupt, .delay(20)])
  func `a fault of the source leaves one side running, or a migration that goes on`(
    place: FaultPlan.Place, action: FaultPlan.Action
  ) throws {
    let moves = Moves()
    let (machine, other, sides) = try begin(moves, "microvm", faults: (FaultPlan(action, at: place), nil))
    try settle(moves, machine, other, sides)
  }

  @Test(arguments: ["loading", "ready", "pulling", "over"], [FaultPlan.Action.cut, .corrupt, .delay(20)])
  func `a fault of the destination leaves one side running, or a migration that goes on`(
    phase: String, action: FaultPlan.Action
  ) throws {
    let moves = Moves()
    let (machine, other, sides) = try begin(moves, "microvm", faults: (nil, FaultPlan(action, at: .phase(phase))))
    try settle(moves, machine, other, sides)
  }

  @Test(arguments: 0..<24)
  func `a fault at any byte leaves one side running, or a migration that goes on`(number: Int) throws {
    var random = SplitMix64(seed: UInt64(number) &* 0x2545_f491)
    let moves = Moves()
    let byte = 5000 + random.next() % 400_000
    let action: FaultPlan.Action = number % 2 == 0 ? .cut : .corrupt
    let isSource = number % 3 != 0
    let plan = FaultPlan(action, at: isSource ? .sent(byte) : .received(byte))
    let (machine, other, sides) = try begin(moves, "microvm", faults: isSource ? (plan, nil) : (nil, plan))
    try settle(moves, machine, other, sides)
  }

  /// Lets a migration come to its end, by a new connection where it needs one, and looks at the guest.
  private func settle(_ moves: Moves, _ machine: Machine, _ other: Machine, _ sides: Moves.Sides) throws {
    func isPaused(_ side: Migrator) -> Bool { side.progress.status == .postcopyPaused }
    moves.go([machine, other]) {
      (!sides.out.progress.status.isActive || isPaused(sides.out))
        && (!sides.into.progress.status.isActive || isPaused(sides.into)) && !sides.destination.isBusy
    }
    #expect(!(machine.isRunning && other.isRunning))
    if sides.into.progress.isUnresolved, sides.out.progress.isUnresolved { try sides.into.resolve(here: true) }
    if isPaused(sides.into) {
      // The source knows, or does not, that the guest has gone.
      #expect(isPaused(sides.out) || sides.out.progress.isUnresolved, "\(sides.out.progress)")
      try moves.recover(sides)
      moves.go([machine, other]) { !sides.isUnderWay }
      #expect(sides.out.progress.status == .completed, "\(sides.out.progress)")
      #expect(!sides.out.progress.isUnresolved)
    }
    #expect(try moves.faults(after: sides, machine, other, "microvm", small) == [])
  }

  // MARK: Parts

  @Test func `pages are taken from the queue once, those that are wanted before the others`() {
    var queue = PageQueue([10, 0, 20])
    queue.add([[1..<4, 8..<10], [], [0..<20]])
    queue.add([[2..<5], [], []])
    #expect(queue.count == 26)
    #expect(queue.runs == [[1..<5, 8..<10], [], [0..<20]])
    #expect(queue.take(block: 2, page: 7, limit: 4) == 7..<11)
    // The next one, too, is more likely to be wanted than the first.
    #expect(queue.take(limit: 3).map { "\($0)" } == "(block: 2, pages: Range(11..<14))")
    #expect(queue.take(block: 2, page: 8, limit: 4).isEmpty)
    #expect(queue.take(block: 3, page: 0, limit: 4).isEmpty)
    #expect(queue.take(block: 0, page: 10, limit: 4).isEmpty)
    #expect(queue.take(block: -1, page: -1, limit: 4).isEmpty)
    var count = 0
    while let (_, pages) = queue.take(limit: 3) { count += pages.count }
    #expect(count == 19)
    #expect(queue.count == 0 && queue.take(limit: 3) == nil)
  }

  @Test func `pages are put where somebody waits, or into their place, once`() throws {
    let block = try RAMBlock(name: "ram", size: 8 * 4096)
    block.write(0, count: 8 * 4096) { memset($0, 1, 8 * 4096) }
    var losses: [MemoryLoss] = []
    block.onLoss = { losses.append($0) }
    let memory = try LateMemory([block], missing: [[1..<3, 6..<8]])
    #expect(memory.missingCount == 4)
    memory.reconnect()
    #expect(block.readable(0, count: 4096)?.load(as: UInt8.self) == 1)
    // Nobody answers.
    #expect(block.readable(4096, count: 1) == nil)
    #expect(losses.count == 1 && losses[0].isPassing)
    #expect(memory.takeWanted() == [LateMemory.Place(block: 0, page: 1)])
    let deliver: @Sendable (UInt8, Int) -> Bool = { byte, page in
      [UInt8](repeating: byte, count: 4096).withUnsafeBytes {
        memory.plain(page, of: 0, $0.baseAddress!, PageLedger.checksum($0.baseAddress!))
      }
    }
    // A damaged one does not get there.
    #expect([UInt8](repeating: 7, count: 4096).withUnsafeBytes { !memory.plain(1, of: 0, $0.baseAddress!, 1) })
    #expect(!memory.takeRelief())
    #expect(deliver(7, 1))
    #expect(memory.takeRelief() && !memory.takeRelief())
    #expect(block.readable(4096, count: 1)?.load(as: UInt8.self) == 7)
    // What is there stays, also what was never missing.
    #expect(deliver(9, 1) && deliver(9, 0))
    memory.zeros(6..<8, of: 0)
    #expect(block.readable(4096, count: 1)?.load(as: UInt8.self) == 7)
    #expect(block.readable(0, count: 1)?.load(as: UInt8.self) == 1)
    #expect(block.readable(6 * 4096, count: 1)?.load(as: UInt8.self) == 0)
    #expect(memory.missingRuns == [[2..<3]])
    // Somebody who answers while it is waited for.
    Thread.detachNewThread {
      while memory.takeWanted().isEmpty { usleep(100) }
      _ = deliver(7, 2)
    }
    #expect(block.readable(2 * 4096, count: 1)?.load(as: UInt8.self) == 7)
    #expect(memory.missingCount == 0)
    #expect(block.absentPages == nil)
  }

  @Test func `no more pages are taken than were to come`() throws {
    let block = try RAMBlock(name: "ram", size: 8 * 4096)
    let memory = try LateMemory([block], missing: [[1..<3]])
    var receiver = PageReceiver([MemoryView(block)], to: memory, limit: 2)
    // One block, one entry: two zero pages, or more than all.
    func zeros(_ count: UInt64) -> [UInt8] {
      let words: [UInt64] = [1 << 32, 1, count]
      return words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    }
    #expect(throws: MigrationError.self) { try zeros(7).withUnsafeBytes { try receiver.take($0) } }
    try zeros(2).withUnsafeBytes { try receiver.take($0) }
    #expect(memory.missingCount == 0)
    #expect(throws: MigrationError.self) { try zeros(2).withUnsafeBytes { try receiver.take($0) } }
  }

  @Test func `a broken connection makes nobody wait, and all is asked for again over the next`() throws {
    let block = try RAMBlock(name: "ram", size: 4 * 4096)
    let memory = try LateMemory([block], missing: [[0..<4]])
    let start = HostClock.monotonic
    #expect(block.readable(0, count: 8192 + 1) == nil)
    #expect(block.readable(8192, count: 1) == nil)
    #expect(HostClock.monotonic - start < 150_000_000)
    #expect(memory.takeWanted().isEmpty)
    memory.reconnect()
    #expect(memory.takeWanted() == [LateMemory.Place(block: 0, page: 0), LateMemory.Place(block: 0, page: 2)])
  }

  @Test func `pages that are missing twice, out of order, or not of the board are refused`() throws {
    var source = SourceProtocol()
    for message in [Message.want(LateMemory.Place(block: 0, page: 0)), .absent(block: 0, runs: [0..<1])] {
      #expect(throws: MigrationError.self) { try source.take(message) }
    }
    let frames: [[UInt32]] = [[0, 1, 5, 0], [0, 2, 5, 2, 6, 1], [0, 2, 5, 1], [0, 1, 5, 1, 7, 7], [0]]
    for words in frames {
      let bytes = words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
      let message = bytes.withUnsafeBytes { try? Message(.absent, $0) }
      #expect(message == nil, "\(words)")
    }
  }
}
