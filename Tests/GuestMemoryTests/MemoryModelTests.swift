import Foundation
import GuestMemory
import Testing

/// Random stores, DMA, moments, savers, consumers and contents that come late, beside an array that has it all.
@Suite struct MemoryModelTests {
  private static let pages = 32
  private static let size = pages << RAMBlock.pageShift

  /// The block and what it should be.
  private struct Rig {
    let ram: RAMBlock
    let space = AddressSpace(name: "memory")
    var model: [UInt8]
    var consumers: [(consumer: DirtyConsumer, dirty: Set<Int>)] = []
    /// Savers at work, and what they should come to.
    var moments: [(image: Image, expected: [UInt8], done: DispatchSemaphore)] = []

    init() throws {
      ram = try RAMBlock(name: "ram", size: size)
      model = [UInt8](repeating: 0, count: size)
      space.map(Region("ram", base: 0, size: UInt64(size), content: .memory(ram, offset: 0)))
      for _ in 0..<2 {
        if let consumer = ram.makeConsumer() { consumers.append((consumer, Set(0..<pages))) }
      }
    }

    mutating func store(_ bytes: [UInt8], at offset: Int) {
      model.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      for index in consumers.indices {
        consumers[index].dirty.formUnion(offset >> 12...(offset + bytes.count - 1) >> 12)
      }
    }
  }

  private func step(_ rig: inout Rig, _ random: inout SystemRandomNumberGenerator) throws {
    let offset = Int.random(in: 0..<Self.size - 8, using: &random)
    switch Int.random(in: 0..<100, using: &random) {
    case ..<50:
      let value = UInt64.random(in: 0...UInt64.max, using: &random)
      rig.space.write(value, UInt64(offset), width: 8)
      rig.store(withUnsafeBytes(of: value.littleEndian) { Array($0) }, at: offset)
    case ..<60:
      let count = Int.random(in: 1...min(0x3000, Self.size - offset), using: &random)
      let bytes = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: count)
      rig.space.store(bytes, at: UInt64(offset))
      rig.store(bytes, at: offset)
    case ..<85:
      #expect(
        rig.space.read(UInt64(offset), width: 4)
          == UInt64(rig.model[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }))
    case ..<93:
      let index = Int.random(in: rig.consumers.indices, using: &random)
      var seen = Set<Int>()
      rig.consumers[index].consumer.take { seen.formUnion($0) }
      #expect(seen == rig.consumers[index].dirty)
      rig.consumers[index].dirty = []
    case ..<99:
      let room = Int.random(in: 1...8, using: &random) << RAMBlock.pageShift
      guard let frozen = try rig.ram.freeze(room: room, patience: 60_000_000_000) else { return }
      let image = Image(count: Self.size)
      let done = DispatchSemaphore(value: 0)
      rig.moments.append((image, rig.model, done))
      Thread.detachNewThread {
        image.takeAll(frozen)
        done.signal()
      }
    default:
      // New contents; nobody may be saving the old ones.
      for moment in rig.moments { moment.done.wait() }
      try finish(&rig)
      let source = ListSource(pattern(Self.size, seed: offset), chunkSize: 0x2000)
      rig.model = source.contents
      for index in rig.consumers.indices { rig.consumers[index].dirty = Set(0..<Self.pages) }
      let absent = rig.ram.fill(from: source)
      Thread.detachNewThread { while (try? absent.fillNext()) ?? false {} }
    }
  }

  private func finish(_ rig: inout Rig) throws {
    for moment in rig.moments {
      #expect(moment.image.failure == nil)
      #expect(moment.image.bytes == moment.expected)
    }
    rig.moments = []
  }

  @Test func `memory, moments and consumers are what a simple model says`() throws {
    var random = SystemRandomNumberGenerator()
    var rig = try Rig()
    for _ in 0..<6000 { try step(&rig, &random) }
    for moment in rig.moments { moment.done.wait() }
    try finish(&rig)
    #expect(rig.ram.contents == rig.model)
  }
}
