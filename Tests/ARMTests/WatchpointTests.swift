import Engine
import Testing

@testable import ARM

/// Watchpoints of a debugger: the CPU stops before the instruction that would touch a watched byte, and passes it when it
/// runs on.
@Suite struct `watchpoints on ARM` {
  @Test(
    arguments: [
      ("str", Code.str(1, 0), 0x8000), ("strb", Code.strb(1, 0, 3), 0x8003), ("strh", Code.strh(1, 0, 2), 0x8002),
      ("strt", Code.strt(1, 0), 0x8001), ("stm", Code.stm(0, 0x0e), 0x8008), ("push", 0xe92d_000e, 0x8ff4),
      ("swp", Code.swp(1, 2, 0), 0x8000), ("strd", 0xe1c0_20f0, 0x8004), ("fsts", 0xed80_0a00, 0x8000),
      ("fstd", 0xed80_0b00, 0x8004), ("fstmiad", 0xeca0_0b08, 0x800c),
    ] as [(String, UInt32, UInt64)])
  func `see every kind of store before it is done`(_ name: String, _ word: UInt32, _ address: UInt64) throws {
    let machine = try TestMachine()
    machine.change { state in
      state.vfp.fpexc = FPEXC.enable
      for index in 0..<32 { state.vfp.s[index] = 0x0101_0101 }
      for register in 1..<4 { state.r[register] = 0x0202_0202 }
      state.r[0] = 0x8000
      state.r[13] = 0x9000
    }
    let watched = Watchpoint(address: address, length: 1, kind: .write)
    let beside = Watchpoint(address: address, length: 1, kind: .read)
    // The page is on the fast path before.
    machine.run([word], 1)
    machine.change {
      $0.r[0] = 0x8000
      $0.r[13] = 0x9000
    }
    machine.memory.store([UInt8](repeating: 0, count: 0x1000), at: 0x8000)
    machine.cpu.setWatchpoints(name == "swp" ? [watched] : [beside, watched])
    let before = machine.cpu.executed
    #expect(machine.run([word, Code.nop], 2) == .debug, "\(name)")
    #expect(machine.cpu.programCounter == 0x1000 && machine.cpu.executed == before)
    if case .watchpoint(watched, let start)? = machine.cpu.debugStop {
      #expect(start <= address && address < start + 4)
    } else {
      Issue.record("\(name): another")
    }
    #expect(machine.memory.read(address, width: 1) == 0 && machine[0] == 0x8000 && machine[13] == 0x9000)
    #expect(machine.cpu.run(2) == .budget)
    #expect(machine.memory.read(address, width: 1) != 0)
  }

  @Test(
    arguments: [
      ("ldr", Code.ldr(1, 0), 0x8003), ("ldrb", Code.ldrb(1, 0, 5), 0x8005), ("ldrh", Code.ldrh(1, 0, 2), 0x8003),
      ("ldm", Code.ldm(0, 0x0e), 0x8008), ("ldrd", 0xe1c0_20d0, 0x8004), ("flds", 0xed90_0a00, 0x8000),
      ("fldd", 0xed90_0b00, 0x8004), ("swp", Code.swp(1, 2, 0), 0x8000), ("ldrt", Code.ldrt(1, 0), 0x8000),
    ] as [(String, UInt32, UInt64)])
  func `see every kind of load before it is done`(_ name: String, _ word: UInt32, _ address: UInt64) throws {
    let machine = try TestMachine()
    machine.change { state in
      state.vfp.fpexc = FPEXC.enable
      state.r[0] = 0x8000
    }
    machine.memory.store([UInt8](repeating: 7, count: 0x100), at: 0x8000)
    machine.cpu.setWatchpoints([Watchpoint(address: address, length: 1, kind: .read)])
    let before = machine.cpu.state
    #expect(machine.run([word, Code.nop], 2) == .debug, "\(name)")
    for register in 0..<15 { #expect(machine.cpu.state.r[register] == before.r[register]) }
    #expect(machine.cpu.run(2) == .budget)
  }

  @Test func `do not see fetches and walks of the tables, nor what lies beside`() throws {
    let machine = try TestMachine()
    let tables = TranslationTables(machine)
    tables.map(.smallCoarse, 0x40_0000, to: 0x10000)
    tables.enable()
    machine[0] = 0x40_0000
    machine.cpu.setWatchpoints([
      Watchpoint(address: 0x1000, length: 0x100, kind: .access),
      Watchpoint(address: 0x4000, length: 0x8000, kind: .access),
      Watchpoint(address: 0x40_0004, length: 4, kind: .access),
    ])
    #expect(
      machine.run([Code.str(1, 0), Code.ldr(1, 0), Code.str(1, 0, 8), Code.ldrb(1, 0, 3), Code.nop], 5) == .budget)
    #expect(machine.run([Code.ldrb(1, 0, 4)], 1) == .debug)
  }

  @Test func `of a device keep it from being asked twice`() throws {
    let machine = try TestMachine()
    let port = TestPort(machine)
    var writes: [UInt64] = []
    port.onWrite = { offset, _ in writes.append(offset) }
    machine[0] = TestPort.base
    machine.cpu.setWatchpoints([Watchpoint(address: UInt64(TestPort.base) + 8, length: 4, kind: .write)])
    #expect(machine.run([Code.stm(0, 0x0e), Code.nop], 2) == .debug)
    #expect(writes == [])
    #expect(machine.cpu.run(2) == .budget)
    #expect(writes == [0, 4, 8])
  }
}
