import Boards
import Foundation
import Migration
import MigrationSample
import SavedState

/// One side that is Ferry, and a peer that means no good: whatever it does, the side ends in time, the machine that was
/// there is unharmed, and what people are told is fit for a terminal.
struct HostileFuzzer {
  private var random: SplitMix64
  /// By board, with and without capabilities.
  private let recorded: [(board: String, move: RecordedMove)]
  private let path = "/tmp/hostile-\(getpid())"
  /// How long a side may take, in seconds. A frame and the silence between two are far below a second here, but all
  /// rounds that a source may have are many.
  private static let patience = 40.0

  private static func equip(_ setup: inout MachineSetup) { setup.memory = 4 << 20 }

  init(seed: UInt64) throws {
    random = SplitMix64(seed: seed ^ 0x4057)
    recorded = try Moves.boards.flatMap { board in
      try [[], [.compress, .xbzrle, .verifyMemory]].map {
        (board, try RecordedMove(board, capabilities: $0, Self.equip))
      }
    }
  }

  private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

  /// One peer; what came of it.
  mutating func step() throws -> String { below(2) == 0 ? try source() : try destination() }

  private func fail(_ place: String, _ faults: [String]) -> Never {
    SnapshotRunner.fail("\(place): \(faults.prefix(5).joined(separator: "; "))\n")
  }

  private func moves() -> Moves {
    let moves = Moves()
    moves.silence = 200_000_000
    moves.pace = 2000
    return moves
  }

  /// What was said that is not fit for people.
  private func rudeNotes(_ moves: Moves, _ errors: MigrationError?...) -> [String] {
    let texts = moves.notes + errors.compactMap { $0 }.flatMap(\.reasons)
    let rude = texts.filter { !Moves.isPlain($0) || $0.utf8.count > 1 << 20 }
    return rude.map { "people are told \(String(reflecting: String($0.prefix(200)))), \($0.utf8.count) bytes" }
  }

  // MARK: A source

  private mutating func source() throws -> String {
    let (board, recorded) = recorded[below(recorded.count)]
    let trick = HostileSource.Trick.allCases[below(HostileSource.Trick.allCases.count)]
    let seed = random.next()
    let place = "a hostile source, \(trick), \(board), seed \(seed)"
    let moves = moves()
    let machine = try moves.bare(board, Self.equip)
    let (into, destination) = try moves.receiver(of: machine, at: path)
    let peer = HostileSource(trick, recorded, seed: seed) {
      guard let line = PeerLine(calling: path) else { fail(place, ["nobody is at the door"]) }
      return line
    }
    guard moves.go([], seconds: 5, until: { destination.isBusy }) else { fail(place, ["nobody came to the door"]) }
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      peer.run()
      ended.signal()
    }
    var isEnough = false
    if peer.mayGoOn {
      isEnough = !moves.go([], seconds: 1) { !destination.isBusy }
      if isEnough { into.cancel() }
    }
    guard moves.go([], seconds: Self.patience, until: { !destination.isBusy }) else { fail(place, ["it does not end"]) }
    peer.hangUp()
    guard ended.wait(timeout: .now() + 20) == .success else { fail(place, ["the peer does not end"]) }
    var faults = rudeNotes(moves, into.progress.error)
    let what: String
    if into.progress.isUnresolved {
      what = "unresolved"
      try into.resolve(here: false)
    } else if machine.runState == .inMigrate {
      what = isEnough ? "cancelled" : "refused"
    } else {
      what = "moved"
      // What it is may be anything; it has to go on all the same.
      _ = machine.run(instructions: 2000)
    }
    if what != "moved" { faults += try honestMove(moves, board, into: machine, destination) }
    guard faults.isEmpty else { fail(place, faults) }
    return "\(what), source: \(trick)"
  }

  /// What is wrong about a move into `machine` by somebody who means well.
  private func honestMove(
    _ moves: Moves, _ board: String, into machine: Machine, _ destination: Destination
  ) throws -> [String] {
    guard machine.runState == .inMigrate else { return ["the machine is \(machine.runState.rawValue)"] }
    let other = try moves.running(board, Self.equip)
    let out = Migrator(other, poller: moves.poller)
    out.silence = 20_000_000_000
    for _ in 0..<8 where !machine.isRunning {
      try out.migrate(to: "unix:\(path)")
      guard moves.go([other], seconds: 20, until: { !out.progress.status.isActive && !destination.isBusy }) else {
        return ["an honest move does not end"]
      }
      // A busy host may keep it from speaking for as long as a hostile peer would be listened to.
      let isLate = moves.notes.last.map { $0.hasSuffix("nothing came in time") || $0.hasSuffix("too long to come") }
      guard machine.isRunning || isLate == true else { break }
    }
    guard machine.isRunning, !other.isRunning else {
      return ["an honest move was refused: \(moves.notes.last ?? "without a word")"]
    }
    return try moves.harm(to: machine, board, Self.equip)
  }

  // MARK: A destination

  private mutating func destination() throws -> String {
    let board = Moves.boards[below(2)]
    let trick = HostileDestination.Trick.allCases[below(HostileDestination.Trick.allCases.count)]
    let seed = random.next()
    let capabilities = Set(MigrationCapability.allCases.filter { $0 != .pauseBeforeSwitchover && below(2) == 0 })
    let place = "a hostile destination, \(trick), \(board), seed \(seed)"
    let moves = moves()
    let machine = try moves.running(board, Self.equip)
    let (near, far) = Moves.pair()
    let line = PeerLine(far)
    let peer = HostileDestination(trick: trick, line: line, seed: seed)
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      peer.run()
      ended.signal()
    }
    let out = try moves.sender(of: machine, to: near) {
      $0.capabilities = capabilities
      // Who answers late would never get the rest small enough.
      $0.parameters.timeLimit = 2
    }
    guard moves.go([machine], seconds: Self.patience, until: { !out.progress.status.isActive }) else {
      fail(place, ["it does not end"])
    }
    line.hangUp()
    guard ended.wait(timeout: .now() + 20) == .success else { fail(place, ["the peer does not end"]) }
    var faults = rudeNotes(moves, out.progress.error)
    var what = "stayed"
    if out.progress.isUnresolved {
      what = "unresolved"
      if machine.isRunning { faults.append("it runs although nobody knows where it is") }
      try out.resolve(here: true)
    } else if out.progress.status == .completed {
      what = "moved"
      if machine.isRunning { faults.append("it runs at both sides") }
    } else if !machine.isRunning {
      faults.append("it does not run any more")
    }
    if what != "moved" { faults += try moves.harm(to: machine, board, Self.equip) }
    guard faults.isEmpty else { fail(place, faults) }
    return "\(what), destination: \(trick)"
  }
}
