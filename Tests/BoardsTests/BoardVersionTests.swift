import Foundation
import MachineSample
import SavedState
import Testing

@testable import Boards

/// microvm-2 has a second bank of CMOS memory, which microvm-1 has not.
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
}
