import Foundation
import GuestMemory
import Testing

private final class Watcher: PageObserver {
  var cleanings = 0
  func pagesBecomeClean() { cleanings += 1 }
  func codeWritten(_: RAMBlock, offset _: Int, count _: Int) -> UInt64 { 0 }
  func contentsReplaced(_: RAMBlock) {}
}

@Suite struct FreezeTests {
  let space = AddressSpace(name: "memory")
  let ram: RAMBlock
  static let pages = 16

  init() throws {
    ram = try RAMBlock(name: "ram", size: Self.pages << RAMBlock.pageShift)
    space.map(Region("ram", base: 0, size: UInt64(ram.size), content: .memory(ram, offset: 0)))
  }

  private func page(_ number: Int, of bytes: [UInt8]) -> [UInt8] {
    Array(bytes[number << RAMBlock.pageShift..<(number + 1) << RAMBlock.pageShift])
  }

  @Test func `every page is had as it was, whoever changes it and whenever it is taken`() throws {
    ram.put(pattern(ram.size))
    let before = ram.contents
    let frozen = try #require(try ram.freeze())
    #expect(try frozen.page(3) == page(3, of: before))
    space.write(0x55aa, 0x1004, width: 2)
    space.store([UInt8](repeating: 9, count: 0x1800), at: 0x2c00)
    ram.write(0x8000, count: 0x2000) { _ = memset($0, 0x77, 0x2000) }
    for number in (0..<Self.pages).reversed() where number != 3 {
      #expect(try frozen.page(number) == page(number, of: before), "page \(number)")
      space.write(UInt64(number), UInt64(number) << 12, width: 8)
    }
    #expect(frozen.leftCount == 0)
    space.write(1, 0, width: 1)
    #expect(!ram.isGuarded)
    #expect(space.read(0x1000, width: 8) == 1)
    #expect(space.read(0x9ff8, width: 8) == 0x7777_7777_7777_7777)
  }

  @Test func `pages that nobody has touched are known to be zero`() throws {
    space.write(1, 0x5000, width: 1)
    let frozen = try #require(try ram.freeze())
    #expect(frozen.backed(from: 0) == 0x5000..<0x6000)
    #expect(frozen.backed(from: 0x6000).isEmpty)
    var bytes = [UInt8](repeating: 0xee, count: ram.size)
    let isFilled = try bytes.withUnsafeMutableBytes { try frozen.take(0..<5, into: $0) }
    #expect(!isFilled)
    // A store after the moment does not count, and what lies beside it is zero still.
    space.write(2, 0x7000, width: 1)
    #expect(try bytes.withUnsafeMutableBytes { try frozen.take(5..<16, into: $0) })
    var expected = [UInt8](repeating: 0, count: 11 << 12)
    expected[0] = 1
    #expect(Array(bytes[..<expected.count]) == expected)
  }

  @Test func `the first store after the moment is asked for, and a second saver has to wait`() throws {
    let watcher = Watcher()
    ram.observer = watcher
    space.write(1, 0x5000, width: 1)
    #expect(ram.codeBesideStores(0x5000) != nil)
    let frozen = try #require(try ram.freeze())
    #expect(watcher.cleanings == 1)
    #expect(ram.codeBesideStores(0x5000) == nil)
    space.write(2, 0x5000, width: 1)
    #expect(ram.codeBesideStores(0x5000) != nil)
    #expect(ram.codeBesideStores(0x6000) == nil)
    #expect(try ram.freeze() == nil)
    frozen.cancel()
    #expect(throws: FreezeError.cancelled) { _ = try frozen.page(0) }
    #expect(try ram.freeze() != nil)
  }

  @Test func `a saver that goes without having taken all lets the guest go on`() throws {
    var frozen = try ram.freeze(room: 4096)
    #expect(frozen != nil)
    frozen = nil
    ram.put(pattern(ram.size))
    #expect(!ram.isGuarded)
  }

  @Test func `a guest that finds no room waits for the saver`() throws {
    ram.put(pattern(ram.size))
    let before = ram.contents
    let frozen = try #require(try ram.freeze(room: 2 << RAMBlock.pageShift, patience: 60_000_000_000))
    let done = DispatchSemaphore(value: 0)
    let image = Image(count: ram.size)
    Thread.detachNewThread {
      image.takeAll(frozen)
      done.signal()
    }
    for number in (0..<Self.pages).reversed() { space.write(0xff, UInt64(number) << 12, width: 8) }
    done.wait()
    #expect(image.failure == nil)
    #expect(image.bytes == before)
  }

  @Test func `a guest that has waited too long goes on, and the saver is told`() throws {
    ram.put(pattern(ram.size))
    let frozen = try #require(try ram.freeze(room: 1 << RAMBlock.pageShift, patience: 1))
    for number in 0..<4 { space.write(UInt64(number) + 1, UInt64(number) << 12, width: 1) }
    #expect(space.read(0x3000, width: 1) == 4)
    #expect(!ram.isGuarded)
    #expect(throws: FreezeError.starved(room: 4096, nanoseconds: 1)) { _ = try frozen.page(0) }
  }

  @Test func `while room runs short the saver hears which page was copied first`() throws {
    ram.put(pattern(ram.size))
    let frozen = try #require(try ram.freeze(room: 4 << RAMBlock.pageShift))
    for number in [9, 4] { space.write(1, UInt64(number) << 12, width: 1) }
    #expect(frozen.urgentPage == nil)
    space.write(1, 0x2000, width: 1)
    #expect(frozen.urgentPage == 9)
    _ = try frozen.page(4)
    #expect(frozen.urgentPage == nil)
    space.write(1, 0x3000, width: 1)
    #expect(frozen.urgentPage == 9)
    _ = try frozen.page(9)
    for number in [5, 6] { space.write(1, UInt64(number) << 12, width: 1) }
    #expect(frozen.urgentPage == 2)
  }

  @Test func `dirty pages are what they are without it`() throws {
    let consumer = try #require(ram.makeConsumer())
    consumer.take { _ in }
    space.write(1, 0x2000, width: 1)
    let frozen = try #require(try ram.freeze())
    space.write(1, 0x4000, width: 1)
    _ = try frozen.page(4)
    _ = try frozen.page(5)
    var seen: [Range<Int>] = []
    consumer.take { seen.append($0) }
    #expect(seen == [2..<3, 4..<5])
    space.write(1, 0x4000, width: 1)
    space.write(1, 0x5000, width: 1)
    seen = []
    consumer.take { seen.append($0) }
    #expect(seen == [4..<6])
  }
}

/// What a saver's thread made of a frozen block.
final class Image: @unchecked Sendable {
  var bytes: [UInt8]
  var failure: FreezeError?

  init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  /// Takes all pages in order, those first that should be.
  func takeAll(_ frozen: FrozenRAM) {
    var next = 0
    var isTaken = [Bool](repeating: false, count: frozen.pageCount)
    while frozen.leftCount > 0 {
      while next < isTaken.count, isTaken[next] { next += 1 }
      take(frozen.urgentPage ?? next, frozen, &isTaken)
      if failure != nil { return }
    }
  }

  func take(_ number: Int, _ frozen: FrozenRAM, _ isTaken: inout [Bool]) {
    do throws(FreezeError) {
      let page = try frozen.page(number)
      bytes.replaceSubrange(number << RAMBlock.pageShift..<(number + 1) << RAMBlock.pageShift, with: page)
      isTaken[number] = true
    } catch {
      failure = error
    }
  }
}
