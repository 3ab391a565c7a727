import Boards
import Foundation
import Migration
import MigrationSample
import SavedState

@_silgen_name("mallopt")
@discardableResult
private func setAllocator(_ parameter: Int32, _ value: Int32) -> Int32

/// Moves machines again and again while somebody between the two sides changes a frame of either, or one of them is
/// hostile. Whatever comes of it, one side runs the guest, or says that it cannot know, and the guest is as one that never
/// moved. A crash or a hang (an alarm) ends the process by itself.
struct MigrationFuzzer {
  private static let memoryLimit = 256 << 10
  /// M_ARENA_MAX of mallopt(3).
  private static let mostArenas: Int32 = -8
  /// Far more than one move has open.
  private static let descriptorLimit = 64
  private var random: SplitMix64
  private var hostile: HostileFuzzer

  init(seed: UInt64) throws {
    // Every thread's own arena would keep what one move has had, and the limit is one for a move.
    setAllocator(Self.mostArenas, 1)
    random = SplitMix64(seed: seed)
    hostile = try HostileFuzzer(seed: seed)
  }

  func run(seconds: Int) throws {
    var copy = self
    let start = SnapshotRunner.now
    var counts: [String: Int] = [:]
    var count = 0
    while SnapshotRunner.now < start + seconds {
      alarm(120)
      let what = copy.below(2) == 0 ? try copy.hostile.step() : try copy.move()
      counts[what, default: 0] += 1
      count += 1
    }
    alarm(0)
    print("\(count) moves in \(SnapshotRunner.now - start) s, at most \(SnapshotRunner.peak >> 10) MiB used")
    for (what, number) in counts.sorted(by: { $0.key < $1.key }) { print("  \(number) \(what)") }
    guard SnapshotRunner.peak < Self.memoryLimit else {
      SnapshotRunner.fail("more memory than \(Self.memoryLimit >> 10) MiB\n")
    }
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    guard open < Self.descriptorLimit else { SnapshotRunner.fail("\(open) descriptors are still open\n") }
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
    let outcome = (machine.isRunning ? "stayed" : isKnown ? "moved" : "unresolved") + ", changed: \(mischief)"
    let faults = try moves.faults(after: sides, machine, other, board, small)
    guard faults.isEmpty else {
      let names = capabilities.map(\.rawValue).sorted()
      let place = "\(board), \(mischief) of frame \(frame)\(isBack ? " back" : ""), \(names), seed \(seed)"
      SnapshotRunner.fail("\(place): \(faults.prefix(5).joined(separator: "; "))\n")
    }
    return outcome
  }
}
