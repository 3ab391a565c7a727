import Host
import SavedState
import Testing

@testable import Monitor

/// Clients that are careless or hostile cost a bounded amount of memory.
struct QMPBoundsTests {
  @Test func `a client that does not read its answers is not read either, and loses nothing`() throws {
    let rig = try QMPRig(.microvm)
    let slow = try rig.client()
    let command = #"{"execute": "query-commands"}"#
    for _ in 0..<300 { try slow.send(command) }
    for _ in 0..<100 { rig.poller.poll(timeout: 100_000) }
    let waiting = slow.channel.waiting
    #expect((64 << 10..<128 << 10).contains(waiting.output))
    #expect(waiting.input <= 64 << 10)
    // Others are served meanwhile.
    #expect(try rig.client().run("query-name")["name"] == .string("test"))
    for _ in 0..<300 { #expect(try slow.next()["return"] != nil) }
  }

  @Test func `a client that reads no events is cut off when they have become too many`() throws {
    let rig = try QMPRig(.microvm)
    let deaf = try rig.client()
    let other = try rig.client()
    var count = 0
    while deaf.channel.isOpen, count < 100_000 {
      _ = try other.run("cont")
      _ = try other.run("stop")
      count += 1
      if count % 100 == 0 { #expect(deaf.channel.waiting.output <= 1 << 20) }
    }
    #expect(!deaf.channel.isOpen)
    #expect(try other.run("query-status")["status"] == .string("paused"))
  }

  @Test func `megabytes of garbage get one answer, and a message without end is cut off`() throws {
    let rig = try QMPRig(.microvm)
    let peer = try rig.client()
    let garbage = [UInt8](repeating: 0xa5, count: 10 << 20)
    try peer.send(garbage + [10])
    #expect(try peer.refusal("").hasPrefix("GenericError: JSON parse error"))
    #expect(try peer.run("query-name")["name"] == .string("test"))
    #expect(throws: Unexpected.self) {
      for _ in 0..<100 { try peer.send([UInt8](repeating: 0x20 + 1, count: 1 << 20)) }
    }
    #expect(!peer.channel.isOpen)
  }
}
