import Glibc
import Testing

@testable import Host

/// Bytes through connections that are secured.
@Suite(.enabled(if: TLSPair.isThere, TLSPair.reason))
struct TLSConnectionTests {
  private static let key = "qemu:000102030405060708090A0b0c0d0e0f\n"

  private static func bytes(_ count: Int, _ seed: Int = 0) -> [UInt8] {
    var bytes = (0..<min(count, 9973)).map { UInt8(truncatingIfNeeded: ($0 &* 31) >> 3 ^ $0 ^ seed) }
    while bytes.count < count { bytes += bytes.prefix(count - bytes.count) }
    return bytes
  }

  private static func pair(pipes: Bool = false) throws -> TLSPair {
    let pair = try TLSPair(pipes: pipes)
    let credentials = try TLSPair.certificates("good")
    try pair.secure(credentials, credentials)
    return pair
  }

  @Test(arguments: [false, true], [false, true])
  func `megabytes of all sizes go both ways, whatever the key`(pipes: Bool, hasSecret: Bool) throws {
    let pair = try TLSPair(pipes: pipes)
    defer { pair.closeRaw() }
    let credentials = hasSecret ? try TLSPair.secrets(Self.key) : try TLSPair.certificates("good")
    try pair.secure(credentials, credentials)
    let sizes = [1, 16384, 16385, 3, 500_000] + (0..<60).map { _ in Int.random(in: 1...200_000) }
    let far = TLSPair.Errand { [server = pair.server] () throws(ConnectionLoss) in
      for size in sizes {
        guard try server.take(size) == Self.bytes(size) else { throw .failed("\(size) bytes differ") }
        if size % 5 == 2 { server.session?.changeKey(both: true) }
        try server.give(Self.bytes(size, 0x55))
      }
    }
    for size in sizes {
      if size % 3 == 1 { pair.client.session?.changeKey(both: size % 2 == 1) }
      let bytes = Self.bytes(size)
      try pair.client.give(Array(bytes[..<(size / 3)]), more: true)
      try pair.client.give(Array(bytes[(size / 3)...]))
      #expect(try pair.client.take(size) == Self.bytes(size, 0x55))
    }
    try far.end()
  }

  @Test func `there is input when there are bytes of the other side's, and at the end`() throws {
    let pair = try Self.pair()
    defer { pair.closeRaw() }
    #expect(!pair.client.hasInput)
    #expect(!pair.server.hasInput)
    try pair.client.give(Self.bytes(10))
    #expect(pair.server.hasInput)
    #expect(try pair.server.take(4) == Array(Self.bytes(10)[..<4]))
    #expect(pair.server.hasInput, "the rest was decrypted with it")
    #expect(try pair.server.take(6) == Array(Self.bytes(10)[4...]))
    #expect(!pair.server.hasInput)
    pair.client.session?.close()
    #expect(pair.server.hasInput)
    #expect(throws: ConnectionLoss.ended) { try pair.server.take(1) }
    #expect(pair.server.hasInput)
  }

  @Test func `a record that holds nothing for us is no input`() throws {
    let pair = try Self.pair()
    defer { pair.closeRaw() }
    pair.client.session?.changeKey(both: true)
    // The change goes with whatever is called next.
    _ = try pair.client.session?.shakeHands()
    var entry = pollfd(fd: pair.raw.server, events: Int16(POLLIN), revents: 0)
    #expect(poll(&entry, 1, 0) == 1)
    #expect(!pair.server.hasInput)
    #expect(poll(&entry, 1, 0) == 0)
    try pair.server.give([1, 2, 3])
    #expect(try pair.client.take(3) == [1, 2, 3])
  }

  @Test func `many records that hold nothing end at the deadline`() throws {
    let pair = try Self.pair()
    defer { pair.closeRaw() }
    for _ in 0..<20 {
      pair.client.session?.changeKey()
      _ = try pair.client.session?.shakeHands()
    }
    var byte: UInt8 = 0
    #expect(throws: ConnectionLoss.timedOut) {
      try withUnsafeMutableBytes(of: &byte) { room throws(ConnectionLoss) in
        _ = try pair.server.read(into: room, deadline: TLSPair.soon(0.05))
      }
    }
    try pair.client.give([7])
    #expect(try pair.server.take(1) == [7])
  }

  @Test func `whoever is gone has ended it, with a word or without`() throws {
    var pair: TLSPair? = try Self.pair()
    let server = try #require(pair?.server)
    pair?.closeRaw()
    pair = nil
    #expect(throws: ConnectionLoss.ended) { try server.take(1) }

    let cut = try Self.pair()
    defer { cut.closeRaw() }
    try cut.client.give([1])
    shutdown(cut.raw.client, Int32(SHUT_RDWR))
    #expect(try cut.server.take(1) == [1])
    #expect(throws: ConnectionLoss.ended) { try cut.server.take(1) }
    #expect(throws: ConnectionLoss.ended) { try cut.server.give([1]) }
  }

  @Test func `half a record is the end, and a forged one is told`() throws {
    let half: [UInt8] = [0x17, 3, 3, 0x40, 0, 1, 2, 3]
    let cut = try Self.pair()
    defer { cut.closeRaw() }
    #expect(write(cut.raw.client, half, half.count) == half.count)
    #expect(!cut.server.hasInput)
    shutdown(cut.raw.client, Int32(SHUT_WR))
    #expect(throws: ConnectionLoss.ended) { try cut.server.take(1) }

    let forged = try Self.pair()
    defer { forged.closeRaw() }
    let record = [0x17, 3, 3, 0, 100] + [UInt8](repeating: 9, count: 100)
    #expect(write(forged.raw.client, record, record.count) == record.count)
    let loss = ConnectionLoss.failed("TLS: decryption failed or bad record mac")
    #expect(throws: loss) { try forged.server.take(1) }
    #expect(throws: loss) { try forged.server.give([1]) }
    #expect {
      try forged.client.take(1)
    } throws: {
      "\($0)".hasPrefix("TLS: the other side has ended it: ")
    }
  }

  @Test(arguments: [false, true])
  func `what is not out when a write fails never gets there`(pipes: Bool) throws {
    var pair: TLSPair? = try Self.pair(pipes: pipes)
    let bytes = Self.bytes(16 << 20)
    var written = -1
    #expect(throws: ConnectionLoss.timedOut) {
      try bytes.withUnsafeBytes { bytes throws(ConnectionLoss) in
        try pair?.client.write(bytes, deadline: TLSPair.soon(0.05), written: &written)
      }
    }
    #expect(written > 0 && written < bytes.count)
    let server = try #require(pair?.server)
    #expect(try server.take(written) == Array(bytes[..<written]))
    // There is room now, and nobody uses it.
    #expect(throws: ConnectionLoss.timedOut) { try pair?.client.give([1]) }
    #expect(pair?.client.hasInput == false)
    pair?.closeRaw()
    pair = nil
    #expect(throws: ConnectionLoss.ended) { try server.take(1) }
  }

  @Test func `whoever waits is woken`() throws {
    let pair = try Self.pair()
    defer { pair.closeRaw() }
    let far = TLSPair.Errand { [server = pair.server] () throws(ConnectionLoss) in _ = try server.take(1) }
    pair.wake.ring()
    #expect(throws: ConnectionLoss.interrupted) { try far.end() }
    #expect(throws: ConnectionLoss.interrupted) { try pair.client.give([1]) }
  }
}
