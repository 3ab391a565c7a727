import GuestMemory
import Testing

@testable import ARM

/// Where addresses lead (DDI 0100 B4.7, B8), and what is said when they lead nowhere.
@Suite struct `address translation` {
  private func machine() throws -> (TestMachine, TranslationTables) {
    let machine = try TestMachine(size: 4 << 20)
    return (machine, TranslationTables(machine))
  }

  @Test(arguments: PageKind.allCases)
  func `a page leads to its own memory and no further`(_ kind: PageKind) throws {
    let (machine, tables) = try machine()
    tables.map(kind, 0x0050_0000, to: 0x0030_0000, domain: 1)
    tables.enable(domainAccess: 0b01_11)
    for at in stride(from: 0x0030_0000, to: 0x0040_0000 as UInt32, by: 0x400) { machine.load([at], at: at) }
    for offset in stride(from: 0, to: 0x10_0000 as UInt32, by: 0x400) where offset < 2 * kind.size {
      machine.enter(.supervisor)
      machine[2] = 0x0050_0000 + offset
      machine.run([Code.ldr(1, 2)])
      if offset < kind.size {
        #expect(machine[1] == 0x0030_0000 + offset)
      } else {
        #expect(machine[15] == 0x10 && machine.cpu.state.cp15.dataFaultStatus == 0x17)
        #expect(machine.cpu.state.cp15.faultAddress == 0x0050_0000 + offset)
      }
    }
  }

  @Test func `a fine table's descriptors that differ within a page count for their own quarters`() throws {
    let (machine, tables) = try machine()
    for quarter in 0..<4 as Range<UInt32> {
      tables.setSecond(0x0050_0000 + quarter << 10, 0x0030_0ff2 + quarter << 16, isFine: true)
      machine.load([quarter], at: 0x0030_0000 + quarter << 16 + quarter << 10)
    }
    tables.enable()
    for quarter in 0..<4 as Range<UInt32> { machine[Int(quarter) + 4] = 0x0050_0000 + quarter << 10 }
    machine.run([Code.ldr(0, 4), Code.ldr(1, 5), Code.ldr(2, 6), Code.ldr(3, 7)])
    #expect((0..<4).map { machine[$0] } == [0, 1, 2, 3])
  }

  struct Missing: Sendable {
    let first: UInt32
    let second: UInt32
    let status: UInt32
    init(_ first: UInt32, second: UInt32 = 0, _ status: UInt32) {
      self.first = first
      self.second = second
      self.status = status
    }
  }

  /// The second-level table is at 0x9000; nothing is at 0x8000_0000.
  @Test(arguments: [
    Missing(0, 0x05), Missing(0x1e0, 0x05), Missing(0x9071, 0x37), Missing(0x9073, 0x37),
    Missing(0x9071, second: 0x0020_0ff3, 0x37), Missing(0x9071, second: 0x0020_0ffc, 0x37),
    Missing(0x8000_0071, 0x3e), Missing(0x8000_0073, 0x3e),
    // The domain is 4, and forbidden: the page's fault comes first.
    Missing(0x9091, 0x47), Missing(0x9091, second: 0x0020_0002, 0x4b), Missing(0x0020_0092, 0x49),
    // Nothing is there: of a section and of a page.
    Missing(0x8000_0c72, 0x38), Missing(0x9071, second: 0x8000_0ff2, 0x3a), Missing(0x9071, second: 0x8000_0ff1, 0x3a),
    Missing(0x9073, second: 0x8000_0033, 0x3a),
  ])
  func `a missing page has its status`(_ missing: Missing) throws {
    let (machine, tables) = try machine()
    tables.setFirst(0x0050_0000, missing.first)
    machine.load([UInt32](repeating: missing.second, count: 4), at: 0x9000)
    tables.enable(domainAccess: 1 << 6 | 3)
    for word in [Code.ldr(1, 2, 4), Code.str(1, 2, 4)] {
      machine.enter(.supervisor)
      machine[2] = 0x0050_0000
      machine.run([word])
      #expect(machine[15] == 0x10)
      #expect(machine.cpu.state.cp15.dataFaultStatus == missing.status)
      #expect(machine.cpu.state.cp15.faultAddress == 0x0050_0004)
    }
    machine.change {
      $0.cp15.dataFaultStatus = 0
      $0.cp15.faultAddress = 0
    }
    machine.enter(.supervisor)
    machine.jump(to: 0x0050_0004)
    machine.cpu.run(1)
    #expect(machine[15] == 0xc && machine[14] == 0x0050_0008)
    #expect(machine.cpu.state.cp15.instructionFaultStatus == missing.status)
    #expect(machine.cpu.state.cp15.dataFaultStatus == 0 && machine.cpu.state.cp15.faultAddress == 0)
  }

  @Test func `no first-level table is an external abort, and then one of the vectors' fetch`() throws {
    let (machine, tables) = try machine()
    tables.enable()
    machine.change { $0.cp15.translationTable = 0x8000_0000 }
    machine.jump(to: 0x1000)
    machine.cpu.run(1)
    #expect(machine[15] == 0xc && machine[14] == 0x1004)
    #expect(machine.cpu.state.cp15.instructionFaultStatus == 0xc)
    machine.cpu.run(5)
    #expect(machine[15] == 0xc && machine[14] == 0x10)
  }

  @Test func `without the MMU nothing is a section's external abort`() throws {
    let (machine, _) = try machine()
    machine[2] = 0x8000_0000
    machine.run([Code.ldr(1, 2)])
    #expect(machine[15] == 0x10 && machine.cpu.state.cp15.dataFaultStatus == 8)
    #expect(machine.cpu.state.cp15.faultAddress == 0x8000_0000)
    machine.jump(to: 0x8000_0000)
    machine.cpu.run(1)
    #expect(machine[15] == 0xc && machine.cpu.state.cp15.instructionFaultStatus == 8)
  }

  @Test func `a named hole aborts like no region at all`() throws {
    let (machine, _) = try machine()
    machine.memory.map(Region("hole", base: 0x4000_0000, size: 0x1000, content: .hole))
    machine[2] = 0x4000_0000
    machine.run([Code.strb(1, 2)])
    #expect(machine[15] == 0x10 && machine.cpu.state.cp15.dataFaultStatus == 8)
  }

  static let misaligned: [(UInt32, UInt32)] = [
    (Code.ldr(1, 2), 2), (Code.ldr(1, 2), 1), (Code.str(1, 2), 3), (Code.ldrh(1, 2), 1), (Code.strh(1, 2), 3),
    (Code.ldm(2, 2), 2), (Code.stm(2, 2), 1), (Code.swp(1, 3, 2), 2),
  ]

  @Test(arguments: misaligned)
  func `a misaligned access aborts before its page is looked for`(_ word: UInt32, _ offset: UInt32) throws {
    for hasMMU in [false, true] {
      let (machine, tables) = try machine()
      if hasMMU { tables.enable() }
      machine.change { $0.cp15.control |= Control.alignment }
      machine[2] = 0x0050_0000 + offset
      machine.run([word])
      #expect(machine[15] == 0x10 && machine.cpu.state.cp15.dataFaultStatus == 1)
      #expect(machine.cpu.state.cp15.faultAddress == 0x0050_0000 + offset)
    }
  }

  @Test func `bytes are never misaligned, and words only where faults are asked for`() throws {
    let (machine, _) = try machine()
    machine.load([0x4433_2211], at: 0x2000)
    machine[2] = 0x2001
    machine.run([Code.ldr(1, 2), Code.ldrb(3, 2)])
    #expect(machine[1] == 0x1144_3322 && machine[3] == 0x22)
    machine.change { $0.cp15.control |= Control.alignment }
    machine.run([Code.ldrb(4, 2), Code.strb(4, 2, 2)])
    #expect(machine.exceptions == [] && machine.word(0x2000) == 0x2233_2211)
  }

  // MARK: FCSE

  @Test func `small addresses lie in the process's slot, for data, fetches and the fault address`() throws {
    let (machine, tables) = try machine()
    tables.map(.section, 0x0400_0000, to: 0x0010_0000)
    tables.map(.section, 0x0600_0000, to: 0x0020_0000)
    tables.map(.section, 0x0200_0000, to: 0x0030_0000)
    let program = [Code.ldr(1, 2), Code.ldr(3, 4), Code.ldr(5, 6)]
    for at in [0x0010_0000, 0x0020_0000] as [UInt32] {
      machine.load(program, at: at + 0x1000)
      machine.load([at], at: at + 0x2000)
    }
    machine.load([0x77], at: 0x0030_2000)
    tables.enable()
    for (process, expected) in [(2, 0x0010_0000), (3, 0x0020_0000)] as [(UInt32, UInt32)] {
      machine.enter(.supervisor)
      machine.change {
        $0.cp15.processID = process << 25
        $0.pc = 0x1000
        $0.r[2] = 0x2000
        $0.r[4] = 0x0200_2000
        $0.r[6] = 0x0100_0040
      }
      machine.cpu.run(3)
      #expect(machine[1] == expected && machine[3] == 0x77)
      // The vectors are modified, too.
      #expect(machine[15] == 0x10 && machine.cpu.state.cp15.dataFaultStatus == 5)
      #expect(machine.cpu.state.cp15.faultAddress == process << 25 | 0x0100_0040)
    }
  }

  @Test func `a new process identifier counts from the next instruction`() throws {
    let (machine, tables) = try machine()
    tables.map(.section, 0x0400_0000, to: 0x0010_0000)
    // The same program in both, but for what it loads.
    for (at, value) in [(0, 1), (0x0010_0000, 2)] as [(UInt32, UInt32)] {
      machine.load([Code.mov(1, 0), Code.mcr(3, 13), Code.mov(1, value), Code.ldr(4, 5)], at: at + 0x1000)
      machine.load([value], at: at + 0x2000)
    }
    tables.enable()
    machine.change {
      $0.pc = 0x1000
      $0.r[3] = 2 << 25 | 0x01ff_ffff
      $0.r[5] = 0x2000
    }
    machine.cpu.run(4)
    #expect(machine[1] == 2 && machine[4] == 2)
    #expect(machine.cpu.state.cp15.processID == 2 << 25)
  }

  @Test func `the whole address space can be had, its last page too`() throws {
    let (machine, tables) = try machine()
    tables.map(.section, 0xfff0_0000, to: 0x0030_0000)
    tables.enable(control: Control.highVectors)
    machine.load([Code.mov(7, 9), Code.returnToLink], at: 0x003f_0008)
    machine[2] = 0xffff_fffc
    machine[1] = 0xabcd
    machine.run([Code.str(1, 2), Code.swi(0), Code.mov(6, 1)], 5)
    #expect(machine.word(0x003f_fffc) == 0xabcd && machine[7] == 9 && machine[6] == 1)
  }
}
