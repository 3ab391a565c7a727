import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite struct `the Integrator's timers` {
  let desk = Desk<IntegratorTimers>()
  /// Timer 1, of 1 MHz.
  let one: UInt64 = 0x100

  private func value(_ base: UInt64) -> UInt32 { desk.readWord(base + 4) }

  @Test func `after a reset they are stopped with their interrupts let through`() {
    for base in [0, 0x100, 0x200] as [UInt64] {
      #expect(desk.readWord(base + 8) == 0x20)
      #expect(desk.readWord(base) == 0)
      desk.wait(1_000_000)
      #expect(desk.readWord(base + 0x10) == 0)
    }
  }

  @Test func `timer 0 counts 40 MHz, the others 1 MHz`() {
    for base in [0, 0x100, 0x200] as [UInt64] {
      desk.writeWord(0x8000_0000, base)
      desk.writeWord(0x82, base + 8)
    }
    desk.wait(1_000_000)
    #expect(value(0) == 0x8000_0000 - 40000)
    #expect(value(0x100) == 0x8000_0000 - 1000)
    #expect(value(0x200) == 0x8000_0000 - 1000)
  }

  @Test func `the prescaler divides by 16 and by 256`() {
    desk.writeWord(0xffff, one)
    desk.writeWord(0x84, one + 8)
    desk.wait(15_999)
    #expect(value(one) == 0xffff)
    desk.wait(1)
    #expect(value(one) == 0xfffe)
    desk.writeWord(0x88, one + 8)
    desk.wait(255_999)
    #expect(value(one) == 0xfffe)
    desk.wait(1)
    #expect(value(one) == 0xfffd)
  }

  @Test func `free-running, 16 bits wrap to 0xffff and raise once a lap`() {
    desk.writeWord(3, one)
    desk.writeWord(0xa0, one + 8)
    desk.wait(3000)
    #expect(value(one) == 0)
    #expect(desk.level("irq1"))
    desk.wait(1000)
    #expect(value(one) == 0xffff)
    desk.writeWord(0, one + 0xc)
    #expect(!desk.level("irq1"))
    desk.wait(65_534_000)
    #expect(value(one) == 1)
    #expect(!desk.level("irq1"))
    desk.wait(1000)
    #expect(desk.level("irq1"))
    #expect(value(one) == 0)
  }

  @Test func `free-running, 32 bits start from all ones without a load`() {
    desk.writeWord(0x82, one + 8)
    #expect(value(one) == 0xffff_ffff)
    desk.wait(5000)
    #expect(value(one) == 0xffff_fffa)
    desk.wait(4_294_967_296_000)
    #expect(value(one) == 0xffff_fffa)
    #expect(desk.readWord(one + 0x10) == 1)
  }

  @Test func `periodic, an interval is Load ticks, over and over`() {
    desk.writeWord(10000, one)
    desk.writeWord(0xe2, one + 8)
    for _ in 0..<5 {
      desk.wait(9_999_999)
      #expect(!desk.level("irq1"))
      #expect(value(one) == 1)
      desk.wait(1)
      #expect(desk.level("irq1"))
      #expect(value(one) == 10000)
      desk.writeWord(1, one + 0xc)
      #expect(!desk.level("irq1"))
    }
  }

  @Test func `one shot, it halts at zero until it is loaded again`() {
    desk.writeWord(100, one)
    desk.writeWord(0xa3, one + 8)
    desk.wait(100_000)
    #expect(desk.level("irq1"))
    desk.writeWord(0, one + 0xc)
    desk.wait(10_000_000_000)
    #expect(value(one) == 0)
    #expect(!desk.level("irq1"))
    desk.writeWord(50, one)
    desk.wait(49_999)
    #expect(!desk.level("irq1"))
    desk.wait(1)
    #expect(desk.level("irq1"))
  }

  @Test func `the background load waits for the present interval to end`() {
    desk.writeWord(100, one)
    desk.writeWord(0xe2, one + 8)
    desk.wait(40_000)
    desk.writeWord(20, one + 0x18)
    #expect(desk.readWord(one) == 20)
    #expect(desk.readWord(one + 0x18) == 20)
    #expect(value(one) == 60)
    desk.wait(60_000)
    #expect(value(one) == 20)
    desk.wait(7000)
    #expect(value(one) == 13)
  }

  @Test func `RIS tells what the mask hides from MIS and the line`() {
    desk.writeWord(10, one)
    desk.writeWord(0xc2, one + 8)
    desk.wait(10_000)
    #expect(desk.readWord(one + 0x10) == 1)
    #expect(desk.readWord(one + 0x14) == 0)
    #expect(!desk.level("irq1"))
    desk.writeWord(0xe2, one + 8)
    #expect(desk.readWord(one + 0x14) == 1)
    #expect(desk.level("irq1"))
  }

  @Test func `stopped, it holds its value, and goes on from it`() {
    desk.writeWord(1000, one)
    desk.writeWord(0xc2, one + 8)
    desk.wait(300_000)
    desk.writeWord(0x42, one + 8)
    desk.wait(5_000_000)
    #expect(value(one) == 700)
    desk.writeWord(0xc2, one + 8)
    desk.wait(100_000)
    #expect(value(one) == 600)
  }

  @Test func `a load of zero interrupts at once`() {
    desk.writeWord(0xa3, one + 8)
    desk.writeWord(0, one)
    #expect(desk.level("irq1"))
    desk.writeWord(0x63, one + 8)
    desk.writeWord(0, one + 0xc)
    desk.writeWord(0xe2, one + 8)
    #expect(desk.level("irq1"))
    desk.writeWord(0, one + 0xc)
    #expect(!desk.level("irq1"))
    desk.wait(1000)
    #expect(desk.level("irq1"))
  }

  @Test func `Value cannot be written, whatever Linux tries`() {
    desk.writeWord(1000, one)
    desk.writeWord(0xffff_ffff, one + 4)
    #expect(value(one) == 1000)
  }

  @Test func `missed by a century of intervals it is exact at once`() {
    desk.writeWord(7, 0)
    desk.writeWord(0xe2, 8)
    desk.jump(to: 3_155_760_000_000_000_000)
    desk.clock.runDue()
    #expect(desk.rises("irq0") == 1)
    // 126230400000000000 ticks are 18032914285714285 intervals and 5 ticks.
    #expect(value(0) == 2)
    desk.writeWord(0, 0xc)
    desk.wait(49)
    #expect(!desk.level("irq0"))
    desk.wait(1)
    #expect(desk.level("irq0"))
  }

  @Test func `a change of its mask does not shift a running interval`() {
    desk.writeWord(100, one)
    desk.writeWord(0xee, one + 8)
    desk.wait(100)
    desk.writeWord(0xce, one + 8)
    desk.wait(255_900 - 1)
    #expect(value(one) == 100)
    desk.wait(1)
    #expect(value(one) == 99)
  }

  @Test func `the three run side by side and a reset stops them`() {
    for (index, base) in ([0, 0x100, 0x200] as [UInt64]).enumerated() {
      desk.writeWord(UInt32(10 * (index + 1)), base)
      desk.writeWord(0xe2, base + 8)
    }
    desk.wait(20_000)
    #expect(desk.level("irq0") && desk.level("irq1") && !desk.level("irq2"))
    desk.device.reset()
    #expect(!desk.level("irq0") && !desk.level("irq1"))
    desk.wait(1_000_000)
    #expect(!desk.level("irq2"))
    #expect(value(one) == 0xffff)
  }
}
