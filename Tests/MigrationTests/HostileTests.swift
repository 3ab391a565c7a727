import Boards
import Foundation
import GuestMemory
import MigrationSample
import SavedState
import Testing

@testable import Migration

/// Bytes of a peer that means no good, or is none.
struct HostileTests {
  private func bytes(_ message: Message) -> [UInt8] { message.frame }

  /// What a reader says to `bytes` when `allowed` may come.
  private func refusal(_ bytes: [UInt8], _ allowed: Set<FrameKind>) -> String? {
    let reader = FrameReader()
    reader.take(bytes)
    do throws(MigrationError) {
      while let (kind, payload) = try reader.next(allowed) { _ = try Message(kind, payload) }
      return nil
    } catch {
      return error.description
    }
  }

  @Test func `frames come out as they went in, however they are cut`() throws {
    let messages: [Message] = [
      MigrationFormat.hello, .round(number: 7, isLast: true, pages: 9), .done(round: 7),
      .state(isRunning: true, isLate: false, HandoverDigest(tree: 1, memory: 2), tree: [3, 4, 5], input: ["a": [6]]),
      .ready(HandoverDigest(tree: 6, memory: 7)), .go, .running, .failed(MigrationError(["a", "b"])), .wait,
      .absent(block: 2, runs: [1..<4, 9..<10]), .want(LateMemory.Place(block: 1, page: 5)),
      .resume(MigrationID()),
      .state(isRunning: false, isLate: true, HandoverDigest(tree: 1, memory: 2), tree: [3], input: [:]),
    ]
    let all = messages.flatMap(\.frame)
    for size in [1, 3, 16, 17, 1000] {
      let reader = FrameReader()
      var kinds: [FrameKind] = []
      for start in stride(from: 0, to: all.count, by: size) {
        reader.take(all[start..<min(all.count, start + size)])
        while let (kind, payload) = try reader.next(Set(FrameKind.allCases)) {
          #expect(try Message(kind, payload).frame == messages[kinds.count].frame)
          kinds.append(kind)
        }
      }
      #expect(kinds == messages.map(\.kind))
      #expect(!reader.isInside)
    }
  }

  @Test func `who is no migration is told apart at once`() {
    #expect(refusal(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [.hello]) != nil)
    #expect(refusal([UInt8](repeating: 0, count: 64), [.hello]) == "what came is no frame of a migration of Ferry")
    #expect(refusal(bytes(.go), [.hello]) == "GO came where HELLO was due")
  }

  @Test func `a frame that announces more than its kind may have is refused by its first bytes`() {
    for kind in FrameKind.allCases {
      var head: [UInt8] = []
      withUnsafeBytes(of: UInt32(kind.limit + 1).littleEndian) { head += Array($0) }
      head += [kind.rawValue, 0, 0, 0] + [UInt8](repeating: 0, count: 8)
      #expect(refusal(head, [kind]) == "\(kind.name) with \(kind.limit + 1) bytes, more than \(kind.limit)")
    }
  }

  @Test func `memory grows with what comes, not with what is announced`() {
    let reader = FrameReader()
    var head: [UInt8] = []
    withUnsafeBytes(of: UInt32(16 << 20).littleEndian) { head += Array($0) }
    reader.take(head + [FrameKind.offer.rawValue, 0, 0, 0] + [UInt8](repeating: 0, count: 8))
    #expect(throws: Never.self) { try reader.next([.offer]) == nil }
    #expect(reader.room.count <= 256 << 10)
    reader.take([UInt8](repeating: 0, count: 300_000))
    #expect(reader.room.count <= 1 << 20)
  }

  @Test func `any byte that is changed is noticed`() throws {
    let frame = bytes(
      .state(isRunning: true, isLate: false, HandoverDigest(tree: 1, memory: 2), tree: [3, 4, 5], input: ["a": [6]]))
    for index in frame.indices.dropFirst(4) {
      var damaged = frame
      damaged[index] ^= 0x40
      #expect(refusal(damaged, [.state, .ready]) != nil, "byte \(index)")
    }
  }

  // MARK: Pages

  private func receiver(pages: Int) throws -> PageReceiver {
    let blocks = try [RAMBlock(name: "a", size: pages * 4096), RAMBlock(name: "b", size: 4096)]
    let views = blocks.map { MemoryView($0) }
    return PageReceiver(views, to: EarlyMemory(views))
  }

  /// A payload of PAGES.
  private func payload(
    _ block: UInt32, _ entries: [(page: UInt32, size: UInt16, form: UInt8, checksum: UInt64)], data: [UInt8] = []
  ) -> [UInt8] {
    let entries = entries.map { PageEntry(page: $0.page, size: $0.size, form: $0.form, checksum: $0.checksum) }
    return PageEntry.table(block, entries) + data
  }

  private func refusals(_ payloads: [[UInt8]], pages: Int = 8) throws -> String? {
    var receiver = try receiver(pages: pages)
    do throws(MigrationError) {
      for payload in payloads {
        var failure: MigrationError?
        payload.withUnsafeBytes { bytes in
          do throws(MigrationError) { try receiver.take(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
      }
      return nil
    } catch {
      return error.description
    }
  }

  private let page = [UInt8](repeating: 7, count: 4096)
  private var sum: UInt64 { page.withUnsafeBytes { PageLedger.checksum($0.baseAddress!) } }

  @Test func `pages outside of the board, twice, out of order, damaged or cut off are refused`() throws {
    let plain: (UInt32) -> (page: UInt32, size: UInt16, form: UInt8, checksum: UInt64) = { ($0, 4096, 1, self.sum) }
    #expect(try refusals([payload(0, [plain(0), plain(7)], data: page + page)]) == nil)
    let cases: [([[UInt8]], String)] = [
      ([payload(0, [plain(8)], data: page)], "page 8 of a lies outside of it: it has 8"),
      ([payload(0, [plain(.max)], data: page)], "page 4294967295 of a lies outside of it: it has 8"),
      ([payload(2, [plain(0)], data: page)], "PAGES of block 2, which is none"),
      ([payload(.max, [plain(0)], data: page)], "PAGES of block 4294967295, which is none"),
      ([payload(0, [plain(1), plain(1)], data: page + page)], "page 1 of a came twice in a round, or out of order"),
      ([payload(0, [plain(2), plain(1)], data: page + page)], "page 1 of a came twice in a round, or out of order"),
      (
        [payload(0, [plain(1)], data: page), payload(0, [plain(1)], data: page)],
        "page 1 of a came twice in a round, or out of order"
      ),
      (
        [payload(1, [plain(0)], data: page), payload(0, [plain(1)], data: page)],
        "PAGES of block a came twice in a round"
      ),
      ([payload(0, [(0, 4096, 1, 5)], data: page)], "page 0 of a came damaged: its checksum is wrong"),
      ([payload(0, [plain(0)], data: Array(page.dropLast()))], "page 0 of a has 4096 bytes, and 4095 came"),
      ([payload(0, [plain(0)], data: page + [1])], "PAGES with 1 bytes too many"),
      ([payload(0, [(0, 4000, 1, sum)], data: page)], "page 0 of a has 4000 bytes, and 4096 came"),
      ([payload(0, [(0, 0, 0, 9)])], "page 0 of a begins 9 pages of zeros with 0 bytes"),
      ([payload(0, [(0, 0, 0, 0)])], "page 0 of a begins 0 pages of zeros with 0 bytes"),
      ([payload(0, [(7, 0, 0, .max)])], "page 7 of a begins 18446744073709551615 pages of zeros with 0 bytes"),
      ([payload(0, [(0, 0, 0, 8), (1, 0, 0, 1)])], "page 1 of a came twice in a round, or out of order"),
      ([payload(0, [(0, 0, 99, 1)])], "page 0 of a has a form that is not known"),
      ([payload(0, [])], "PAGES with 0 entries in 8 bytes"),
      ([[0, 0]], "PAGES with 2 bytes"),
    ]
    for (payloads, expected) in cases { #expect(try refusals(payloads) == expected) }
  }

  @Test func `a round that had other pages than it says is refused, and the next may name them again`() throws {
    var receiver = try receiver(pages: 8)
    let zeros = payload(0, [(0, 0, 0, 8)])
    for _ in 0..<3 {
      try zeros.withUnsafeBytes { try receiver.take($0) }
      try receiver.endRound(8)
    }
    try zeros.withUnsafeBytes { try receiver.take($0) }
    #expect(throws: MigrationError("a round had 7 pages, and 8 came")) { try receiver.endRound(7) }
  }

  @Test func `random bytes are never taken, and never trap`() throws {
    var random = SplitMix64(seed: 11)
    var receiver = try receiver(pages: 8)
    for _ in 0..<20_000 {
      var bytes = (0..<Int(random.next() % 80)).map { _ in UInt8(truncatingIfNeeded: random.next() % 5) }
      if bytes.count > 8 { bytes.replaceSubrange(4..<8, with: [UInt8(random.next() % 4), 0, 0, 0]) }
      bytes.withUnsafeBytes { bytes in
        _ = try? receiver.take(bytes)
        for kind in FrameKind.allCases where kind != .pages { _ = try? Message(kind, bytes) }
      }
      try? receiver.endRound(random.next() % 3)
    }
  }

  // MARK: Protocol

  private let answer = Answer([], capabilities: [], producer: "Ferry")

  @Test func `a source that loses the connection knows who runs in every phase but one`() throws {
    var source = SourceProtocol()
    let digest = HandoverDigest(tree: 1, memory: 2)
    #expect(source.verdict == .here)
    #expect(try source.take(MigrationFormat.hello) == .offer)
    #expect(try source.take(.answer(answer)) == .begin(answer))
    source.willEnd(round: 1)
    #expect(throws: MigrationError("DONE of round 2 came for another")) { try source.take(.done(round: 2)) }
    #expect(try source.take(.done(round: 1)) == .acknowledged(1))
    #expect(throws: MigrationError("DONE came out of turn")) { try source.take(.done(round: 1)) }
    #expect(throws: MigrationError("READY came out of turn")) { try source.take(.ready(digest)) }
    source.willHandOver(digest)
    var other = source
    #expect(throws: MigrationError.self) { try other.take(.ready(HandoverDigest(tree: 1, memory: 3))) }
    #expect(other.verdict == .here)
    #expect(try source.take(.ready(digest)) == .giveUp)
    #expect(throws: MigrationError("RUNNING came out of turn")) { try source.take(.running) }
    #expect(source.verdict == .here)
    source.gave()
    #expect(source.verdict == .unknown)
    // What the other side says now does not tell whether it runs.
    #expect(throws: MigrationError("no")) { try source.take(.failed(MigrationError("no"))) }
    #expect(source.verdict == .unknown)
    #expect(try source.take(.running) == .finished)
    #expect(source.verdict == .there)
  }

  @Test func `a destination runs on GO alone, and GO is taken in READY alone`() throws {
    var destination = DestinationProtocol()
    func refused(_ messages: [Message]) {
      for message in messages {
        #expect(throws: MigrationError("\(message.kind.name) came out of turn")) { try destination.take(message) }
      }
    }
    let round = Message.round(number: 1, isLast: true, pages: 0)
    let state = Message.state(isRunning: true, isLate: false, HandoverDigest(tree: 1, memory: 2), tree: [1], input: [:])
    refused([.go, state, round, .running, .answer(answer)])
    _ = try destination.take(MigrationFormat.hello)
    refused([.go, state, round, MigrationFormat.hello])
    #expect(destination.verdict == .there)
    let contents = try Moves().bare("microvm").contents()
    _ = try destination.take(.offer(Offer(contents, capabilities: [], isCheck: false)))
    refused([.go, state, round])
    destination.accepted()
    refused([.go, state])
    #expect(throws: MigrationError("round 2 came behind round 0")) {
      try destination.take(.round(number: 2, isLast: false, pages: 0))
    }
    _ = try destination.take(round)
    refused([.go, round])
    _ = try destination.take(state)
    refused([.go])
    #expect(destination.verdict == .there)
    destination.willBeReady()
    #expect(destination.verdict == .unknown)
    refused([state, round, .ready(HandoverDigest(tree: 1, memory: 2))])
    _ = try destination.take(.go)
    #expect(destination.verdict == .here)
    refused([.go])
  }

  @Test func `versions that do not meet are refused by either side`() {
    var source = SourceProtocol()
    #expect(throws: MigrationError.self) { try source.take(.hello(version: 0, oldest: 0, producer: "")) }
    #expect(throws: MigrationError.self) { try source.take(.hello(version: 9, oldest: 9, producer: "")) }
    #expect(throws: Never.self) { try source.take(.hello(version: 9, oldest: 1, producer: "Ferry 9")) }
  }

  @Test func `an offer is read as it was written, and one that cannot be is refused`() throws {
    let contents = try Moves().running("microvm").contents()
    let offer = Offer(contents, capabilities: ["a", "b"], isCheck: true)
    let again = try Offer(offer.node)
    #expect(again.capabilities == ["a", "b"])
    #expect(again.isCheck)
    #expect(again.contents.boardText == contents.boardText)
    #expect(again.contents.blocks == contents.blocks)
    #expect(again.contents.tree == contents.tree)
    for name in ["board", "blocks", "capabilities", "check"] {
      var node = offer.node
      node[name] = nil
      #expect(throws: MigrationError("OFFER lacks a part")) { try Offer(node) }
    }
    for size in [Int128(0), 4095, -4096, Int128(1) << 40, Int128(UInt64.max)] {
      var node = offer.node
      var group = StateGroup()
      group["name"] = .text("ram")
      group["size"] = .integer(size)
      group["readonly"] = .bool(false)
      node["blocks"] = .list([.group(group)])
      #expect(throws: MigrationError("OFFER has a block of memory that cannot be")) { try Offer(node) }
    }
  }

  @Test func `a node with more values than any machine has is refused before it takes memory`() throws {
    var node = StateNode("offer")
    node["board"] = .list([StateValue](repeating: .bool(true), count: 1 << 18))
    let error = try #require(refusal(Mangler.frame(.offer, node.der()), [.offer]))
    #expect(error.contains("more values"), "\(error)")
  }

  @Test func `what a stranger says gets to no terminal as it is`() throws {
    let text = Array("bad \u{1b}[2J\nnews\u{7}".utf8)
    let message = try text.withUnsafeBytes { try Message(.failed, $0) }
    guard case .failed(let error) = message else {
      Issue.record("it is \(message)")
      return
    }
    #expect(error.reasons == ["bad ?[2J", "news?"])
  }
}
