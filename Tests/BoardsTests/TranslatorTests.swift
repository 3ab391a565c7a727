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

  @Test(arguments: [2, 4], [0, 8])
  func `is at any instruction what the interpreted one is, with several CPUs`(cpus: Int, threshold: Int) throws {
    let program = SharedCounters(rounds: 1500)
    let sides = try [Accelerator.interpreter, .translator(threshold: threshold)].map { accelerator in
      let host = QuietHost()
      let machine = try SampleMachines.bare("microvm", host: host) {
        $0.accelerator = accelerator
        $0.cpus = cpus
      }
      machine.boot = program
      host.onPoll = { [unowned machine] _ in
        if !machine.isRunning || machine.cpus.allSatisfy(\.isHalted) { machine.quit() }
      }
      try machine.powerOn()
      return machine
    }
    var random = SplitMix64(seed: UInt64(cpus + threshold))
    var moments = 0
    while SharedCounters.done(in: sides[0]) < cpus, moments < 4000 {
      moments += 1
      // Now and then few: turns are cut into pieces, and blocks.
      let count = 1 + (random.below(3) == 0 ? random.below(40) : random.below(20_000))
      let cpu = Int(random.below(UInt64(cpus)))
      guard sides.allSatisfy({ !$0.cpus[cpu].isHalted }) else { continue }
      for machine in sides {
        machine.step(cpu: cpu, count: count)
        #expect(machine.run() == .quit)
      }
      let trees = sides.map { $0.save() }
      let isEqual = trees[0].der() == trees[1].der() && sides[0].hasSameMemory(as: sides[1])
      #expect(isEqual, "moment \(moments)")
      guard isEqual else { return }
      if moments % 5 == 0 {
        try sides[0].load(trees[1])
        try sides[1].load(trees[0])
      }
    }
    for machine in sides {
      let results = program.results(in: machine)
      #expect(results.found == results.expected)
    }
    for cpu in sides[1].cpus {
      let statistics = try #require(cpu.translatorStatistics)
      #expect(statistics.blocks > 3)
      // What is written anew each time gets hot only where everything is; other CPUs write it too.
      #expect(threshold > 0 || statistics.abandoned > 10)
    }
  }
}
