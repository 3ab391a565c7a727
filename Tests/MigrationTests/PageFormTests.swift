import Foundation
import GuestMemory
import SavedState
import Synchronization
import Testing

@testable import Migration

/// Pages as differences, and packed.
struct PageFormTests {
  private func page(_ body: (UnsafeMutableRawBufferPointer) -> Void) -> UnsafeMutableRawBufferPointer {
    let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
    body(page)
    return page
  }

  @Test func `a difference turns the old page into the new one, whatever has changed`() throws {
    var random = SplitMix64(seed: 3)
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 8)
    defer { target.deallocate() }
    var encoded = 0
    for round in 0..<2000 {
      let old = page { for index in $0.indices { $0[index] = UInt8(truncatingIfNeeded: random.next()) } }
      let new = page { $0.copyMemory(from: UnsafeRawBufferPointer(old)) }
      defer {
        old.deallocate()
        new.deallocate()
      }
      for _ in 0..<Int(random.next() % 40) {
        let first = Int(random.next() % 4096)
        for index in first..<min(4096, first + Int(random.next() % 200)) { new[index] &+= 1 }
      }
      let limit = round % 3 == 0 ? 4096 : 3072
      let base = try #require(target.baseAddress)
      guard
        let count = PageDifference.encode(
          UnsafeRawPointer(try #require(old.baseAddress)), UnsafeRawPointer(try #require(new.baseAddress)), into: base,
          limit: limit)
      else { continue }
      encoded += 1
      #expect(count <= limit)
      let difference = UnsafeRawBufferPointer(rebasing: target[..<count])
      #expect(PageDifference.apply(difference, to: try #require(old.baseAddress)))
      #expect(old.elementsEqual(new))
      // Cut anywhere it is none, or a shorter one; it never reaches beyond the page.
      for end in 0..<count where end % 7 == 0 {
        _ = PageDifference.apply(UnsafeRawBufferPointer(rebasing: target[..<end]), to: try #require(old.baseAddress))
      }
    }
    #expect(encoded > 500)
  }

  @Test func `differences that reach out of the page, or say nothing, are refused`() throws {
    let page = page { _ in }
    defer { page.deallocate() }
    func applies(_ words: [UInt16], _ data: Int) -> Bool {
      var bytes: [UInt8] = []
      for word in words { withUnsafeBytes(of: word.littleEndian) { bytes += Array($0) } }
      bytes += [UInt8](repeating: 1, count: data)
      return bytes.withUnsafeBytes { PageDifference.apply($0, to: page.baseAddress!) }
    }
    #expect(applies([511, 1], 8))
    #expect(applies([0, 512], 4096))
    #expect(!applies([512, 1], 8))
    #expect(!applies([511, 2], 16))
    #expect(!applies([0, 513], 4104))
    #expect(!applies([65535, 65535], 100))
    #expect(!applies([3, 0], 0))
    #expect(!applies([3, 2], 15))
    #expect(!applies([3], 0))
  }

  /// A block at each side, and what was sent between them.
  private final class Way {
    let near: RAMBlock
    let far: RAMBlock
    var frames: [(FrameKind, [UInt8])] = []
    private let memory: EarlyMemory
    private var receiver: PageReceiver

    init(pages: Int) throws {
      near = try RAMBlock(name: "a", size: pages * 4096)
      far = try RAMBlock(name: "a", size: pages * 4096)
      memory = EarlyMemory([MemoryView(far)])
      receiver = PageReceiver([MemoryView(far)], to: memory)
    }

    var counts: PageCounts { receiver.counts }
    var sums: [UInt64] { memory.sums }

    func sender(level: Int32?, cacheSize: UInt64?) -> PageSender {
      PageSender([MemoryView(near)], level: level, cacheSize: cacheSize) { [unowned self] head, data in
        let payload = Array(head.dropFirst(FrameHeader.size)) + Array(data)
        frames.append((FrameKind(rawValue: head[4])!, payload))
      }
    }

    func deliver(_ pages: UInt64) throws {
      for (kind, payload) in frames {
        try payload.withUnsafeBytes { bytes in
          try receiver.take(bytes, isPacked: kind == .packed)
        }
      }
      frames = []
      try receiver.endRound(pages)
    }

    func fill(_ range: Range<Int>, _ value: (Int) -> UInt8) {
      near.write(range.lowerBound, count: range.count) { base in
        for index in 0..<range.count { base.storeBytes(of: value(index), toByteOffset: index, as: UInt8.self) }
      }
    }

    var isSame: Bool {
      guard let a = near.readable(0, count: near.size), let b = far.readable(0, count: far.size) else { return false }
      return memcmp(a, b, near.size) == 0
    }
  }

  @Test(arguments: [(nil, 1 << 20), (1, nil), (1, 1 << 20), (3, 4096), (nil, nil)] as [(Int32?, UInt64?)])
  func `memory arrives the same, however it is sent`(level: Int32?, cacheSize: UInt64?) throws {
    let way = try Way(pages: 64)
    let sender = way.sender(level: level, cacheSize: cacheSize)
    way.fill(0..<64 * 4096) { UInt8(truncatingIfNeeded: $0 / 3) }
    try way.deliver(try sender.send([[0..<64]], round: 1, isLast: false) { false }.count)
    for round in 0..<6 {
      way.fill(round * 4096..<round * 4096 + 5) { _ in UInt8(round + 1) }
      way.fill(20 * 4096 + 100..<21 * 4096 + 9) { UInt8(truncatingIfNeeded: $0 + round) }
      if round == 3 { way.fill(2 * 4096..<3 * 4096) { _ in 0 } }
      if round == 5 { way.fill(2 * 4096..<3 * 4096) { _ in 7 } }
      try way.deliver(try sender.send([[0..<8, 20..<22]], round: UInt32(round + 2), isLast: false) { false }.count)
      #expect(way.isSame, "round \(round)")
      #expect(way.sums == sender.sums)
    }
    // There is room for one page alone in the small cache, and another is always sent in between.
    #expect((way.counts.difference > 0) == (cacheSize == 1 << 20))
    #expect(way.counts.difference == sender.counts.difference)
    #expect((sender.counts.packedBytes < sender.counts.unpackedBytes) == (level != nil))
    if cacheSize == 1 << 20 {
      // Ten pages were new to the cache, one is again after it was zero.
      #expect(sender.counts.missed == 11)
      #expect(sender.counts.differenceBytes < sender.counts.difference * 4096 / 2)
    }
  }

  /// Summed while it was copied, a page was sometimes sent as its guest wrote it between two looks at a byte.
  @Test func `what is sent is what was summed, whatever the guest writes meanwhile`() throws {
    let way = try Way(pages: 8)
    way.fill(0..<8 * 4096) { _ in 1 }
    nonisolated(unsafe) let memory = MemoryView(way.near).base
    let isOver = Atomic<Bool>(false)
    let hasEnded = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      var value: Int32 = 1
      while !isOver.load(ordering: .relaxed) {
        value = value % 255 + 1
        memset(memory, value, 8 * 4096)
      }
      hasEnded.signal()
    }
    defer {
      isOver.store(true, ordering: .relaxed)
      hasEnded.wait()
    }
    let sender = way.sender(level: nil, cacheSize: nil)
    for round in 1...10_000 {
      try way.deliver(try sender.send([[0..<8]], round: UInt32(round), isLast: false) { false }.count)
      #expect(way.sums == sender.sums)
    }
  }

  @Test func `packed data that is damaged, too much or too little is refused`() throws {
    let way = try Way(pages: 8)
    let sender = way.sender(level: 1, cacheSize: nil)
    way.fill(0..<8 * 4096) { UInt8(truncatingIfNeeded: $0 / 100) }
    _ = try sender.send([[0..<8]], round: 1, isLast: true) { false }
    let (kind, payload) = try #require(way.frames.first)
    #expect(kind == .packed)
    var random = SplitMix64(seed: 9)
    for _ in 0..<3000 {
      var bytes = payload
      bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
      if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % 40)) }
      let far = try RAMBlock(name: "a", size: 8 * 4096)
      var receiver = PageReceiver([MemoryView(far)], to: EarlyMemory([MemoryView(far)]))
      // A few bits of the table say nothing that could be wrong: which page of equal ones it is.
      bytes.withUnsafeBytes { bytes in _ = try? receiver.take(bytes, isPacked: true) }
    }
    for count in 0..<payload.count {
      let far = try RAMBlock(name: "a", size: 8 * 4096)
      var receiver = PageReceiver([MemoryView(far)], to: EarlyMemory([MemoryView(far)]))
      #expect(throws: MigrationError.self) {
        try payload[..<count].withUnsafeBytes { try receiver.take($0, isPacked: true) }
      }
    }
    // 300 pages of 65535 bytes each: more than a frame may hold.
    var bomb = Array(repeating: UInt8(0), count: 8)
    bomb[4] = 0x2c
    bomb[5] = 1
    for _ in 0..<300 { bomb += [0, 0, 0, 0, 0xff, 0xff, 1, 0] + [UInt8](repeating: 1, count: 8) }
    var receiver = PageReceiver([MemoryView(way.far)], to: EarlyMemory([MemoryView(way.far)]))
    #expect(throws: MigrationError("PACKED with 19660500 bytes of data")) {
      try bomb.withUnsafeBytes { try receiver.take($0, isPacked: true) }
    }
  }
}
