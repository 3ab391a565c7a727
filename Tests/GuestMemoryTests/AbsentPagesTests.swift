import Foundation
import GuestMemory
import Testing

private final class Watcher: PageObserver {
  var replaced = 0
  func pagesBecomeClean() {}
  func codeWritten(_: RAMBlock, offset _: Int, count _: Int) -> UInt64 { 0 }
  func contentsReplaced(_: RAMBlock) { replaced += 1 }
}

@Suite struct AbsentPagesTests {
  let space = AddressSpace(name: "memory")
  let ram: RAMBlock
  let source: ListSource

  init() throws {
    // The last chunk of 8 KiB is cut short by the block's end.
    ram = try RAMBlock(name: "ram", size: 0x9000)
    source = ListSource(pattern(0x9000))
    space.map(Region("ram", base: 0, size: UInt64(ram.size), content: .memory(ram, offset: 0)))
  }

  @Test func `the first touch brings a chunk in, whoever touches it`() throws {
    let absent = ram.fill(from: source)
    #expect(absent.chunkCount == 5)
    #expect(space.read(0x1234, width: 1) == UInt64(source.contents[0x1234]))
    #expect(source.fetches == [0: 1])
    space.write(0xab, 0x2000, width: 1)
    #expect(space.read(0x2001, width: 1) == UInt64(source.contents[0x2001]))
    #expect(source.fetches == [0: 1, 0x2000: 1])
    #expect(space.bytes(0x5ffe, count: 4) == Array(source.contents[0x5ffe..<0x6002]))
    #expect(source.fetches == [0: 1, 0x2000: 1, 0x4000: 1, 0x6000: 1])
    #expect(absent.missingCount == 1 && ram.isLazy)
    space.store([1], at: 0x8fff)
    #expect(!ram.isLazy && !ram.isGuarded && ram.absentPages == nil)
    var expected = source.contents
    expected[0x2000] = 0xab
    expected[0x8fff] = 1
    #expect(ram.contents == expected)
  }

  @Test func `the rest comes in order, and nothing twice`() throws {
    let absent = ram.fill(from: source)
    _ = space.read(0x4000, width: 1)
    while try absent.fillNext() {}
    #expect(absent.missingCount == 0)
    #expect(ram.contents == source.contents)
    #expect(source.fetches.values.allSatisfy { $0 == 1 })
  }

  @Test func `a page that is lost is told, reads as zeros, takes no stores, and may be there later`() throws {
    var told: [String] = []
    ram.onLoss = { told.append($0.description) }
    source.setDamaged(0x2000, true)
    let absent = ram.fill(from: source)
    #expect(space.read(0x2008, width: 4) == 0)
    space.write(5, 0x2008, width: 4)
    #expect(ram.readable(0x1fff, count: 2) == nil)
    var bytes = [UInt8](repeating: 1, count: 4)
    #expect(!bytes.withUnsafeMutableBytes { space.copyOut(0x2000, into: $0) })
    #expect(bytes == [0, 0, 0, 0])
    #expect(told == [String](repeating: "chunk at 8192 is damaged", count: 4))
    #expect(ram.codeBesideStores(0x2000) == nil)
    // In order the others are had all the same.
    #expect(throws: MemoryLoss("chunk at 8192 is damaged")) { while try absent.fillNext() {} }
    while try absent.fillNext() {}
    #expect(absent.missingCount == 1)
    source.setDamaged(0x2000, false)
    absent.refill()
    while try absent.fillNext() {}
    #expect(ram.contents == source.contents)
  }

  @Test func `what is not there yet can be saved`() throws {
    ram.fill(from: source)
    space.write(0xff, 0x3000, width: 1)
    let frozen = try #require(try ram.freeze())
    space.write(0xee, 0x3000, width: 1)
    space.write(0xee, 0x4000, width: 1)
    let image = Image(count: ram.size)
    image.takeAll(frozen)
    var expected = source.contents
    expected[0x3000] = 0xff
    #expect(image.bytes == expected)
    #expect(space.read(0x3000, width: 1) == 0xee && space.read(0x4000, width: 1) == 0xee)
  }

  @Test func `a save of what cannot be had says why`() throws {
    source.setDamaged(0x4000, true)
    ram.fill(from: source)
    let frozen = try #require(try ram.freeze())
    #expect(try frozen.page(3) == Array(source.contents[0x3000..<0x4000]))
    #expect(throws: FreezeError.lost(MemoryLoss("chunk at 16384 is damaged"))) { _ = try frozen.page(4) }
  }

  @Test func `new contents are a change of every page, and their coming is none`() throws {
    let watcher = Watcher()
    ram.observer = watcher
    let consumer = try #require(ram.makeConsumer())
    consumer.take { _ in }
    let absent = ram.fill(from: source)
    #expect(watcher.replaced == 1)
    var seen: [Range<Int>] = []
    consumer.take { seen.append($0) }
    #expect(seen == [0..<9])
    while try absent.fillNext() {}
    _ = space.read(0, width: 1)
    #expect(consumer.dirtyCount == 0)
    space.write(1, 0x4000, width: 1)
    #expect(consumer.dirtyCount == 1)
  }

  @Test func `other contents may come before the first are all there`() throws {
    let old = ram.fill(from: source)
    _ = try old.fillNext()
    space.write(7, 0x8000, width: 1)
    let other = ListSource(pattern(ram.size, seed: 99), chunkSize: 0x1000)
    ram.fill(from: other)
    let isGoingOn = try old.fillNext()
    #expect(!isGoingOn)
    #expect(source.fetches.count == 2)
    #expect(ram.contents == other.contents)
  }
}
