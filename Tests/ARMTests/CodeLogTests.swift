import Testing

@testable import ARM

/// What the log is told of host code.
@Suite(.enabled(if: ARMCPU.canTranslate, "there is no translator for this host"))
struct `the log of ARM host code` {
  private typealias Told = (address: UInt64, text: String?, host: UInt64, size: Int)

  private func told(_ machine: TestMachine, _ run: () -> Void) -> [Told] {
    var told: [Told] = []
    machine.cpu.log(.hostCode) { event in
      guard case .hostCode(let address, let text, let host, let bytes) = event else { return }
      told.append((address, text?.split(separator: " ").joined(separator: " "), host, bytes.count))
    }
    run()
    return told
  }

  @Test func `has each instruction's code, as it is made`() throws {
    let machine = try TestMachine(translates: false)
    try machine.cpu.translateCode(after: 0)
    // Two behind one condition, and a loop.
    let told = told(machine) {
      machine.run([Code.add(0, 0, 1), 0x0281_1001, 0x0282_2001, Code.str(0, 13), Code.b(-4)], 90)
    }
    #expect(
      told.map(\.text) == [
        "add r0, r0, #1", "addeq r1, r1, #1", "addeq r2, r2, #1", "str r0, [sp]", "b 0x1000", nil,
      ])
    #expect(told.map(\.address) == [0x1000, 0x1004, 0x1008, 0x100c, 0x1010, 0x1000])
    for (one, next) in zip(told, told.dropFirst()) { #expect(one.host + UInt64(one.size) == next.host) }
    #expect(told.allSatisfy { $0.size > 0 })
  }

  @Test func `has Thumb code, too`() throws {
    let machine = try TestMachine(translates: false)
    try machine.cpu.translateCode(after: 0)
    let told = told(machine) { machine.run(thumb: [0x3001, 0x4088, 0xe7fc], 30) }
    // And once more for where the flags are behind them.
    let texts = ["adds r0, #1", "lsls r0, r1", "b.n 0x1000"]
    #expect(told.map(\.text) == texts + texts + [nil])
  }
}
