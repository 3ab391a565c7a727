import DeviceAudit
import DeviceModel
import Testing
import VirtioSample

@testable import Virtio

/// The transport, tried with the entropy device: registers and negotiation (Virtual I/O Device 1.2, 2 to 4.2).
struct TransportTests {
  private let driver: VirtioDriver<VirtioRNG>

  init() throws { driver = try VirtioDriver() }

  @Test func `a driver finds the device, and nothing is agreed on or running`() {
    #expect(driver.read(0x0) == 0x7472_6976)
    #expect(driver.read(0x4) == 2)
    #expect(driver.read(0x8) == 4)
    #expect(driver.status == 0)
    #expect(driver.read(0x44) == 0)
    #expect(driver.read(0xfc) == 0)
    // No shared memory: its length is -1.
    #expect(driver.read(0xb0) == .max && driver.read(0xb4) == .max)
  }

  @Test func `features come in two halves, and there are no more`() {
    #expect(driver.offered == 1 << 28 | 1 << 29 | 1 << 32)
    driver.write(2, 0x14)
    #expect(driver.read(0x10) == 0)
  }

  @Test func `FEATURES_OK stays clear for what was not offered, and for a driver of no version`() {
    for features in [1 << 32 | 1 << 35, 1 << 28] as [UInt64] {
      driver.write(0, 0x70)
      driver.write(3, 0x70)
      driver.write(0, 0x24)
      driver.write(UInt32(truncatingIfNeeded: features), 0x20)
      driver.write(1, 0x24)
      driver.write(UInt32(features >> 32), 0x20)
      driver.write(11, 0x70)
      #expect(driver.status == 3)
      driver.write(15, 0x70)
      #expect(driver.status & 4 == 0, "it begins all the same")
    }
    driver.negotiate(1 << 32)
    #expect(driver.status == 11)
  }

  @Test func `what was agreed on is not changed any more`() {
    driver.start()
    driver.write(0, 0x24)
    driver.write(0, 0x20)
    driver.add([], writable: 16, indirect: true)
    driver.kick()
    #expect(driver.used().count == 1, "an indirect descriptor is still known")
  }

  @Test func `a queue that there is not has no size and takes nothing`() {
    driver.write(1, 0x30)
    #expect(driver.read(0x34) == 0)
    driver.write(8, 0x38)
    driver.write(1, 0x44)
    #expect(driver.read(0x44) == 0)
    driver.write(0, 0x30)
    #expect(driver.read(0x34) == 8)
    #expect(driver.read(0x44) == 0)
  }

  @Test func `a queue must have a size, a power of 2 where it is split, and be aligned`() {
    for (size, address) in [(0, 0x1000), (3, 0x1000), (8, 0x1008), (8, UInt64.max & ~15)] as [(UInt32, UInt64)] {
      driver.write(0, 0x70)
      driver.negotiate()
      driver.write(0, 0x70)
      driver.write(11, 0x70)
      driver.write(0, 0x30)
      driver.write(size, 0x38)
      driver.write(UInt32(truncatingIfNeeded: address), 0x80)
      driver.write(UInt32(truncatingIfNeeded: address >> 32), 0x84)
      driver.write(1, 0x44)
      #expect(driver.isBroken && driver.read(0x44) == 0, "\(size) descriptors at \(address)")
    }
  }

  @Test func `more descriptors than the queue takes are not taken`() {
    driver.write(0, 0x30)
    driver.write(4, 0x38)
    driver.write(9, 0x38)
    #expect(driver.device.state.queues[0].size == 4)
  }

  @Test func `a ready queue does not change`() {
    driver.negotiate()
    driver.write(0, 0x30)
    let before = driver.device.state.queues[0]
    for offset in [0x38, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4] as [UInt64] { driver.write(4, offset) }
    #expect(driver.device.state.queues[0].descriptors == before.descriptors)
    #expect(driver.device.state.queues[0].size == before.size)
  }

  @Test func `a used buffer raises the interrupt, and acknowledging it lowers it`() {
    driver.start()
    #expect(!driver.desk.level("irq"))
    driver.add([], writable: 4)
    driver.kick()
    #expect(driver.desk.level("irq"))
    #expect(driver.read(0x60) == 1)
    driver.write(2, 0x64)
    #expect(driver.desk.level("irq"))
    driver.write(1, 0x64)
    #expect(!driver.desk.level("irq") && driver.read(0x60) == 0)
  }

  @Test func `buffers are not touched before DRIVER_OK, and found then`() {
    driver.negotiate()
    driver.add([], writable: 4)
    driver.kick()
    #expect(driver.used() == [])
    driver.write(15, 0x70)
    #expect(driver.used().count == 1)
  }

  @Test func `a reset takes everything back, in the middle of anything`() {
    driver.start()
    driver.add([], writable: 4)
    driver.kick()
    driver.add([], writable: 4)
    driver.write(0, 0x70)
    #expect(driver.status == 0 && driver.read(0x60) == 0 && !driver.desk.level("irq"))
    #expect(driver.read(0x44) == 0)
    driver.kick()
    #expect(driver.used().count == 1, "only what was there before the reset")
    driver.start()
    driver.add([], writable: 4)
    driver.kick()
    #expect(driver.used().count == 1)
  }

  @Test func `a stopped queue begins anew when it is ready again`() {
    driver.start()
    driver.add([], writable: 4)
    driver.kick()
    driver.write(0, 0x30)
    driver.write(0, 0x44)
    #expect(driver.read(0x44) == 0)
    driver.add([], writable: 4)
    driver.kick()
    #expect(driver.used().count == 1)
    #expect(driver.device.state.queues[0].next == 0)
  }

  @Test func `a broken driver gets DEVICE_NEEDS_RESET, an interrupt and a line in the log, and nothing more`() {
    var told: [String] = []
    driver.desk.site.onGuestError = { told.append($0) }
    driver.start()
    driver.expose(64)
    driver.kick()
    #expect(driver.isBroken)
    #expect(driver.read(0x60) == 2)
    #expect(told == ["queue 0: descriptor 64 in a queue of 8: the device needs a reset"])
    driver.write(15, 0x70)
    #expect(driver.isBroken, "only a reset ends that")
    driver.start()
    driver.add([], writable: 4)
    driver.kick()
    #expect(!driver.isBroken && driver.used().count == 1)
  }

  @Test func `only words reach the registers`() {
    driver.desk.device.busWrite(3, 0x70, width: 1, region: 0)
    #expect(driver.status == 0)
    driver.write(3, 0x70)
    #expect(driver.desk.read(0x70) == 3)
  }
}
