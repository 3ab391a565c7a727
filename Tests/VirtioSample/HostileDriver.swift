import DeviceModel
import GuestMemory
public import SavedState
public import Virtio

/// A driver that does with a device whatever comes to its mind: proper requests, damaged queues, registers in any order,
/// resets at any moment. Equal seeds do the same to equal devices.
public final class HostileDriver<D: VirtioDevice> {
  public let driver: VirtioDriver<D>
  private let request: (inout SplitMix64) -> [UInt8]
  private let event: (D, inout SplitMix64) -> Void
  private var packed = false

  /// - Parameters:
  ///   - request: what a request to the device may look like.
  ///   - event: what may happen at the host.
  public init(
    _ driver: VirtioDriver<D>, request: @escaping (inout SplitMix64) -> [UInt8],
    event: @escaping (D, inout SplitMix64) -> Void = { _, _ in }
  ) {
    self.driver = driver
    self.request = request
    self.event = event
  }

  /// Does one thing.
  public func step(_ random: inout SplitMix64) {
    if driver.rings.isEmpty { return start(&random) }
    let queue = Int(random.next() % UInt64(driver.rings.count))
    switch random.next() % 64 {
    case 0: start(&random)
    case 1: driver.write(UInt32(truncatingIfNeeded: random.next() % 256), 0x70)
    case 2: driver.write(UInt32(truncatingIfNeeded: random.next()), random.next() % 0x100 & ~3)
    case 3: damage(queue, &random)
    case 4: driver.expose(UInt16(truncatingIfNeeded: random.next() % 80), to: queue)
    case 5: driver.write(UInt32(queue), 0x30)
    case 6: driver.write(UInt32(random.next() & 1), 0x44)
    case 7...9:
      driver.desk.device.busWrite(
        random.next() & 0xff, 0x100 + random.next() % 64, width: 1, region: 0)
    case 10...12: _ = driver.desk.device.busRead(0x100 + random.next() % 192, width: 4, region: 0)
    case 13: driver.write(.max, 0x64)
    case 14...19: driver.desk.wait(Int64(random.next() % 3_000_000))
    case 20...31: event(driver.device, &random)
    case 32...40: driver.kick(Int(random.next() % UInt64(driver.rings.count)))
    default: add(queue, &random)
    }
    if driver.isBroken, random.next() % 4 == 0 { start(&random) }
  }

  private func start(_ random: inout SplitMix64) {
    packed = random.next() & 1 == 0
    // Now and then some feature is not wanted.
    let unwanted = random.next() % 4 == 0 ? random.next() & random.next() & random.next() : 0
    let wanted = (.max ^ (unwanted & ~(1 << 32))) & (packed ? UInt64.max : ~(1 << 34))
    driver.start(wanted, size: [4, 16, 64].randomElement(using: &random) ?? 16)
  }

  private func add(_ queue: Int, _ random: inout SplitMix64) {
    _ = driver.used(queue)
    var buffers: [DriverRing.Buffer] = []
    let bytes = request(&random)
    let readable = random.next() % 8 == 0 ? Array(bytes.prefix(Int(random.next() % 32))) : bytes
    if !readable.isEmpty {
      // In one piece or in several.
      let cut = random.next() & 1 == 0 ? readable.count : Int(random.next() % UInt64(readable.count)) + 1
      buffers.append(.init(driver.room(cut, Array(readable[..<cut])), cut))
      if cut < readable.count {
        buffers.append(.init(driver.room(readable.count - cut, Array(readable[cut...])), readable.count - cut))
      }
    }
    for _ in 0..<random.next() % 3 {
      let count = Int([1, 8, 24, 513, 4096].randomElement(using: &random) ?? 1)
      buffers.append(.init(driver.room(count), count, writable: true))
    }
    if random.next() % 32 == 0, !buffers.isEmpty {
      let index = Int(random.next() % UInt64(buffers.count))
      buffers[index].address = random.next() >> (random.next() & 63)
    }
    if random.next() % 32 == 0 { buffers.reverse() }
    guard !buffers.isEmpty, driver.rings[queue].freeCount >= buffers.count else { return driver.kick(queue) }
    driver.add(buffers, to: queue, table: random.next() % 3 == 0 ? driver.room(16 * buffers.count) : nil)
    if random.next() & 1 == 0 { driver.kick(queue) }
  }

  private func damage(_ queue: Int, _ random: inout SplitMix64) {
    let ring = driver.rings[queue]
    let base = [ring.descriptors, ring.driver, ring.device].randomElement(using: &random) ?? ring.driver
    driver.memory.write(random.next(), base + random.next() % 256 & ~1, width: 2)
  }
}
