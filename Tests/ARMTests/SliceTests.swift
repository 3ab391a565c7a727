import DeviceAudit
import Engine
import SavedState
import Testing

@testable import ARM

/// What a guest does is a function of the instructions that it executed, never of the slices in which it did.
@Suite struct `an ARM guest in slices` {
  @Test(arguments: 0..<12 as Range<UInt64>)
  func `goes one way however they are cut`(_ seed: UInt64) throws {
    let moments = stride(from: 500 as UInt64, through: 6000, by: 500)
    let whole = try SliceProgram(seed: seed)
    var states: [(tree: [UInt8], memory: [UInt8])] = []
    for moment in moments {
      whole.run(to: moment) { 1_000_000 }
      states.append(whole.state)
    }
    for length in [1, 2, 3, 7, 0] {
      let cut = try SliceProgram(seed: seed)
      var random = SplitMix64(seed: seed &+ 100)
      for (moment, expected) in zip(moments, states) {
        cut.run(to: moment) { length > 0 ? length : 1 + Int(random.below(40)) }
        let state = cut.state
        let isSame = state.tree == expected.tree && state.memory == expected.memory
        #expect(isSame, "seed \(seed), slices of \(length), before instruction \(moment)")
        guard isSame else { break }
      }
    }
  }

  @Test func `takes all kinds of exceptions meanwhile`() throws {
    var counts: [UInt32: UInt32] = [:]
    for seed in 0..<12 as Range<UInt64> {
      let program = try SliceProgram(seed: seed)
      program.run(to: 6000) { 1_000_000 }
      for vector in [0x04, 0x08, 0x18, 0x1c] as [UInt32] { counts[vector, default: 0] += program.count(vector) }
    }
    #expect(counts.count == 4 && counts.values.allSatisfy { $0 > 100 }, "\(counts)")
  }

  @Test func `does not notice breakpoints and watchpoints that come and go`() throws {
    for seed in 20..<24 as Range<UInt64> {
      let whole = try SliceProgram(seed: seed)
      whole.run(to: 4000) { 1_000_000 }
      let stopped = try SliceProgram(seed: seed)
      var random = SplitMix64(seed: seed)
      stopped.run(to: 4000) {
        let addresses = (0..<random.below(400)).map { _ in 0x1000 + random.below(0x800) * 4 }
        stopped.machine.cpu.setBreakpoints(Set(addresses))
        stopped.machine.cpu.setWatchpoints(
          random.below(2) == 0 ? [] : [Watchpoint(address: 0x8000 + random.below(0x4000), length: 64, kind: .access)])
        return 1 + Int(random.below(60))
      }
      #expect(stopped.stops > 20)
      let (a, b) = (whole.state, stopped.state)
      #expect(a.tree == b.tree && a.memory == b.memory, "seed \(seed)")
    }
  }
}
