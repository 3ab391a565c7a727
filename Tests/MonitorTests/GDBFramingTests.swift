import Testing

@testable import Monitor

/// Packets from bytes, and bytes from packets.
struct GDBFramingTests {
  private func events(_ text: String, limit: Int = 64) -> [GDBPacketReader.Event] {
    var reader = GDBPacketReader(limit: limit)
    return text.utf8.compactMap { reader.take($0) }
  }

  @Test func `a packet has the right checksum, or it is damaged`() {
    #expect(events("$OK#9a") == [.packet(Array("OK".utf8))])
    #expect(events("$OK#9A") == [.packet(Array("OK".utf8))])
    #expect(events("$OK#9b") == [.damaged])
    #expect(events("$OK#zz") == [.damaged])
    #expect(events("$#00") == [.packet([])])
  }

  @Test func `between packets there are acknowledgements, interrupts and noise`() {
    #expect(
      events("+-x\u{3}$OK#9a+") == [.acknowledged, .refused, .interrupt, .packet(Array("OK".utf8)), .acknowledged])
  }

  @Test func `a packet that was cut off ends where the next one begins`() {
    #expect(events("$m100,$OK#9a") == [.packet(Array("OK".utf8))])
  }

  @Test func `an escaped byte is resolved, and the checksum is over what was sent`() {
    #expect(events("$}\u{3}#80") == [.packet([0x23])])
    var reader = GDBPacketReader(limit: 64)
    let all = (0...255).map { UInt8($0) }
    let wire = GDBText.packet(GDBText.escaped(all))
    var large = GDBPacketReader(limit: 256)
    #expect(wire.compactMap { large.take($0) } == [.packet(all)])
    #expect(wire.compactMap { reader.take($0) } == [.tooLong])
  }

  @Test func `a packet without end takes no more memory than a packet may`() {
    var reader = GDBPacketReader(limit: 16)
    _ = reader.take(UInt8(ascii: "$"))
    for _ in 0..<1_000_000 { #expect(reader.take(UInt8(ascii: "a")) == nil) }
    #expect(MemoryLayout.size(ofValue: reader) < 100)
    // 1000000 times 0x61 is 0x40 in the low byte.
    #expect("#40".utf8.compactMap { reader.take($0) } == [.tooLong])
    #expect("$OK#9a".utf8.compactMap { reader.take($0) } == [.packet(Array("OK".utf8))])
  }

  @Test func `numbers have at most 64 bits, threads may have a process`() {
    func number(_ text: String) -> UInt64? {
      var scanner = GDBScanner(Array(text.utf8))
      return scanner.number()
    }
    func thread(_ text: String) -> Int? {
      var scanner = GDBScanner(Array(text.utf8))
      return scanner.thread()
    }
    #expect(number("ffffffffffffffff") == .max)
    #expect(number("1ffffffffffffffff") == nil)
    #expect(number("") == nil)
    #expect(number("-1") == nil)
    #expect(thread("2") == 2)
    #expect(thread("p1.2") == 2)
    #expect(thread("p1.-1") == -1)
    #expect(thread("p1") == -1)
    #expect(thread("-1") == -1)
    #expect(thread("ffffffffffffffff") == nil)
    #expect(thread("x") == nil)
  }
}
