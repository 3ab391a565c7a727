import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import PCDevices

@Suite struct `the 8254` {
  let desk = Desk<I8254>()
  var pit: I8254 { desk.device }

  /// The nanosecond at which input pulse `tick` has just been.
  private func turn(toTick tick: Int64) { desk.turn(to: PITClock.nanoseconds(at: tick)) }
  private var tick: Int64 { PITClock.ticks(at: desk.now) }

  private func program(_ channel: UInt8, mode: UInt8, count: UInt16, bcd: Bool = false) {
    desk.write(channel << 6 | 0x30 | mode << 1 | (bcd ? 1 : 0), 3)
    desk.write(UInt8(count & 0xff), UInt64(channel))
    desk.write(UInt8(count >> 8), UInt64(channel))
  }

  private func count(_ channel: UInt8) -> UInt16 {
    desk.write(channel << 6, 3)
    let low = desk.read(UInt64(channel))
    return UInt16(desk.read(UInt64(channel))) << 8 | UInt16(low)
  }

  private func status(_ channel: UInt8) -> UInt8 {
    desk.write(0xe0 | 2 << channel, 3)
    return desk.read(UInt64(channel))
  }

  private func out(_ channel: UInt8) -> Bool { status(channel) & 0x80 != 0 }

  /// The pulses at which OUT of channel 2 has a new level, up to `last`, each level read at every pulse.
  private func changes(upTo last: Int64) -> [Int64] {
    var seen: [Int64] = []
    var level = out(2)
    while tick < last {
      turn(toTick: tick + 1)
      if out(2) != level {
        level.toggle()
        seen.append(tick)
      }
    }
    return seen
  }

  @Test func `its clock is exact after years`() {
    for second: Int64 in [0, 1, 59, 3600, 86400 * 365 * 100] {
      #expect(PITClock.ticks(at: second * 1_000_000_000) == second * 1_193_182)
    }
    for tick: Int64 in [1, 2, 3, 1_193_181, 1_193_182, 123_456_789_012_345] {
      #expect(PITClock.ticks(at: PITClock.nanoseconds(at: tick)) == tick)
      #expect(PITClock.ticks(at: PITClock.nanoseconds(at: tick) - 1) == tick - 1)
    }
  }

  /// Found by the fuzzer of snapshots: the count began before power on, which no load takes.
  @Test func `a gate that rises over more pulses than there have been leaves a state that loads`() throws {
    pit.input(0, true)
    program(2, mode: 0, count: 500)
    turn(toTick: 10)
    pit.input(0, false)
    pit.state.channels[2].elapsed = 1 << 40
    pit.input(0, true)
    let table = I8254.State.table
    #expect(throws: Never.self) { try table.load(table.save(pit.state), over: pit.state) }
  }

  @Test func `mode 0 rises N + 1 pulses after the count and counts on`() {
    pit.input(0, true)
    program(2, mode: 0, count: 5)
    #expect(!out(2))
    #expect(changes(upTo: 20) == [6])
    #expect(desk.rises("out2") == 1)
    #expect(count(2) == 0 &- 14)
  }

  @Test func `mode 0 restarts on a new count, stops at its first byte and while the gate is low`() {
    pit.input(0, true)
    program(2, mode: 0, count: 10)
    turn(toTick: 4)
    desk.write(20, 2)
    let stopped = count(2)
    turn(toTick: 8)
    #expect(stopped == 7)
    #expect(count(2) == 7)
    desk.write(0, 2)
    turn(toTick: 12)
    #expect(count(2) == 17)
    pit.input(0, false)
    turn(toTick: 30)
    #expect(count(2) == 17)
    pit.input(0, true)
    #expect(changes(upTo: 60) == [47])
  }

  @Test func `mode 0 loads a count while the gate is low`() {
    program(2, mode: 0, count: 3)
    turn(toTick: 5)
    #expect(count(2) == 3)
    pit.input(0, true)
    #expect(changes(upTo: 20) == [8])
  }

  @Test func `mode 1 is low for N pulses from the trigger and can be triggered again`() {
    program(2, mode: 1, count: 4)
    turn(toTick: 10)
    #expect(out(2))
    pit.input(0, true)
    #expect(changes(upTo: 20) == [11, 15])
    pit.input(0, false)
    pit.input(0, true)
    turn(toTick: 23)
    pit.input(0, false)
    pit.input(0, true)
    #expect(!out(2))
    #expect(changes(upTo: 40) == [28])
  }

  @Test func `mode 2 is low for the last pulse of every N`() {
    pit.input(0, true)
    program(2, mode: 2, count: 4)
    #expect(changes(upTo: 14) == [4, 5, 8, 9, 12, 13])
    // The control word's and three of the count.
    #expect(desk.rises("out2") == 4)
  }

  @Test func `mode 2 takes a new count at the period's end, and at once with a trigger`() {
    pit.input(0, true)
    program(2, mode: 2, count: 6)
    turn(toTick: 3)
    desk.write(3, 2)
    desk.write(0, 2)
    #expect(status(2) & 0x40 != 0)
    turn(toTick: 6)
    #expect(count(2) == 1)
    turn(toTick: 7)
    #expect(count(2) == 3)
    #expect(status(2) & 0x40 == 0)
    desk.write(9, 2)
    desk.write(0, 2)
    pit.input(0, false)
    #expect(out(2))
    pit.input(0, true)
    turn(toTick: 8)
    #expect(count(2) == 9)
  }

  @Test func `mode 3 halves an even count, and an odd one with the longer half high`() {
    pit.input(0, true)
    program(2, mode: 3, count: 6)
    #expect(changes(upTo: 14) == [4, 7, 10, 13])
    program(2, mode: 3, count: 5)
    // Loaded at pulse 15: high for three, low for two.
    #expect(changes(upTo: 26) == [18, 20, 23, 25])
  }

  @Test func `mode 3 counts by two and shows even numbers`() {
    pit.input(0, true)
    program(2, mode: 3, count: 7)
    var shown: [UInt16] = []
    for pulse in 1...8 {
      turn(toTick: Int64(pulse))
      shown.append(count(2))
    }
    #expect(shown == [6, 4, 2, 0, 6, 4, 2, 6])
  }

  @Test func `mode 3 goes high when the gate falls and starts anew when it rises`() {
    pit.input(0, true)
    program(2, mode: 3, count: 8)
    turn(toTick: 6)
    #expect(!out(2))
    pit.input(0, false)
    #expect(out(2))
    turn(toTick: 20)
    pit.input(0, true)
    #expect(changes(upTo: 30) == [25, 29])
  }

  @Test func `mode 4 strobes once, N + 1 pulses after the count`() {
    pit.input(0, true)
    program(2, mode: 4, count: 3)
    #expect(changes(upTo: 100) == [4, 5])
    #expect(desk.rises("out2") == 2)
  }

  @Test func `mode 5 strobes after each trigger`() {
    program(2, mode: 5, count: 3)
    turn(toTick: 10)
    #expect(out(2))
    pit.input(0, true)
    #expect(changes(upTo: 30) == [14, 15])
    pit.input(0, false)
    #expect(changes(upTo: 40) == [])
    pit.input(0, true)
    #expect(changes(upTo: 60) == [44, 45])
  }

  @Test func `a count of zero is the longest`() {
    pit.input(0, true)
    program(2, mode: 0, count: 0)
    turn(toTick: 65536)
    #expect(!out(2))
    turn(toTick: 65537)
    #expect(out(2))
  }

  @Test func `BCD counts in decimal digits`() {
    pit.input(0, true)
    program(2, mode: 2, count: 0x1000, bcd: true)
    turn(toTick: 2)
    #expect(count(2) == 0x0999)
    turn(toTick: 1002)
    #expect(count(2) == 0x0999)
    program(2, mode: 0, count: 0, bcd: true)
    turn(toTick: tick + 2)
    #expect(count(2) == 0x9999)
  }

  @Test func `a latched count waits for both bytes and a second latch does not move it`() {
    program(0, mode: 2, count: 1000)
    turn(toTick: 11)
    desk.write(0x00, 3)
    turn(toTick: 21)
    desk.write(0x00, 3)
    #expect(desk.read(0) == UInt8(990 & 0xff))
    turn(toTick: 31)
    #expect(desk.read(0) == UInt8(990 >> 8))
    #expect(desk.read(0) == UInt8(970 & 0xff))
  }

  @Test func `one-byte access reads and writes its half`() {
    desk.write(0x14, 3)
    desk.write(100, 0)
    turn(toTick: 1)
    #expect(desk.read(0) == 100)
    turn(toTick: 2)
    #expect(desk.read(0) == 99)
    desk.write(0x24, 3)
    desk.write(2, 0)
    turn(toTick: tick + 1)
    #expect(desk.read(0) == 2)
    turn(toTick: tick + 1)
    #expect(desk.read(0) == 1)
  }

  @Test func `read back gives status, then count, of every channel named`() {
    program(0, mode: 2, count: 0x1234)
    program(1, mode: 7, count: 0x10)
    turn(toTick: 1)
    desk.write(0xc6, 3)
    turn(toTick: 50)
    #expect(desk.read(0) == 0xb4)
    #expect(desk.read(0) == 0x34)
    #expect(desk.read(0) == 0x12)
    #expect(desk.read(1) == 0xbe)
    #expect(desk.read(1) == 0x10)
    #expect(desk.read(1) == 0x00)
  }

  @Test func `the null count bit tells whether the count has been loaded`() {
    desk.write(0x34, 3)
    #expect(status(0) == 0xf4)
    desk.write(0x10, 0)
    desk.write(0x10, 0)
    #expect(status(0) == 0xf4)
    turn(toTick: 1)
    #expect(status(0) == 0xb4)
  }

  @Test func `channel 0 gives the timer interrupt at its rate without drift`() {
    program(0, mode: 2, count: 1193)
    desk.forget()
    desk.turn(to: 60_000_000_000)
    #expect(desk.rises("irq0") == 60 * 1_193_182 / 1193)
    program(0, mode: 3, count: 11932)
    desk.forget()
    desk.wait(10_000_000_000)
    #expect(desk.rises("irq0") == 10 * 1_193_182 / 11932)
  }

  @Test func `a late timer still shows its edge, and one for all that were missed`() {
    program(0, mode: 2, count: 1000)
    desk.forget()
    desk.jump(to: 10_000_000)
    desk.clock.runDue()
    #expect(desk.rises("irq0") == 1)
    // A read that comes before the timer does not swallow the edge either.
    desk.jump(to: 20_000_000)
    _ = count(0)
    #expect(desk.rises("irq0") == 2)
    desk.clock.runDue()
    #expect(desk.rises("irq0") == 2)
  }

  @Test func `an illegal count of 1 in a periodic mode gives no edges`() {
    pit.input(0, true)
    for mode: UInt8 in [2, 3] {
      program(2, mode: mode, count: 1)
      desk.wait(1_000_000)
      desk.forget()
      desk.wait(1_000_000)
      #expect(desk.rises("out2") == 0)
      #expect(out(2))
      desk.write(4, 2)
      desk.write(0, 2)
      desk.wait(1_000_000)
      #expect(desk.rises("out2") > 100)
    }
  }
}
