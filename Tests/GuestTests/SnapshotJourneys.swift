import Foundation
import Testing

/// Linux in the middle of its work, moved from process to process by `savevm` and `-loadvm`: nothing that it computes,
/// prints, hears, writes or counts is lost.
///
/// `FERRY_JOURNEYS` says how often each is moved, 3 times unless given.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct SnapshotJourneys {
  static let environment = ProcessInfo.processInfo.environment
  static let moves = environment["FERRY_JOURNEYS"].flatMap { Int($0) } ?? 3
  static let seed = environment["FERRY_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...(.max))

  @Test(arguments: [1, 2]) func `Debian travels while it works`(_ cpus: Int) throws {
    try Traveller.withFolder { folder in
      let words = "console=ttyS0 panic=-1 quiet reboot=t"
      let traveller = try Traveller(
        folder, kernel: "i386", words: words, ["-m", "128", "-smp", "\(cpus)"], moves: Self.moves, seed: Self.seed)
      try traveller.digests(parting: .stopped)
      try traveller.digests(parting: .running)
      try traveller.gzips()
      try traveller.watchesTop()
      try traveller.transfers()
      try traveller.hearsTheKeyboard()
    }
  }

  @Test func `Debian travels while its CPUs execute at once`() throws {
    try Traveller.withFolder { folder in
      let words = "console=ttyS0 panic=-1 quiet reboot=t"
      let traveller = try Traveller(
        folder, kernel: "i386", words: words, ["-m", "128", "-smp", "2"], resources: ["-accel", "jit,thread=multi"],
        moves: Self.moves, seed: Self.seed)
      try traveller.digests(parting: .running)
      try traveller.gzips()
    }
  }

  @Test(.enabled(if: Guests.armIsThere, "FERRY_GUESTS has no arm"))
  func `Linux on the Integrator travels while it works and writes to its card`() throws {
    try Traveller.withFolder { folder in
      let card = "\(folder)/card.img"
      try Traveller.makeCard(card)
      let traveller = try Traveller(
        folder, kernel: "arm", words: "console=ttyAMA0 panic=-1 quiet", ["-M", "integratorcp", "-m", "64"],
        resources: ["-drive", "file=\(card),id=card,if=sd,format=raw"], moves: Self.moves, seed: Self.seed)
      try traveller.digests(parting: .stopped)
      try traveller.digests(parting: .running)
      try traveller.gzips()
      try traveller.watchesTop()
      try traveller.transfers()
      try traveller.hearsTheKeyboard()
      try traveller.writes(card: card)
    }
  }
}
