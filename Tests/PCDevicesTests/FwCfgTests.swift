import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import Synchronization
import Testing

@testable import PCDevices

@Suite struct `Firmware configuration` {
  let memory = AddressSpace(name: "memory")
  let ram: RAMBlock
  let contents = FwCfgContents()
  let device: FwCfg

  init() throws {
    ram = try RAMBlock(name: "ram", size: 0x10000)
    memory.map(Region("ram", base: 0, size: 0x10000, content: .memory(ram, offset: 0)))
    contents.addFile("etc/one", [1, 2, 3, 4, 5])
    let site = Site(name: "fw_cfg", clock: VirtualClock(), memory: memory)
    site.backends = ["contents": contents]
    device = FwCfg(site)
  }

  private func select(_ key: UInt16) { device.busWrite(UInt64(key), 0, width: 2, region: 0) }
  private func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(device.busRead(1, width: 1, region: 0)) }
  }

  /// Runs a DMA transfer; gives the control word afterwards.
  private func dma(_ control: UInt32, _ length: UInt32, _ address: UInt64) -> UInt32 {
    var descriptor: [UInt8] = []
    withUnsafeBytes(of: control.bigEndian) { descriptor += $0 }
    withUnsafeBytes(of: length.bigEndian) { descriptor += $0 }
    withUnsafeBytes(of: address.bigEndian) { descriptor += $0 }
    memory.store(descriptor, at: 0x100)
    device.busWrite(0, 0, width: 4, region: 1)
    device.busWrite(UInt64(UInt32(0x100).bigEndian), 4, width: 4, region: 1)
    return UInt32(truncatingIfNeeded: memory.read(0x100, width: 4)).byteSwapped
  }

  @Test func `it is found by its signature, its features and its DMA signature`() {
    select(0)
    #expect(bytes(5) == Array("QEMU".utf8) + [0])
    select(1)
    #expect(bytes(4) == [3, 0, 0, 0])
    let high = device.busRead(0, width: 4, region: 1)
    let low = device.busRead(4, width: 4, region: 1)
    let text =
      (0..<4).map { UInt8(truncatingIfNeeded: high >> ($0 * 8)) }
      + (0..<4).map { UInt8(truncatingIfNeeded: low >> ($0 * 8)) }
    #expect(text == Array("QEMU CFG".utf8))
  }

  @Test func `the directory names files with their sizes and keys, big endian`() {
    select(0x19)
    #expect(bytes(4) == [0, 0, 0, 1])
    #expect(bytes(8) == [0, 0, 0, 5, 0, 0x20, 0, 0])
    #expect(bytes(56) == Array("etc/one".utf8) + [UInt8](repeating: 0, count: 49))
    select(0x20)
    #expect(bytes(7) == [1, 2, 3, 4, 5, 0, 0])
  }

  @Test func `DMA selects, skips, reads and fills with zeros`() {
    ram.unguarded.storeBytes(of: .max, toByteOffset: 0x1000, as: UInt64.self)
    #expect(dma(0x0020_0008, 0, 0) == 0)
    #expect(dma(4, 2, 0) == 0)
    #expect(dma(2, 6, 0x1000) == 0)
    #expect(memory.bytes(0x1000, count: 8) == [3, 4, 5, 0, 0, 0, 0xff, 0xff])
  }

  @Test func `DMA into nothing and writes to what takes none are errors`() {
    #expect(dma(0x0020_000a, 5, 0xfff_fff0) == 1)
    #expect(dma(0x0020_000a, .max, 0x1000) == 1)
    #expect(dma(0x0020_0018, 5, 0x1000) == 1)
    #expect(dma(0x0020_000a, 16, .max - 3) == 1)
    select(0x20)
    #expect(bytes(5) == [1, 2, 3, 4, 5])
  }

  /// Memory that comes when it is asked for again.
  private final class LateSource: ChunkSource {
    let chunkSize = 4096
    let isThere = Mutex(false)

    func fetch(_ offset: Int, into target: UnsafeMutableRawBufferPointer) throws(MemoryLoss) {
      guard isThere.withLock({ $0 }) else { throw MemoryLoss("late", isPassing: true) }
      target.initializeMemory(as: UInt8.self, repeating: 0xee)
    }
  }

  @Test(arguments: [0x1000, 0x1ffe]) func `DMA to memory that is to come changes nothing until it is there`(
    target: UInt64
  ) {
    select(0x20)
    _ = bytes(1)
    let source = LateSource()
    var losses = 0
    ram.onLoss = { _ in losses += 1 }
    ram.fill(from: source)
    source.isThere.withLock { $0 = true }
    // The descriptor's own page comes.
    memory.store([0], at: 0)
    source.isThere.withLock { $0 = false }
    _ = dma(2, 4, target)
    #expect(losses > 0)
    #expect(device.state.offset == 1)
    source.isThere.withLock { $0 = true }
    #expect(dma(2, 4, target) == 0)
    #expect(memory.bytes(target, count: 5) == [2, 3, 4, 5, 0xee])
  }

  @Test func `an item that somebody else keeps can be written`() {
    var kept = [UInt8](repeating: 0, count: 4)
    contents.addFile("etc/shared", .shared(count: 4, read: { kept[$0] }, write: { kept[$0] = $1 }))
    device.offer(contents)
    memory.store([7, 8, 9], at: 0x2000)
    #expect(dma(0x0021_0018, 3, 0x2000) == 0)
    #expect(kept == [7, 8, 9, 0])
    #expect(dma(0x0021_0018, 5, 0x2000) == 1)
    select(0x21)
    #expect(bytes(4) == [7, 8, 9, 0])
  }

  @Test func `other contents have another digest, and a load compares it`() {
    let other = FwCfgContents()
    other.addFile("etc/one", [1, 2, 3, 4, 6])
    #expect(other.digest != contents.digest)
    var state = device.state
    state.digest = other.digest
    #expect(throws: LoadError.self) {
      try FwCfg.State.table.load(FwCfg.State.table.save(state), over: device.state)
    }
  }

  @Test func `an offset behind the item's end is read as zeros`() throws {
    device.state.key = 0x20
    device.state.offset = .max
    #expect(bytes(2) == [0, 0])
    #expect(dma(2, 4, 0x1000) == 0)
    #expect(dma(4, .max, 0) == 0)
  }

  @Test(arguments: 1...4) func `moved at random moments it behaves as its twin`(seed: UInt64) {
    #expect(auditMoves(of: FwCfg.self, seed: seed) { $0.backends = ["contents": contents] } == [])
  }
}
