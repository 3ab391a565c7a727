import Testing

@testable import ARM

/// Big-endian order (DDI 0100 B6.2): words keep their value, bytes and halfwords lie in them the other way round.
@Suite struct `byte order` {
  @Test func `bytes and halfwords of a word change places, words do not`() throws {
    let machine = try TestMachine()
    machine.change { $0.cp15.control |= Control.bigEndian }
    machine.load([0x1122_3344], at: 0x2000)
    machine[8] = 0x2000
    machine.run([
      Code.ldr(0, 8), Code.ldrb(1, 8), Code.ldrb(2, 8, 1), Code.ldrb(3, 8, 2), Code.ldrb(4, 8, 3), Code.ldrh(5, 8),
      Code.ldrh(6, 8, 2),
    ])
    #expect((0..<7).map { machine[$0] } == [0x1122_3344, 0x11, 0x22, 0x33, 0x44, 0x1122, 0x3344])
    machine[1] = 0xaa
    machine[2] = 0xbbcc
    machine.run([Code.strb(1, 8), Code.strh(2, 8, 2), Code.str(0, 8, 4)])
    #expect(machine.word(0x2000) == 0xaa22_bbcc && machine.word(0x2004) == 0x1122_3344)
  }

  @Test func `several words, and swaps, follow`() throws {
    let machine = try TestMachine()
    machine.change { $0.cp15.control |= Control.bigEndian }
    machine.load([1, 2, 0x0102_0304], at: 0x2000)
    machine[8] = 0x2000
    machine[9] = 0x2008
    machine[7] = 0x55
    // LDM r8, {r0, r1}; SWPB r2, r7, [r9]
    machine.run([Code.ldm(8, 3), Code.swp(2, 7, 9) | 1 << 22])
    #expect(machine[0] == 1 && machine[1] == 2 && machine[2] == 1 && machine.word(0x2008) == 0x5502_0304)
  }

  @Test func `Thumb code is fetched with the halves of its words exchanged`() throws {
    let machine = try TestMachine()
    machine.change { $0.cp15.control |= Control.bigEndian }
    // MOV r0, #1; MOV r1, #2; MOV r2, #3; B .
    machine.load(thumb: [0x2102, 0x2001, 0xe7fe, 0x2203])
    machine.jump(to: TestMachine.start | 1)
    machine.cpu.run(5)
    #expect(machine[0] == 1 && machine[1] == 2 && machine[2] == 3 && machine[15] == TestMachine.start + 6)
  }

  @Test func `the order changes between two instructions, and back`() throws {
    let machine = try TestMachine()
    machine.load([0x1122_3344], at: 0x2000)
    machine[8] = 0x2000
    machine[5] = Control.fixed | Control.bigEndian
    machine[6] = Control.fixed
    machine.run([
      Code.ldrb(0, 8), Code.mcr(5, 1), Code.ldrb(1, 8), Code.mcr(6, 1), Code.ldrb(2, 8), Code.strb(2, 8, 1),
    ])
    #expect(machine[0] == 0x44 && machine[1] == 0x11 && machine[2] == 0x44 && machine.word(0x2000) == 0x1122_4444)
  }

  @Test func `tables are read as words, and pages are found`() throws {
    let machine = try TestMachine(size: 4 << 20)
    let tables = TranslationTables(machine)
    tables.map(.tiny, 0x0050_0400, to: 0x0020_0800)
    machine.load([0x1122_3344], at: 0x0020_0804)
    tables.enable(control: Control.bigEndian)
    machine[8] = 0x0050_0404
    machine.run([Code.ldrb(0, 8), Code.ldrh(1, 8), Code.ldr(2, 8)])
    #expect(machine[0] == 0x11 && machine[1] == 0x1122 && machine[2] == 0x1122_3344)
  }

  @Test func `devices see bytes in the lanes that the bus has`() throws {
    let machine = try TestMachine()
    let port = TestPort(machine)
    var seen: [UInt64] = []
    port.onWrite = { offset, value in seen += [offset, value] }
    machine.change { $0.cp15.control |= Control.bigEndian }
    machine[1] = 0x1234_5678
    machine[2] = TestPort.base
    machine.run([Code.str(1, 2), Code.strb(1, 2), Code.strh(1, 2, 2)])
    #expect(seen == [0, 0x1234_5678, 3, 0x78, 0, 0x5678])
  }
}
