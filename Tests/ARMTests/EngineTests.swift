import DeviceAudit
import Engine
import GuestMemory
import SavedState
import Testing

@testable import ARM

/// Decoded blocks, their links and their invalidation, and stopping where asked.
@Suite struct `an ARM CPU's engine` {
  /// add r0, r0, #1; add r1, r1, #1; subs r2, r2, #1; b back
  private let loop: [UInt32] = [Code.add(0, 0, 1), Code.add(1, 1, 1), Code.subs(2, 2, 1), Code.b(-3)]

  @Test func `a run retires exactly as many instructions as asked`() throws {
    for count in 1...60 {
      let machine = try TestMachine()
      #expect(machine.run(loop, count) == .budget)
      #expect(machine[0] == UInt32((count + 3) / 4))
      #expect(machine[1] == UInt32((count + 2) / 4))
      #expect(machine.cpu.executed == UInt64(count))
      #expect(machine.cpu.state.retired == UInt64(count))
      #expect(machine[15] == TestMachine.start + UInt32(count % 4) * 4)
    }
  }

  @Test func `runs of any length add up to one long run`() throws {
    let machine = try TestMachine()
    machine.load(loop)
    machine.jump(to: TestMachine.start)
    var random = SplitMix64(seed: 3)
    var total = 0
    for _ in 0..<300 {
      let count = Int(random.next() % 40)
      machine.cpu.run(count)
      total += count
    }
    #expect(machine[0] == UInt32((total + 3) / 4))
    #expect(machine.cpu.state.retired == UInt64(total))
  }

  @Test func `a long loop of many blocks comes to its end`() throws {
    // Each turn: a call and its return, a conditional instruction, a block that ends at a taken and one at an untaken
    // branch, LDM into r15.
    let machine = try TestMachine()
    machine[2] = 100_000
    let program: [UInt32] = [
      0xeb00_0006,  // bl +8 words
      0x1282_3001,  // addne r3, r2, #1
      0xe352_0000,  // cmp r2, #0
      0x0a00_0002,  // beq to the end
      0xe252_2001,  // subs r2, r2, #1
      Code.b(-5), Code.nop,
      Code.loop,  // the end
      0xe92d_4010,  // push {r4, lr}
      Code.add(0, 0, 1),
      0xe8bd_8010,  // pop {r4, pc}
    ]
    #expect(machine.run(program, 100_001 * 9 + 100) == .budget)
    #expect(machine[0] == 100_001)
    #expect(machine[13] == 0x8000)
    #expect(machine[15] == TestMachine.start + 28)
  }

  @Test func `code that overwrites its next instruction executes the new one`() throws {
    let machine = try TestMachine()
    machine[0] = Code.add(2, 2, 7)
    machine[1] = TestMachine.start + 4
    machine.run([Code.str(0, 1), Code.add(3, 3, 1)], 2)
    #expect(machine[2] == 7)
    #expect(machine[3] == 0)
    #expect(machine.cpu.executed == 2)
  }

  @Test func `a loop that changes its own code sees each change`() throws {
    let machine = try TestMachine()
    machine[1] = TestMachine.start
    machine[4] = Code.add(0, 0, 0)
    // add r0, r0, #n; add r4, r4, #1; str r4, [r1]; b back
    machine.run([Code.add(0, 0, 0), Code.add(4, 4, 1), Code.str(4, 1), Code.b(-3)], 4 * 11)
    #expect(machine[0] == 55)
  }

  @Test func `STM over the instructions that follow it counts at once`() throws {
    let machine = try TestMachine()
    machine[0] = Code.add(6, 6, 1)
    machine[1] = Code.add(6, 6, 2)
    machine[5] = TestMachine.start + 4
    machine.run([Code.stm(5, 3), Code.nop, Code.nop, Code.add(6, 6, 4)], 4)
    #expect(machine[6] == 7)
  }

  @Test func `a device's DMA into code is seen when the code runs again`() throws {
    let machine = try TestMachine()
    machine.run([Code.add(0, 0, 1), Code.b(-1)], 6)
    #expect(machine[0] == 3)
    machine.load([Code.add(1, 1, 1)])
    machine.cpu.run(6)
    #expect(machine[0] == 3)
    #expect(machine[1] == 3)
  }

  @Test func `data beside code is written without decoding the code again`() throws {
    let machine = try TestMachine()
    machine[1] = 0x1800
    var decoded = 0
    machine.cpu.log(.code) { _ in decoded += 1 }
    machine.run([Code.add(0, 0, 1), Code.str(0, 1), Code.b(-2)], 3000)
    #expect(machine.word(0x1800) == 1000)
    #expect(decoded < 10)
  }

  @Test func `every store marks its page for every consumer`() throws {
    let machine = try TestMachine()
    let consumer = try #require(machine.ram.makeConsumer())
    machine[1] = 0x5000
    machine[2] = 0x6000
    machine.run([Code.str(0, 1), Code.stm(2, 0xff), Code.b(-2)], 9)
    for _ in 0..<3 {
      consumer.take { _ in }
      #expect(!consumer.isDirty(5))
      #expect(!consumer.isDirty(6))
      machine.cpu.run(9)
      #expect(consumer.isDirty(5))
      #expect(consumer.isDirty(6))
    }
  }

  @Test func `a block that reaches the end of its page goes on in the next`() throws {
    let machine = try TestMachine()
    machine.load([UInt32](repeating: Code.add(0, 0, 1), count: 100), at: 0x1f80)
    machine.jump(to: 0x1f80)
    machine.cpu.run(100)
    #expect(machine[0] == 100)
    #expect(machine[15] == 0x1f80 + 400)
  }

  @Test func `a branch that is not taken at the end of a page goes on in the next`() throws {
    let machine = try TestMachine()
    machine.load([0x0a00_0010, Code.add(0, 0, 1)], at: 0x1ffc)
    for _ in 0..<3 {
      machine.change { $0.cpsr &= ~Flag.z }
      machine.jump(to: 0x1ffc)
      machine.cpu.run(2)
    }
    #expect(machine[0] == 3)
  }

  @Test(arguments: [1, 2, 3, 5, 8]) func `a code cache that is full begins anew and nothing else changes`(_ blocks: Int)
    throws
  {
    // r0 from 50: a: add r1; b b; b: tst r1, #3; bne c; add r2; c: subs r3; bne c; mov r3, #3; subs r0; bne a; b .
    let program: [UInt32] = [
      Code.mov(0, 50), Code.mov(3, 3), Code.add(1, 1, 1), Code.b(1), 0xe311_0003, Code.bne(2), Code.add(2, 2, 1),
      Code.subs(3, 3, 1), Code.bne(-1), Code.mov(3, 3), Code.subs(0, 0, 1), Code.bne(-9), Code.loop,
    ]
    func run(_ code: CodeCache<Instruction>) throws -> ARMState {
      let machine = try TestMachine(code: code)
      machine.run(program, 10_000)
      return machine.cpu.state
    }
    let whole = try run(CodeCache())
    let cramped = try run(CodeCache(instructionCapacity: 64 * blocks, blockCapacity: blocks))
    #expect(whole.r[1] == 50)
    #expect(whole.r[2] == 12)
    for register in 0..<15 { #expect(whole.r[register] == cramped.r[register]) }
    #expect(whole.pc == cramped.pc)
  }
}
