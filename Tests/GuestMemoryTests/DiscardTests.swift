import Testing

@testable import GuestMemory

/// Memory that is looked for and given back.
struct DiscardTests {
  private let space = AddressSpace(name: "memory")
  private let ram: RAMBlock

  init() throws {
    ram = try RAMBlock(name: "ram", size: 64 << 12)
    let rom = try RAMBlock(name: "rom", size: 4 << 12, isReadOnly: true)
    space.map([
      Region("low", base: 0, size: 32 << 12, content: .memory(ram, offset: 0)),
      Region("high", base: 32 << 12, size: 32 << 12, content: .memory(ram, offset: 32 << 12)),
      Region("rom", base: 1 << 20, size: 4 << 12, content: .memory(rom, offset: 0)),
    ])
  }

  @Test func `what is memory all over is told from what is not`() {
    #expect(space.isMemory(0, count: 64 << 12, writing: true))
    #expect(!space.isMemory(1, count: 64 << 12, writing: true))
    #expect(space.isMemory((64 << 12) - 1, count: 1, writing: true))
    #expect(space.isMemory(99 << 12, count: 0, writing: true))
    #expect(space.isMemory(1 << 20, count: 16, writing: false))
    #expect(!space.isMemory(1 << 20, count: 16, writing: true))
    #expect(!space.isMemory(.max - 3, count: 8, writing: false))
    #expect(!space.isMemory(.max, count: 1, writing: false))
  }

  @Test func `pages that are given back are zero, changed, and not the host's any more`() throws {
    let consumer = try #require(ram.makeConsumer())
    for page in 0..<64 as Range<UInt64> { space.write(page + 1, page << 12, width: 8) }
    consumer.take { _ in }
    #expect(space.discard(30 << 12, count: 4 << 12))
    var changed: [Range<Int>] = []
    consumer.take { changed.append($0) }
    #expect(changed == [30..<34])
    #expect(
      (0..<64 as Range<UInt64>).allSatisfy { space.read($0 << 12, width: 8) == ((30..<34).contains($0) ? 0 : $0 + 1) })
  }

  @Test func `who holds the memory as it was keeps it`() throws {
    space.write(7, 5 << 12, width: 8)
    let frozen = try #require(try ram.freeze())
    #expect(space.discard(5 << 12, count: 1 << 12))
    #expect(space.read(5 << 12, width: 8) == 0)
    #expect(frozen.backed(from: 0).contains(5 << 12))
    var page = [UInt8](repeating: 0, count: 4096)
    #expect(try page.withUnsafeMutableBytes { try frozen.take(5..<6, into: $0) })
    #expect(page[0] == 7)
  }
}
