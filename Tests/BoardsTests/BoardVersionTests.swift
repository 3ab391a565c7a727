import Foundation
import MachineSample
import SavedState
import Testing

@testable import Boards

/// microvm-2 has a second bank of CMOS memory, which microvm-1 has not, and microvm-3 a VGA in place of a text screen.
@Suite struct `board versions` {
  private static func machine(_ version: Int) throws -> Machine {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../machines/microvm.yaml")
    let boards = try BoardReader(try String(contentsOf: root, encoding: .utf8), file: "microvm.yaml").versions()
    let board = try #require(boards.first { $0.version == version })
    var setup = MachineSetup()
    setup.clock = .instructions(rate: ClockMode.defaultRate, paced: false)
    let machine = try MachineBuilder(board: board, setup: setup, host: QuietHost()).build()
    try machine.powerOn()
    return machine
  }

  private static func writeSecondBank(_ machine: Machine) {
    machine.ports.write(7, 0x72, width: 1)
    machine.ports.write(0x42, 0x73, width: 1)
  }

  @Test func `the plain name is the newest, and what it adds is off in the older one`() throws {
    let new = try Self.machine(2)
    let old = try Self.machine(1)
    Self.writeSecondBank(new)
    Self.writeSecondBank(old)
    #expect(new.ports.read(0x73, width: 1) == 0x42)
    #expect(old.ports.read(0x73, width: 1) == 0xff)
  }

  @Test func `a machine saves in the versions that its board gives its devices`() throws {
    let new = try Self.machine(2)
    let old = try Self.machine(1)
    #expect(try new.save(as: new.board)[child: "rtc"]?.version == 2)
    let tree = try old.save(as: old.board)
    #expect(tree[child: "rtc"]?.version == 1)
    #expect(tree[child: "rtc"]?.state["extended"] == nil)
    try Self.machine(1).load(tree)
  }

  @Test func `a newer machine goes to an older board while it uses nothing that this lacks`() throws {
    let new = try Self.machine(2)
    let old = try Self.machine(1)
    let tree = try new.save(as: old.board)
    try old.load(tree)
    #expect(try old.save(as: old.board) == tree)
    try new.load(tree)

    Self.writeSecondBank(new)
    let error = #expect(throws: SaveError.self) { try new.save(as: old.board) }
    #expect(error?.faults.map(\.path) == ["/machine/rtc/extended"])
    #expect(error?.description.contains("version 1 does not have it (since 2)") == true)
  }

  @Test func `an older board refuses what only the newer one has`() throws {
    let new = try Self.machine(2)
    Self.writeSecondBank(new)
    let old = try Self.machine(1)
    let before = old.save()
    let error = #expect(throws: LoadError.self) { try old.load(new.save()) }
    #expect(error?.description.contains("/machine/rtc") == true)
    #expect(old.save() == before)
  }

  @Test func `a device of another model goes to no older board, nor comes from one`() throws {
    let new = try Self.machine(3)
    let old = try Self.machine(2)
    let saving = #expect(throws: SaveError.self) { try new.save(as: old.board) }
    #expect(saving?.faults.map(\.path) == ["/machine/vga"])
    #expect(saving?.description.contains("model vga-text, as microvm-2 has it") == true, "\(saving as Any)")
    let loading = #expect(throws: LoadError.self) { try new.load(old.save(as: old.board)) }
    #expect(loading?.faults.map(\.path) == ["/machine/vga"])
  }

  @Test func `the text screen of the older ones and the VGA lie where a PC has them`() throws {
    let old = try Self.machine(2)
    old.memory.write(0x0741, 0xb8000, width: 2)
    #expect(old.blocks["vga.memory"]?.size == 0x8000)
    #expect(old.memory.read(0xb8000, width: 2) == 0x0741)
    #expect(old.memory.read(0xa0000, width: 2) == 0xffff)
    #expect(old.memory.read(0xe000_0000, width: 2) == 0xffff)
    let new = try Self.machine(3)
    new.memory.write(0x0741, 0xb8002, width: 2)
    #expect(new.memory.read(0xb8000, width: 4) == 0x0741_0720)
    #expect(new.memory.read(0xe000_0004, width: 2) == 0x0741)
    // A bank before the window comes and goes with the mode.
    func set(_ index: UInt64, _ value: UInt64) {
      new.ports.write(index, 0x1ce, width: 2)
      new.ports.write(value, 0x1cf, width: 2)
    }
    set(3, 32)
    set(4, 0xc1)
    set(5, 2)
    new.memory.write(0x1234, 0xa0000, width: 2)
    #expect(new.memory.read(0xe002_0000, width: 2) == 0x1234)
    #expect(new.memory.page(at: 0xa0000)?.offset == 0x20000)
    set(4, 0)
    #expect(new.memory.page(at: 0xa0000) == nil)
  }
}
