import ARM
import Boards
import DeviceModel
import MachineSample
import SavedState
import Testing

/// The translator and the interpreter in whole machines.
@Suite(.enabled(if: ARMCPU.canTranslate, "there is no translator for this host"))
struct `a machine whose code is translated` {
  @Test(arguments: ["integratorcp", "microvm"], [0, 8])
  func `is at any instruction what the interpreted one is`(board: String, threshold: Int) throws {
    let plain = try SampleMachines.running(board, instructions: 0) { $0.accelerator = .interpreter }
    let fast = try SampleMachines.running(board, instructions: 0) {
      $0.accelerator = .translator(threshold: threshold)
    }
    var random = SplitMix64(seed: 11)
    for moment in 0..<60 {
      let count = 1 + Int(random.below(40_000))
      let exits = [plain, fast].map { $0.run(instructions: count) }
      #expect(exits[0] == exits[1])
      let isEqual = plain.save().der() == fast.save().der() && plain.hasSameMemory(as: fast)
      #expect(isEqual, "moment \(moment)")
      guard isEqual else { return }
      // Each goes on with what the other was.
      if moment % 3 == 0 {
        let trees = [plain, fast].map { $0.save() }
        try plain.load(trees[1])
        try fast.load(trees[0])
      }
    }
    let statistics = try #require(fast.cpus[0].translatorStatistics)
    // One translation has several blocks in it.
    #expect(statistics.blocks > 10 && statistics.entries > 0)
  }

  @Test func `is refused for more than one CPU`() throws {
    #expect(throws: BoardError.self) {
      try SampleMachines.bare("microvm") {
        $0.accelerator = .jit
        $0.cpus = 2
      }
    }
  }
}
