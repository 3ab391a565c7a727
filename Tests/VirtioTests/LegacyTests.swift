import DeviceAudit
import Testing
import VirtioSample

@testable import Virtio

/// The legacy interface of the transport (Virtual I/O Device 1.2, 4.2.4).
struct LegacyTests {
  private let driver: VirtioDriver<VirtioRNG>

  init() throws { driver = try VirtioDriver(parameters: ["force-legacy": "on"]) }

  @Test func `it says version 1 and offers no feature beyond the first 32`() {
    #expect(driver.read(0x4) == 1)
    #expect(driver.offered == 1 << 28 | 1 << 29)
    #expect(driver.read(0xfc) == 0)
  }

  @Test func `a queue is where its page number says, and its used ring aligned`() {
    // Linux tells the size of its pages before it resets the device.
    driver.write(4096, 0x28)
    driver.write(0, 0x70)
    driver.write(3, 0x70)
    driver.write(0, 0x30)
    #expect(driver.read(0x40) == 0)
    driver.write(8, 0x38)
    driver.write(4096, 0x3c)
    driver.write(0x20, 0x40)
    #expect(driver.read(0x40) == 0x20)
    driver.write(7, 0x70)
    // Descriptor 0: 16 bytes to be written at 0x300000.
    driver.memory.write(0x30_0000, 0x2_0000, width: 8)
    driver.memory.write(16 | 2 << 32, 0x2_0008, width: 8)
    driver.memory.write(1, 0x2_0082, width: 2)
    driver.kick()
    #expect(driver.memory.read(0x2_1002, width: 2) == 1)
    #expect(driver.memory.read(0x2_1008, width: 4) == 16)
    #expect(driver.read(0x60) == 1)
    driver.write(0, 0x40)
    #expect(driver.read(0x40) == 0)
    driver.kick()
    #expect(!driver.isBroken)
  }

  @Test func `a page size or an alignment that is none breaks nothing but the driver`() {
    for (pageSize, alignment) in [(0, 4096), (4095, 4096), (4096, 0), (4096, 3), (4096, 1)] as [(UInt32, UInt32)] {
      driver.write(0, 0x70)
      driver.write(3, 0x70)
      driver.write(pageSize, 0x28)
      driver.write(0, 0x30)
      driver.write(8, 0x38)
      driver.write(alignment, 0x3c)
      driver.write(0x20, 0x40)
      #expect(driver.isBroken, "\(pageSize), \(alignment)")
    }
  }
}
