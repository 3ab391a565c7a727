import Testing

@testable import ARM

/// The system control coprocessor's registers and operations (DDI 0198 2.3), and Jazelle's.
@Suite struct `control registers` {
  struct Register: Sendable {
    let name: String
    let number: UInt32
    var operand: UInt32 = 0
    var opcode2: UInt32 = 0
    var opcode1: UInt32 = 0
    /// What it reads as after all zeros and all ones were written.
    let zeros: UInt32
    let ones: UInt32

    var write: UInt32 { Code.mcr(1, number, operand, opcode2, opcode1: opcode1) }
    var read: UInt32 { Code.mrc(2, number, operand, opcode2, opcode1: opcode1) }
  }

  static let registers = [
    Register(name: "main ID", number: 0, zeros: 0x4106_9265, ones: 0x4106_9265),
    Register(name: "main ID by opcode 2", number: 0, opcode2: 5, zeros: 0x4106_9265, ones: 0x4106_9265),
    Register(name: "cache type", number: 0, opcode2: 1, zeros: 0x1d15_2152, ones: 0x1d15_2152),
    Register(name: "TCM status", number: 0, opcode2: 2, zeros: 0, ones: 0),
    Register(name: "translation table", number: 2, zeros: 0, ones: 0xffff_c000),
    Register(name: "domain access", number: 3, zeros: 0, ones: .max),
    Register(name: "data fault status", number: 5, zeros: 0, ones: 0xff),
    Register(name: "instruction fault status", number: 5, opcode2: 1, zeros: 0, ones: 0xff),
    Register(name: "fault address", number: 6, zeros: 0, ones: .max),
    Register(name: "data lockdown", number: 9, zeros: 0xfff0, ones: 0xffff),
    Register(name: "instruction lockdown", number: 9, opcode2: 1, zeros: 0xfff0, ones: 0xffff),
    Register(name: "data TCM, which is not there", number: 9, operand: 1, zeros: 0, ones: 0),
    Register(name: "instruction TCM, which is not there", number: 9, operand: 1, opcode2: 1, zeros: 0, ones: 0),
    Register(name: "TLB lockdown", number: 10, zeros: 0, ones: 0x1c00_0001),
    Register(name: "process ID", number: 13, zeros: 0, ones: 0xfe00_0000),
    Register(name: "context ID", number: 13, opcode2: 1, zeros: 0, ones: .max),
    Register(name: "debug override", number: 15, zeros: 0, ones: .max),
    Register(name: "debug address", number: 15, operand: 1, zeros: 0, ones: .max),
    Register(name: "region remap", number: 15, operand: 2, zeros: 0, ones: .max),
    Register(name: "trace control", number: 15, operand: 1, opcode1: 1, zeros: 0, ones: .max),
    Register(name: "cache debug", number: 15, opcode1: 7, zeros: 0, ones: .max),
    Register(name: "MMU debug", number: 15, operand: 1, opcode1: 7, zeros: 0, ones: .max),
    Register(name: "none", number: 4, zeros: 0, ones: 0),
    Register(name: "cache operations", number: 7, operand: 5, zeros: 0, ones: 0),
    Register(name: "TLB operations", number: 8, operand: 7, zeros: 0, ones: 0),
    Register(name: "none", number: 11, zeros: 0, ones: 0),
    Register(name: "none", number: 14, operand: 3, opcode2: 1, opcode1: 2, zeros: 0, ones: 0),
  ]

  /// MOV r1, #0; MVN r3, #0 in the words' way.
  @Test(arguments: registers)
  func `each register keeps the bits that it has`(_ register: Register) throws {
    for (value, expected) in [(0, register.zeros), (UInt32.max, register.ones)] as [(UInt32, UInt32)] {
      let machine = try TestMachine()
      machine[1] = value
      // In a slot of the process the rest of the program would lie elsewhere.
      let program = [register.write, register.read]
      machine.load(program)
      machine.jump(to: TestMachine.start)
      machine.cpu.run(1)
      machine.change {
        $0.pc = TestMachine.start + 4
        if $0.cp15.processID != 0 { $0.pc = 0x0200_0000 }
      }
      if machine.cpu.state.cp15.processID != 0 {
        #expect(machine.cpu.state.cp15.processID == expected)
        continue
      }
      machine.cpu.run(1)
      #expect(machine[2] == expected && machine.exceptions == [], "\(register.name)")
    }
  }

  @Test func `the control register has the model's bits, and the others as they are wired`() throws {
    for (model, bits) in [("arm926", 0xf387), ("arm1026", 0xfb87)] as [(String, UInt32)] {
      let machine = try TestMachine(model: try #require(CPUModel.named(model)))
      // Without the MMU, big-endian order and high vectors this program goes on.
      let harmless = ~(Control.mmu | Control.bigEndian)
      machine[1] = harmless
      machine.run([Code.mcr(1, 1), Code.mrc(2, 1), Code.mcr(3, 1), Code.mrc(4, 1)])
      #expect(machine[2] == 0x0005_0078 | bits & harmless, "\(model)")
      #expect(machine[4] == 0x0005_0078)
    }
    let machine = try TestMachine()
    machine[1] = .max
    machine.run([Code.mcr(1, 1)])
    #expect(machine.cpu.state.cp15.control == 0x0005_f3ff)
  }

  @Test func `the ARM1026 has its own ID`() throws {
    let machine = try TestMachine(model: try #require(CPUModel.named("arm1026")))
    machine.run([Code.mrc(1, 0), Code.mrc(2, 0, 0, 1), Code.mrc(3, 0, 0, 2)])
    #expect(machine[1] == 0x4106_a262 && machine[2] == 0x1d15_2152 && machine[3] == 0)
  }

  @Test func `everything is undefined to users`() throws {
    let machine = try TestMachine()
    var words: [UInt32] = []
    for number in 0..<16 as Range<UInt32> {
      for operand in [0, 5, 7, 8, 10, 13, 14] as [UInt32] {
        for opcode2 in 0..<5 as Range<UInt32> {
          words += [Code.mcr(1, number, operand, opcode2), Code.mrc(1, number, operand, opcode2)]
        }
      }
    }
    words.append(Code.mrc(15, 7, 10, 3))
    let before = machine.cpu.state.cp15
    for word in words {
      machine.enter(.user)
      machine[1] = 0x1234
      machine.run([word])
      #expect(machine[15] == 4 && machine[1] == 0x1234 && machine[14] == TestMachine.start + 4)
    }
    #expect(machine.exceptions == Array(repeating: "undefined", count: words.count))
    #expect(CP15State.table.save(machine.cpu.state.cp15) == CP15State.table.save(before))
  }

  @Test func `MRC to r15 sets the condition flags alone`() throws {
    let machine = try TestMachine()
    machine.change { $0.cp15.faultAddress = 0xafff_ffff }
    machine.run([Code.mrc(15, 6), Code.mrs(1)])
    #expect(machine[15] == TestMachine.start + 8)
    #expect(machine[1] == Flag.n | Flag.c | Flag.i | Flag.f | UInt32(Mode.supervisor.rawValue))
  }

  @Test(arguments: [10, 14] as [UInt32])
  func `test-and-clean loops end: nothing is dirty`(_ operand: UInt32) throws {
    let machine = try TestMachine()
    machine.run([Code.mrc(15, 7, operand, 3), Code.bne(-1), Code.mov(1, 1), Code.mrc(2, 7, operand, 3)])
    #expect(machine[1] == 1 && machine[2] == Flag.z && machine.exceptions == [])
  }

  @Test func `every cache operation succeeds and changes nothing`() throws {
    let machine = try TestMachine()
    machine[1] = 0x8000_0123
    let operations: [(UInt32, UInt32)] = [
      (7, 0), (5, 0), (5, 1), (5, 2), (6, 0), (6, 1), (6, 2), (10, 1), (10, 2), (10, 4), (13, 1), (14, 1), (14, 2),
      (5, 4), (5, 6), (10, 5), (1, 1),
    ]
    machine.run(operations.map { Code.mcr(1, 7, $0.0, $0.1) })
    #expect(machine.exceptions == [] && machine[15] == TestMachine.start + UInt32(operations.count) * 4)
    #expect(machine.cpu.executed == UInt64(operations.count))
    #expect(CP15State.table.save(machine.cpu.state.cp15) == CP15State.table.save(CP15State()))
  }

  @Test func `a false condition leaves a register alone`() throws {
    let machine = try TestMachine()
    machine[1] = 0x55
    // EQ, and Z is clear.
    machine.run([Code.subs(3, 1, 1), Code.mcr(1, 3) & 0x0fff_ffff, Code.mrc(2, 3) & 0x0fff_ffff, Code.mrc(4, 3)])
    #expect(machine[2] == 0 && machine[4] == 0 && machine.cpu.executed == 4)
  }

  @Test func `other coprocessors, and other instructions to this one, are undefined`() throws {
    let machine = try TestMachine()
    var words: [UInt32] = []
    for coprocessor in 0..<14 as Range<UInt32> where coprocessor != 10 && coprocessor != 11 {
      words += [Code.mcr(1, 0, coprocessor: coprocessor), Code.mrc(1, 0, coprocessor: coprocessor)]
    }
    words += [
      Code.mrc(1, 0, coprocessor: 14), Code.mcr(1, 1, coprocessor: 14),
      // CDP p15; LDC p15; STC p15; MCRR p15; MRRC p15; MCR2 and MRC2 p15
      0xee00_0f00, 0xed92_0f00, 0xed82_0f00, 0xec41_0f02, 0xec51_0f02, 0xfe01_1f10, 0xfe11_1f10,
    ]
    for word in words {
      machine.enter(.supervisor)
      machine.run([word])
      #expect(machine[15] == 4, "\(String(word, radix: 16))")
    }
    #expect(machine.exceptions == Array(repeating: "undefined", count: words.count))
  }

  // MARK: Jazelle

  @Test func `Jazelle's registers read as zero and forget what is written`() throws {
    for register in 0..<3 as Range<UInt32> {
      for mode in [Mode.supervisor, .user] {
        let machine = try TestMachine()
        machine.enter(mode)
        machine[1] = .max
        machine[2] = 0x1234
        machine.run([
          Code.mcr(1, register, opcode1: 7, coprocessor: 14), Code.mrc(2, register, opcode1: 7, coprocessor: 14),
        ])
        // The operating system's control register is not for users.
        let isThere = register != 1 || mode != .user
        #expect(machine.exceptions.first == (isThere ? nil : "undefined"))
        if isThere { #expect(machine[2] == 0) }
      }
    }
  }

  @Test func `BXJ is BX`() throws {
    let machine = try TestMachine()
    machine[1] = 0x2001
    machine.load(thumb: [0x2307], at: 0x2000)
    machine.run([Code.bxj(1)], 2)
    #expect(machine[3] == 7 && machine[15] == 0x2002 && machine.cpu.state.cpsr & (Flag.t | Flag.j) == Flag.t)
  }
}
