import Engine
import Testing

@testable import ARM

/// Pages that hold both code and what is written: stores to what is no code cost nothing, and those to code are exact.
@Suite struct `stores beside ARM code` {
  /// Interpreted, and translated where there is a translator.
  static let engines = ARMCPU.canTranslate ? [false, true] : [false]

  /// How many instructions of translations the interpreter did.
  private func fallbacks(_ machine: TestMachine) -> UInt64 {
    machine.cpu.translator?.statistics.fallbacks.reduce(0) { $0 + $1.count } ?? 0
  }

  @Test(arguments: engines)
  func `go to memory without a way round, up to the last byte before code and from the first behind it`(
    _ translates: Bool
  ) throws {
    let machine = try TestMachine(translates: translates)
    // The code has the piece from 0x1040 on for itself.
    machine.load(
      [
        Code.add(1, 1, 1), Code.strb(1, 2, 0x3f), Code.strh(1, 2, 0x80), Code.str(1, 2, 0x38), Code.str(1, 2, 0xbc),
        Code.stm(3, 0x1003), Code.stm(4, 0x3ff), 0xe1c5_00f0,  // strd r0, [r5]
        0xed86_0a00, 0xeca7_0b12,  // fsts s0, [r6]; fstmiad r7!, {d0-d8}
        Code.add(7, 8, 0), Code.b(-11),
      ], at: 0x1040)
    machine.change { state in
      state.vfp.fpexc = FPEXC.enable
      state.vfp.s[0] = 0x1234_5678
      for (register, value) in [
        (2, 0x1000), (3, 0x1024), (4, 0x10d0), (5, 0x1fe8), (6, 0x1030), (7, 0x1100), (8, 0x1100),
      ] {
        state.r[register] = UInt32(value)
      }
      state.r[12] = 0x4321
    }
    machine.jump(to: 0x1040)
    machine.cpu.run(12 * 70_000)
    #expect(machine.word(0x103c) >> 24 == 70_000 & 0xff && machine.word(0x1080) & 0xffff == 70_000 & 0xffff)
    #expect(machine.word(0x1038) == 70_000 && machine.word(0x10bc) == 70_000)
    #expect(machine.word(0x102c) == 0x4321 && machine.word(0x10d4) == 70_000 && machine.word(0x1fec) == 70_000)
    #expect(machine.word(0x1030) == 0x1234_5678 && machine.word(0x1100) == 0x1234_5678)
    #expect(machine.ram.code[1] == 2)
    #expect(machine.code.statistics.invalidations == 0)
    // Of the longest, which may touch three pieces, nothing is known but that it is right.
    #expect(fallbacks(machine) < 70_020)
  }

  @Test(arguments: engines, [0x1040, 0x2fc0] as [UInt32])
  func `that reach into code change it`(_ translates: Bool, _ start: UInt32) throws {
    let machine = try TestMachine(translates: translates)
    machine.load([Code.add(0, 0, 1), Code.stm(2, 0x300), Code.b(-2)], at: start)
    machine.change {
      $0.r[2] = start - 4
      $0.r[9] = Code.add(1, 1, 1)
    }
    machine.jump(to: start)
    machine.cpu.run(3 * 100)
    #expect(machine[0] == 1 && machine[1] == 99)
  }

  @Test(arguments: engines, [0, 1] as [UInt32])
  func `that have missed it often find the very next instruction`(_ translates: Bool, _ thumb: UInt32) throws {
    let machine = try TestMachine(translates: translates)
    let step: UInt32 = 68
    if thumb == 0 {
      machine.load([Code.str(3, 2), Code.add(0, 0, 1), 0xe042_2004, Code.b(-3)])  // …; sub r2, r2, r4
    } else {
      machine.load(thumb: [0x8013, 0x3001, 0x1b12, 0xe7fb])  // strh r3, [r2]; adds r0, #1; subs r2, r2, r4; b
    }
    machine.change {
      $0.r[2] = TestMachine.start + (thumb == 0 ? 4 : 2) + step * 40
      $0.r[3] = thumb == 0 ? Code.add(1, 1, 1) : 0x3101
      $0.r[4] = step
    }
    machine.jump(to: TestMachine.start | thumb)
    machine.cpu.run(4 * 41)
    #expect(machine[0] == 40 && machine[1] == 1)
    machine.cpu.run(4 * 9)
    #expect(machine[0] == 40 && machine[1] == 10)
  }

  @Test(arguments: engines)
  func `stop at watchpoints, and are marked for those who ask which pages change`(_ translates: Bool) throws {
    let machine = try TestMachine(translates: translates)
    machine[2] = 0x1800
    machine.run([Code.add(1, 1, 1), Code.str(1, 2), Code.str(1, 2, 0x100), Code.b(-3)], 400)
    machine.cpu.setWatchpoints([Watchpoint(address: 0x1902, length: 1, kind: .write)])
    for round in 1...3 as ClosedRange<UInt32> {
      #expect(machine.cpu.run(1000) == .debug)
      #expect(machine.word(0x1800) == 100 + round && machine.word(0x1900) == 99 + round)
    }
    machine.cpu.setWatchpoints([])
    #expect(machine.cpu.run(1000) == .budget)
    let consumer = try #require(machine.ram.makeConsumer())
    for _ in 0..<3 {
      consumer.take { _ in }
      #expect(!consumer.isDirty(1))
      machine.cpu.run(300)
      #expect(consumer.isDirty(1))
    }
  }

  @Test(arguments: engines)
  func `need not look any more when the code is gone`(_ translates: Bool) throws {
    let machine = try TestMachine(translates: translates)
    machine.load([0xe1a0_f00e], at: 0x3000)  // mov pc, lr
    machine[2] = 0x3000
    // mov lr, pc; mov pc, r2; str r1, [r2]; then a loop of add and str
    machine.run([0xe1a0_e00f, 0xe1a0_f002, Code.str(1, 2), Code.add(1, 1, 1), Code.str(1, 2), Code.b(-2)], 4)
    #expect(machine.ram.code[3] == 0)
    machine.cpu.run(30_000)
    #expect(machine.word(0x3000) == 10_000)
    #expect(machine.code.statistics.invalidations == 1 && fallbacks(machine) < 20)
  }
}
