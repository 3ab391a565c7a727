import Boards
import Foundation
import Migration
import MigrationSample
import SavedState

/// Moves machines again and again while somebody between the two sides changes a frame of either. Whatever comes of it,
/// one side runs the guest, or says that it cannot know, and the guest is as one that never moved. A crash or a hang (an
/// alarm) ends the process by itself.
struct MigrationFuzzer {
  private static let memoryLimit = 256 << 10
  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  func run(seconds: Int) throws {
    var copy = self
    let start = SnapshotRunner.now
    var counts: [String: Int] = [:]
    var count = 0
    while SnapshotRunner.now < start + seconds {
      alarm(60)
      counts[try copy.move(), default: 0] += 1
      count += 1
    }
    alarm(0)
    print("\(count) moves in \(SnapshotRunner.now - start) s, at most \(SnapshotRunner.peak >> 10) MiB used")
    for (what, number) in counts.sorted(by: { $0.key < $1.key }) { print("  \(number) \(what)") }
    guard SnapshotRunner.peak < Self.memoryLimit else {
      SnapshotRunner.fail("more memory than \(Self.memoryLimit >> 10) MiB\n")
    }
  }

  private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

  /// One move; what came of it.
  private mutating func move() throws -> String {
    let board = Moves.boards[below(2)]
    let mischief = Mangler.Mischief.allCases[below(Mangler.Mischief.allCases.count)]
    let isBack = below(3) == 0
    let frame = below(isBack ? 6 : 12)
    let capabilities = Set(MigrationCapability.allCases.filter { $0 != .pauseBeforeSwitchover && below(2) == 0 })
    let seed = random.next()
    let moves = Moves()
    moves.pace = 1000 + below(4000)
    moves.silence = 200_000_000
    func small(_ setup: inout MachineSetup) { setup.memory = 4 << 20 }
    let machine = try moves.running(board, small)
    let other = try moves.bare(board, small)
    let mangler = Mangler(mischief, frame: frame, back: isBack, seed: seed)
    let sides = try moves.move(machine, into: other, by: (mangler.near, mangler.far)) {
      $0.capabilities = capabilities
    }
    let isKnown = machine.isRunning || other.isRunning
    let outcome = machine.isRunning ? "stayed" : isKnown ? "moved" : "unresolved"
    let faults = try moves.faults(after: sides, machine, other, board, small)
    guard faults.isEmpty else {
      let names = capabilities.map(\.rawValue).sorted()
      let place = "\(board), \(mischief) of frame \(frame)\(isBack ? " back" : ""), \(names), seed \(seed)"
      SnapshotRunner.fail("\(place): \(faults.prefix(5).joined(separator: "; "))\n")
    }
    return outcome
  }
}
