import GuestMemory
import Testing

private final class Recorder: BusTarget {
  var log: [String] = []
  func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    log.append("r\(width)@\(offset)")
    return 0x8877_6655_4433_2211 >> (offset * 8)
  }
  func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    log.append("w\(width)@\(offset)=\(String(value, radix: 16))")
  }
}

private final class Watcher: PageObserver {
  var cleanings = 0
  func pagesBecomeClean() { cleanings += 1 }
  func contentsReplaced(_: RAMBlock) {}
  var seen: [Range<Int>] = []
  var left: UInt64 = 0
  func codeWritten(_ block: RAMBlock, offset: Int, count: Int) -> UInt64 {
    seen.append(offset..<offset + count)
    return left
  }
}

@Suite struct AddressSpaceTests {
  let space = AddressSpace(name: "memory")

  @Test func `the higher priority answers where regions overlap`() throws {
    let ram = try RAMBlock(name: "ram", size: 0x4000)
    let rom = try RAMBlock(name: "rom", size: 0x1000, isReadOnly: true)
    rom.unguarded.storeBytes(of: 0x55, as: UInt8.self)
    space.map(Region("ram", base: 0, size: 0x4000, content: .memory(ram, offset: 0)))
    let overlay = Region("rom", base: 0x1000, size: 0x1000, priority: 1, content: .memory(rom, offset: 0))
    space.map(overlay)
    space.write(0x99, 0x1000, width: 1)
    #expect(space.read(0x1000, width: 1) == 0x55)
    #expect(space.spans.map(\.base) == [0, 0x1000, 0x2000])
    space.unmap(overlay)
    #expect(space.read(0x1000, width: 1) == 0)
    #expect(space.spans.count == 1)
  }

  @Test func `accesses are split and widened to what a device takes`() {
    let narrow = Recorder()
    let wide = Recorder()
    space.map(Region("narrow", base: 0, size: 8, content: .device(narrow, region: 0, widths: 1...1)))
    space.map(Region("wide", base: 0x100, size: 8, content: .device(wide, region: 0, widths: 4...4)))
    #expect(space.read(0, width: 2) == 0x2211)
    #expect(narrow.log == ["r1@0", "r1@1"])
    #expect(space.read(0x102, width: 1) == 0x33)
    space.write(0xab, 0x101, width: 1)
    #expect(wide.log == ["r4@0", "w4@0=ab00"])
  }

  @Test func `nothing there reads as the bus and is told`() {
    var told: [String] = []
    space.onUnmapped = { address, width, value in told.append("\(address) \(width) \(value.map(String.init) ?? "-")") }
    #expect(space.read(0x5000, width: 2) == 0xffff)
    space.write(3, 0x5000, width: 4)
    #expect(told == ["20480 2 -", "20480 4 3"])
  }

  @Test func `an access across two regions reaches both`() throws {
    let low = try RAMBlock(name: "low", size: 0x1000)
    let high = try RAMBlock(name: "high", size: 0x1000)
    space.map(Region("low", base: 0, size: 0x1000, content: .memory(low, offset: 0)))
    space.map(Region("high", base: 0x1000, size: 0x1000, content: .memory(high, offset: 0)))
    space.write(0x1122_3344, 0xffe, width: 4)
    #expect(space.read(0xffe, width: 4) == 0x1122_3344)
    #expect(high.unguarded.load(as: UInt16.self) == 0x1122)
  }

  @Test func `consumers clear dirty pages independently`() throws {
    let ram = try RAMBlock(name: "ram", size: 0x4000)
    space.map(Region("ram", base: 0, size: 0x4000, content: .memory(ram, offset: 0)))
    let one = try #require(ram.makeConsumer())
    let two = try #require(ram.makeConsumer())
    one.take { _ in }
    two.take { _ in }
    space.write(1, 0x1800, width: 1)
    space.store([1, 2, 3], at: 0x2fff)
    var runs: [Range<Int>] = []
    one.take { runs.append($0) }
    #expect(runs == [1..<4])
    #expect(one.dirtyCount == 0)
    #expect(two.dirtyCount == 3)
  }

  @Test func `there are eight consumers and a ninth is refused`() throws {
    let ram = try RAMBlock(name: "ram", size: 0x1000)
    var all = (0..<8).compactMap { _ in ram.makeConsumer() }
    #expect(all.count == 8)
    #expect(ram.makeConsumer() == nil)
    all.removeLast()
    #expect(ram.makeConsumer() != nil)
  }

  @Test func `stores and DMA into code tell the observer, page by page`() throws {
    let ram = try RAMBlock(name: "ram", size: 0x4000)
    let watcher = Watcher()
    ram.observer = watcher
    ram.code[1] = .max
    ram.code[2] = .max
    space.map(Region("ram", base: 0, size: 0x4000, content: .memory(ram, offset: 0)))
    space.write(0, 0x0ffc, width: 4)
    space.store([UInt8](repeating: 7, count: 0x1100), at: 0x1f80)
    #expect(watcher.seen == [0x1f80..<0x2000, 0x2000..<0x3000])
  }

  @Test func `only stores to pieces with code tell the observer, which says what is left`() throws {
    let ram = try RAMBlock(name: "ram", size: 0x4000)
    let watcher = Watcher()
    watcher.left = 1 << 63
    ram.observer = watcher
    ram.code[1] = 1 << 2 | 1 << 63
    space.map(Region("ram", base: 0, size: 0x4000, content: .memory(ram, offset: 0)))
    space.write(0, 0x107c, width: 4)
    space.write(0, 0x10c0, width: 8)
    #expect(watcher.seen == [])
    space.write(0, 0x107d, width: 4)
    #expect(watcher.seen == [0x107d..<0x1081] && ram.code[1] == 1 << 63)
    space.write(0, 0x1080, width: 1)
    #expect(watcher.seen.count == 1)
    // From the page before to the one behind.
    watcher.left = 0
    space.store([UInt8](repeating: 7, count: 0x1100), at: 0xff0)
    #expect(watcher.seen.last == 0x1000..<0x2000 && ram.code[1] == 0)
  }

  @Test func `a page whose stores are not plain has no word for them, whatever code it holds`() throws {
    let ram = try RAMBlock(name: "ram", size: 0x4000)
    let rom = try RAMBlock(name: "rom", size: 0x4000, isReadOnly: true)
    let consumer = try #require(ram.makeConsumer())
    space.map(Region("ram", base: 0, size: 0x4000, content: .memory(ram, offset: 0)))
    #expect(rom.codeBesideStores(0x1000) == nil && ram.codeBesideStores(0x1000) == nil)
    space.store([UInt8](repeating: 1, count: 0x4000), at: 0)
    ram.code[1] = 4
    #expect(ram.codeBesideStores(0x1fff)?.pointee == 4 && ram.codeBesideStores(0x2000)?.pointee == 0)
    consumer.take { _ in }
    #expect(ram.codeBesideStores(0x1fff) == nil && ram.codeBesideStores(0x2000) == nil)
  }

  @Test func `a block the host cannot give is refused in words`() {
    #expect(throws: RAMError.self) { try RAMBlock(name: "huge", size: 1 << 61) }
  }
}
