import Testing

@testable import ARM

/// Access permissions and domains (DDI 0100 B4.3 to B4.5), whole.
@Suite struct `permissions and domains` {
  /// What the four bits of a row mean.
  struct Rights: OptionSet {
    let rawValue: Int
    static let systemReads = Rights(rawValue: 1)
    static let systemWrites = Rights(rawValue: 2)
    static let userReads = Rights(rawValue: 4)
    static let userWrites = Rights(rawValue: 8)
    static let system: Rights = [.systemReads, .systemWrites]
    static let all: Rights = [.system, .userReads, .userWrites]
  }

  /// Table B4-1: AP, then S and R. Both set is UNPREDICTABLE: no access.
  static func rights(_ access: UInt32, system: Bool, rom: Bool) -> Rights {
    switch (access, system, rom) {
    case (0, false, false): []
    case (0, true, false): [.systemReads]
    case (0, false, true): [.systemReads, .userReads]
    case (0, true, true): []
    case (1, _, _): .system
    case (2, _, _): [.system, .userReads]
    default: .all
    }
  }

  enum Access: CaseIterable { case read, write, fetch }

  static let address: UInt32 = 0x0050_0840
  static let physical: UInt32 = 0x0020_0840
  static let domain: UInt32 = 5

  @Test(arguments: PageKind.allCases)
  func `every access permission, domain mode, S, R, privilege and access does what the tables say`(
    _ kind: PageKind
  ) throws {
    let machine = try TestMachine(size: 4 << 20)
    let tables = TranslationTables(machine)
    machine.load([Code.str(1, 2), Code.ldr(1, 2)], at: TestMachine.start)
    for access in 0..<4 as Range<UInt32> {
      tables.map(kind, Self.address, to: Self.physical, access: access, domain: Self.domain)
      for mode in 0..<4 as Range<UInt32> {
        for protection in 0..<4 as Range<UInt32> {
          let control = (protection & 1 != 0 ? Control.system : 0) | (protection & 2 != 0 ? Control.rom : 0)
          tables.enable(domainAccess: TranslationTables.manager | mode << (2 * Self.domain), control: control)
          let rights = Self.rights(access, system: protection & 1 != 0, rom: protection & 2 != 0)
          for isUser in [false, true] {
            for what in Access.allCases {
              let needed: Rights =
                what == .write
                ? (isUser ? .userWrites : .systemWrites) : (isUser ? .userReads : .systemReads)
              let status: UInt32? =
                switch mode {
                case 3: nil
                case 1: rights.contains(needed) ? nil : 0xd
                default: 9
                }
              check(
                machine, what, isUser: isUser, status: status.map { $0 + kind.statusOfPage },
                "\(kind) AP \(access) domain \(mode) RS \(protection) user \(isUser) \(what)")
            }
          }
        }
      }
    }
  }

  /// Makes one access and compares what it does with `status`; nil is no abort.
  private func check(
    _ machine: TestMachine, _ what: Access, isUser: Bool, status: UInt32?, _ words: @autoclosure () -> String
  ) {
    machine.load([Code.mov(1, 0x5a)], at: Self.physical)
    let pc = what == .fetch ? Self.address : what == .write ? TestMachine.start : TestMachine.start + 4
    let cpsr = UInt32(isUser ? Mode.user.rawValue : Mode.supervisor.rawValue) | Flag.c
    machine.change {
      $0.pc = pc
      $0.cpsr = cpsr
      $0.r[1] = 0x1234_5678
      $0.r[2] = Self.address
      $0.cp15.dataFaultStatus = 0
      $0.cp15.instructionFaultStatus = 0
      $0.cp15.faultAddress = 0
    }
    machine.cpu.run(1)
    let state = machine.cpu.state
    let code = status.map { Self.domain << 4 | $0 } ?? 0
    let read: UInt32 = what == .write || status != nil ? 0x1234_5678 : what == .fetch ? 0x5a : Code.mov(1, 0x5a)
    let stored = what == .write && status == nil ? 0x1234_5678 : Code.mov(1, 0x5a)
    let isData = what != .fetch && status != nil
    let isGood =
      state.r[1] == read && machine.word(Self.physical) == stored
      && state.cp15.dataFaultStatus == (isData ? code : 0)
      && state.cp15.instructionFaultStatus == (isData ? 0 : code)
      && state.cp15.faultAddress == (isData ? Self.address : 0)
    let isThere =
      status == nil
      ? state.pc == pc + 4 && state.cpsr == cpsr
      : state.pc == (isData ? 0x10 : 0xc) && state.r[14] == pc + (isData ? 8 : 4)
        && state.cpsr == Flag.c | Flag.i | UInt32(Mode.abort.rawValue) && state.banks[Mode.abort.bank].spsr == cpsr
    #expect(isGood && isThere, "\(words())")
  }

  @Test func `quarters of a small page have permissions of their own, without a flush between`() throws {
    let machine = try TestMachine(size: 4 << 20)
    let tables = TranslationTables(machine)
    // AP0 no access, AP1 privileged, AP2 users read, AP3 all.
    tables.setSecond(0x0050_0000, 0x0020_0000 | 0b11_10_01_00 << 4 | 2, isFine: false, 1)
    tables.enable(domainAccess: 0b01_11)
    let programs: [(word: UInt32, isUser: Bool, works: [Bool])] = [
      (Code.ldr(1, 2), false, [false, true, true, true]), (Code.str(1, 2), false, [false, true, true, true]),
      (Code.ldr(1, 2), true, [false, false, true, true]), (Code.str(1, 2), true, [false, false, false, true]),
      (Code.ldrt(1, 2), false, [false, false, true, true]), (Code.strt(1, 2), false, [false, false, false, true]),
    ]
    for round in 0..<2 {
      for (word, isUser, works) in programs {
        for quarter in 0..<4 {
          machine.enter(isUser ? .user : .supervisor)
          machine[2] = 0x0050_0000 + UInt32(quarter) << 10
          machine.run([word])
          #expect((machine.cpu.state.pc == TestMachine.start + 4) == works[quarter], "\(round) \(quarter) \(isUser)")
          if !works[quarter] { #expect(machine.cpu.state.cp15.dataFaultStatus == 0x1f) }
        }
      }
    }
  }

  @Test func `quarters of a large page have permissions of their own`() throws {
    let machine = try TestMachine(size: 4 << 20)
    let tables = TranslationTables(machine)
    for page in 0..<16 as Range<UInt32> {
      tables.setSecond(0x0050_0000 + page << 12, 0x0020_0000 | 0b11_10_01_00 << 4 | 1, isFine: false, 1)
    }
    tables.enable(domainAccess: 0b01_11)
    for quarter in 0..<4 as Range<UInt32> {
      for at in [0, 0x2c00, 0x3ffc] as [UInt32] {
        machine.enter(.user)
        machine[2] = 0x0050_0000 + quarter << 14 + at
        machine.run([Code.ldr(1, 2)])
        #expect((machine.cpu.state.pc == TestMachine.start + 4) == (quarter >= 2))
      }
    }
  }

  @Test func `LDRT and STRT of a privileged mode have a user's permissions`() throws {
    let machine = try TestMachine(size: 4 << 20)
    let tables = TranslationTables(machine)
    tables.map(.section, 0x0050_0000, to: 0x0020_0000, access: 2, domain: 1)
    tables.enable(domainAccess: 0b01_11)
    machine[2] = 0x0050_0000
    machine.run([Code.str(1, 2), Code.ldrt(1, 2), Code.strt(1, 2)])
    #expect(machine.exceptions == ["dataAbort"])
    #expect(machine.cpu.state.r[14] == TestMachine.start + 16)
    #expect(machine.cpu.state.cp15.dataFaultStatus == 0x1d)
  }

  @Test func `more values of the domain access register than there are banks keep their meaning`() throws {
    let machine = try TestMachine(size: 4 << 20)
    let tables = TranslationTables(machine)
    for domain in 1..<8 as Range<UInt32> {
      tables.map(.smallCoarse, domain << 20, to: 0x0020_0000 + domain << 12, access: 1, domain: domain)
      machine.load([domain], at: 0x0020_0000 + domain << 12)
    }
    tables.enable()
    // Only one domain is a client at a time; the others are left alone or forbidden.
    machine.load([Code.mcr(3, 3), Code.ldr(1, 2)])
    for round in 0..<3 {
      for allowed in 1..<8 as Range<UInt32> {
        for domain in 1..<8 as Range<UInt32> {
          machine.enter(.supervisor)
          let pc = TestMachine.start
          machine.cpu.view.core.pointee.state.pc = pc
          machine.cpu.view.core.pointee.state.r[1] = 0
          machine.cpu.view.core.pointee.state.r[2] = domain << 20
          machine.cpu.view.core.pointee.state.r[3] = 3 | 1 << (2 * allowed)
          machine.cpu.run(2)
          #expect(machine.cpu.state.cp15.domainAccess == 3 | 1 << (2 * allowed))
          if domain == allowed {
            #expect(machine.cpu.state.r[1] == domain, "\(round)")
          } else {
            #expect(machine.cpu.state.pc == 0x10 && machine.cpu.state.cp15.dataFaultStatus == domain << 4 | 0xb)
          }
        }
      }
    }
  }
}
