import Boards
import Foundation
import Migration
import SavedState
import Testing

/// Faults on demand: whatever breaks, and wherever, one side runs the guest, or none does and both say so.
struct FaultTests {
  /// What runs after a migration.
  private func check(
    _ moves: Moves, _ machine: Machine, _ other: Machine, _ sides: Moves.Sides, _ comment: Comment
  ) throws {
    #expect(!(machine.isRunning && other.isRunning), comment)
    if !machine.isRunning && !other.isRunning {
      // Nobody could know: then the sides say what to do, and it works.
      #expect(sides.out.progress.isUnresolved || sides.into.progress.isUnresolved, comment)
      #expect(moves.notes.contains { $0.contains("migrate_resolve here") }, comment)
      let unresolved = sides.out.progress.isUnresolved ? sides.out : sides.into
      try unresolved.resolve(here: true)
    }
    #expect(machine.isRunning != other.isRunning, comment)
    // The guest is unharmed.
    let twin = try moves.running("microvm") { $0.memory = 4 << 20 }
    _ = twin.run(instructions: moves.executed)
    let left = machine.isRunning ? machine : other
    #expect(twin.save().differences(to: left.save()).map(\.description) == [], comment)
    #expect(Moves.haveSameMemory(twin, left), comment)
  }

  private func run(_ faults: (FaultPlan?, FaultPlan?), _ comment: Comment) throws -> Moves.Sides {
    let moves = Moves()
    moves.pace = 2000
    let machine = try moves.running("microvm") { $0.memory = 4 << 20 }
    let other = try moves.bare("microvm") { $0.memory = 4 << 20 }
    let sides = try moves.move(machine, into: other, faults: faults)
    try check(moves, machine, other, sides, comment)
    return sides
  }

  private static let sourcePhases = ["greeting", "offering", "copying", "handing", "ready", "given"]
  private static let destinationPhases = ["greeting", "waiting", "answering", "filling", "loading", "ready", "over"]
  private static let actions: [FaultPlan.Action] = [.cut, .corrupt, .delay(20)]

  @Test(arguments: sourcePhases, actions)
  func `a fault of the source in any phase leaves one side running`(phase: String, action: FaultPlan.Action) throws {
    let sides = try run((FaultPlan(action, at: .phase(phase)), nil), "\(action) at \(phase)")
    if case .delay = action { #expect(sides.out.progress.status == .completed) }
  }

  @Test(arguments: destinationPhases, actions)
  func `a fault of the destination in any phase leaves one side running`(
    phase: String, action: FaultPlan.Action
  ) throws {
    let sides = try run((nil, FaultPlan(action, at: .phase(phase))), "\(action) at \(phase)")
    if case .delay = action { #expect(sides.out.progress.status == .completed) }
  }

  @Test(arguments: 0..<24)
  func `a fault at any byte leaves one side running`(number: Int) throws {
    var random = SplitMix64(seed: UInt64(number) &* 0x9e37_79b9)
    let byte = random.next() % [64, 20_000, 200_000, 1_000_000][number % 4]
    let action: FaultPlan.Action = number % 2 == 0 ? .cut : .corrupt
    let isSource = number % 3 != 0
    let place: FaultPlan.Place = isSource ? .sent(byte) : action == .cut ? .received(byte) : .sent(byte % 40)
    let plan = FaultPlan(action, at: place)
    _ = try run(isSource ? (plan, nil) : (nil, plan), "\(plan)")
  }
}
