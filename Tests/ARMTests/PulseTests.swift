import DeviceAudit
import SavedState
import Testing

@testable import ARM

/// A CPU may be saved and moved between any two instructions, and nobody can tell.
@Suite struct `a CPU that is moved` {
  /// A machine with random code and tables in its RAM, an interrupt controller that changes its lines now and then,
  /// and the MMU on.
  private final class Twin {
    let machine: TestMachine

    init(_ memory: [UInt8], _ state: ARMState) throws {
      machine = try TestMachine(size: PulseSize.bytes)
      machine.memory.store(memory, at: 0)
      machine.cpu.state = state
      machine.cpu.settle()
    }

    var memory: [UInt8] {
      Array(UnsafeRawBufferPointer(start: machine.ram.unguarded, count: PulseSize.bytes))
    }

    var tree: StateNode { ARMState.table.save(machine.cpu.state) }
  }

  private enum PulseSize { static let bytes = 1 << 17 }

  @Test(arguments: 0..<24 as Range<UInt64>)
  func `random programs go the same way whether saved and loaded every few instructions or not`(
    _ seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed &+ 77)
    let start = program(&random)
    let untouched = try Twin(start.memory, start.state)
    var moved = try Twin(start.memory, start.state)
    for step in 0..<40 {
      let slice = Int(random.below(60))
      untouched.machine.cpu.run(slice)
      var left = slice
      while left > 0 {
        let part = min(left, 1 + Int(random.below(12)))
        moved.machine.cpu.run(part)
        left -= part
        let bytes = moved.tree.der()
        let loaded = try ARMState.table.load(StateNode(der: bytes), over: moved.machine.cpu.state)
        moved = try Twin(moved.memory, loaded)
      }
      let isSame = untouched.tree == moved.tree && untouched.memory == moved.memory
      #expect(isSame, "seed \(seed), step \(step)")
      guard isSame else { return }
      let line = Int(random.below(2))
      let level = random.below(3) == 0
      for twin in [untouched, moved] { twin.machine.cpu.input(line, level) }
    }
  }

  /// Valid encodings of all kinds, ARM and Thumb, with translation tables that no store reaches but through a flush:
  /// they are mapped nowhere.
  private func program(_ random: inout SplitMix64) -> (memory: [UInt8], state: ARMState) {
    var fuzzer = EncodingFuzzer(random: random)
    var words: [UInt32] = []
    while words.count < PulseSize.bytes / 4 {
      if fuzzer.random.below(3) == 0 {
        let plans = Decoder.thumb.plans
        let low = fuzzer.encode(plans[Int(fuzzer.random.below(UInt64(plans.count)))])
        let high = fuzzer.encode(plans[Int(fuzzer.random.below(UInt64(plans.count)))])
        words.append(low & 0xffff | high << 16)
      } else {
        let plans = Decoder.arm.plans
        let word = fuzzer.encode(plans[Int(fuzzer.random.below(UInt64(plans.count)))])
        // Mostly executed; and the control registers that move the tables are left alone.
        let isControl = word & 0x0f00_0f10 == 0x0e00_0f10 && [1, 2].contains(word >> 16 & 15)
        guard !isControl else { continue }
        words.append(word >> 28 == 15 || fuzzer.random.below(4) == 0 ? word : word & 0x0fff_ffff | 0xe000_0000)
      }
    }
    // The first level from 0x4000, second levels at 0x8000 and 0x9000.
    let isOn = fuzzer.random.below(4) != 0
    for entry in 0..<4096 {
      let domain = UInt32(fuzzer.random.below(4)) << 5
      let table: UInt32 = fuzzer.random.below(2) == 0 ? 0x8011 : 0x9013
      words[0x1000 + entry] = entry == 0 ? 0x8011 : fuzzer.random.below(8) == 0 ? 0 : table | domain
    }
    for entry in 0..<(0x2000 / 4) {
      // RAM from 0x10000 on, and now and then nothing.
      let page: UInt32 = 0x1_0000 | UInt32(fuzzer.random.below(16)) << 12
      let access = UInt32(fuzzer.random.below(3)) == 0 ? UInt32(fuzzer.random.below(256)) << 4 : 0xff0
      let kind = UInt32(fuzzer.random.below(16)) == 0 ? UInt32(fuzzer.random.below(4)) : 2
      words[0x2000 + entry] = page | access | kind
    }
    var state = ARMState()
    state.mainID = CPUModel.all[0].mainID
    for register in 0..<15 { state.r[register] = fuzzer.random.word() & (isOn ? 0xffff_fffc : 0x1_fffc) }
    for bank in 0..<6 { state.banks[bank].sp = 0x1_0000 + UInt32(bank) << 12 }
    state.cpsr = [0x10, 0x1f, 0x13, 0x53, 0xd1][Int(fuzzer.random.below(5))]
    state.cp15.control = Control.fixed | (isOn ? Control.mmu : 0) | fuzzer.random.word() & 0xf382
    state.cp15.translationTable = 0x4000
    state.cp15.domainAccess = fuzzer.random.word() | 0x55
    state.pc = 0x1_0000 | fuzzer.random.word() & 0xfffc
    random = fuzzer.random
    return (words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }, state)
  }

  /// What a stream may bring is not what a CPU can get into: it must run all the same, and stay savable.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func `any state that loads runs any code`(_ seed: UInt64) throws {
    let machine = try TestMachine(size: 1 << 16)
    var random = SplitMix64(seed: seed &+ 100)
    for round in 0..<80 {
      let bytes = UnsafeMutableRawBufferPointer(start: machine.ram.unguarded, count: machine.ram.size)
      for at in stride(from: 0, to: bytes.count, by: 4) {
        var word = UInt32(truncatingIfNeeded: random.next())
        // Tables among the words that lead somewhere, and conditions that hold.
        if at < 0x4000, round % 2 == 0 {
          word &= 0xfff3
        } else if round % 3 == 0 {
          word = word & 0x0fff_ffff | 0xe000_0000
        }
        bytes.storeBytes(of: word, toByteOffset: at, as: UInt32.self)
      }
      machine.ram.changed(offset: 0, count: machine.ram.size)
      var state = ARMState.table.drawn(from: machine.cpu.state, &random)
      if round % 4 != 0 {
        state.activity = .running
        state.pc &= 0xfffc
        state.cp15.translationTable = 0
        if round % 2 == 0 { state.cp15.domainAccess |= 0x5555_5555 } else { state.cp15.control &= ~Control.mmu }
      }
      machine.cpu.state = try ARMState.table.load(ARMState.table.save(state), over: machine.cpu.state)
      machine.cpu.settle()
      for _ in 0..<4 {
        machine.cpu.run(500)
        machine.cpu.input(Int(random.next() & 1), random.next() & 1 != 0)
      }
      let after = ARMState.table.save(machine.cpu.state)
      let loaded = try ARMState.table.load(after, over: machine.cpu.state)
      #expect(ARMState.table.save(loaded) == after, "seed \(seed), round \(round)")
    }
  }
}
