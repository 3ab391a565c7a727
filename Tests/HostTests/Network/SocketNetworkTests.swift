import DeviceModel
import Glibc
import Testing

@testable import Host

/// Cables to other emulators.
struct SocketNetworkTests {
  private let poller = Poller()
  private let time = NetworkTime()

  private func path(_ name: String) -> String { "/tmp/ferry-\(getpid())-net-\(name)" }

  private func pump(until done: () -> Bool) {
    for _ in 0..<500 where !done() { poller.poll(timeout: 10_000_000) }
  }

  private static func frame(_ count: Int, _ fill: UInt8 = 7) -> [UInt8] { [UInt8](repeating: fill, count: count) }

  @Test func `two ends exchange frames whole and in order, and see each other come and go`() throws {
    let address = SocketAddress.unix(path("pair"))
    let server = try SocketNetwork(name: "a", poller: poller, time: time, listeningAt: address)
    var links: [Bool] = []
    server.onLink = { links.append(server.isLinkUp) }
    let here = TestGuest(server, poller)
    #expect(!server.isLinkUp)
    var client: SocketNetwork? = try SocketNetwork(
      name: "b", poller: poller, time: time, connectingTo: address, reconnect: 0)
    pump { server.isLinkUp }
    #expect(server.isLinkUp && client?.isLinkUp == true)
    let sizes = [14, 60, 1514, 65000, 61]
    for size in sizes { client?.send(Self.frame(size)) }
    pump { here.frames.count == sizes.count }
    #expect(here.frames.map(\.count) == sizes)
    var there = client.map { TestGuest($0, poller) }
    server.send(Self.frame(99))
    pump { there?.frames.isEmpty == false }
    #expect(there?.frames == [Self.frame(99)])
    client?.onFrame = nil
    (client, there) = (nil, nil)
    pump { !server.isLinkUp }
    #expect(links == [true, false])
  }

  @Test func `each frame has its length before it, the highest byte first`() throws {
    let address = SocketAddress.unix(path("form"))
    let server = try SocketNetwork(name: "a", poller: poller, time: time, listeningAt: address)
    let guest = TestGuest(server, poller)
    let peer = try SocketBackend(name: "p", poller: poller, connectingTo: address)
    pump { server.isLinkUp }
    server.send(Self.frame(300, 1))
    pump { peer.hasInput }
    var bytes: [UInt8] = []
    while let byte = peer.read() { bytes.append(byte) }
    #expect(bytes == [0, 0, 1, 44] + Self.frame(300, 1))
    // In pieces.
    for byte in [0, 0, 0, 20] + Self.frame(20) {
      peer.write(byte)
      poller.poll(timeout: 0)
    }
    pump { !guest.frames.isEmpty }
    #expect(guest.frames == [Self.frame(20)])
  }

  @Test(arguments: [[0xff, 0xff, 0xff, 0xff, 1], [0, 0, 0, 0], [0, 0, 0, 13]] as [[UInt8]])
  func `a peer that sends what is no frame is cut off, and the next is let in`(bytes: [UInt8]) throws {
    let address = SocketAddress.unix(path("hostile"))
    let server = try SocketNetwork(name: "a", poller: poller, time: time, listeningAt: address)
    let guest = TestGuest(server, poller)
    let hostile = try SocketBackend(name: "p", poller: poller, connectingTo: address)
    pump { server.isLinkUp }
    for byte in bytes { hostile.write(byte) }
    pump { !server.isLinkUp }
    #expect(!server.isLinkUp)
    let next = try SocketNetwork(name: "b", poller: poller, time: time, connectingTo: address, reconnect: 0)
    pump { server.isLinkUp }
    next.send(Self.frame(60))
    pump { !guest.frames.isEmpty }
    #expect(guest.frames.count == 1)
  }

  @Test func `a peer without end fills the queue and no more, and loses nothing`() throws {
    let address = SocketAddress.unix(path("flood"))
    let server = try SocketNetwork(name: "a", poller: poller, time: time, listeningAt: address)
    let guest = TestGuest(server, poller)
    guest.room = 0
    let client = try SocketNetwork(name: "b", poller: poller, time: time, connectingTo: address, reconnect: 0)
    pump { server.isLinkUp }
    for _ in 0..<40 {
      for _ in 0..<500 { client.send(Self.frame(1000)) }
      poller.poll(timeout: 0)
    }
    #expect(client.dropped > 0 && !server.hasRoom)
    let sent = 20000 - client.dropped
    guest.room = .max
    server.resume()
    pump { guest.frames.count == sent }
    #expect(guest.frames.count == sent && server.dropped == 0)
  }

  @Test func `a pulled cable passes nothing`() throws {
    let address = SocketAddress.unix(path("pulled"))
    let server = try SocketNetwork(name: "a", poller: poller, time: time, listeningAt: address)
    let guest = TestGuest(server, poller)
    let client = try SocketNetwork(name: "b", poller: poller, time: time, connectingTo: address, reconnect: 0)
    pump { server.isLinkUp }
    server.isPlugged = false
    #expect(!server.isLinkUp)
    client.send(Self.frame(60))
    for _ in 0..<20 { poller.poll(timeout: 1_000_000) }
    server.isPlugged = true
    client.send(Self.frame(61))
    pump { !guest.frames.isEmpty }
    #expect(guest.frames == [Self.frame(61)])
  }

  @Test func `nobody there is an error where it is not to be tried again`() {
    #expect(throws: HostError.self) {
      try SocketNetwork(
        name: "b", poller: poller, time: time, connectingTo: .unix(path("nobody")), reconnect: 0)
    }
  }

  @Test func `a dump has each frame with its time and length, as pcap has it`() throws {
    let path = path("dump")
    defer { unlink(path) }
    time.clock = { 1_500_002_000 }
    time.epoch = { 1_000_000_000_000 }
    let end = NoNetwork(name: "a", poller: poller, time: time)
    end.dump(to: try PacketDump(path, length: 16))
    end.send(Self.frame(60, 9))
    poller.poll(timeout: 0)
    let bytes = try HostFile.read(path, what: "dump")
    let header: [UInt8] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0]
    // 1001 seconds and 500002 microseconds; 16 bytes of 60.
    let record: [UInt8] = [0xe9, 3, 0, 0, 0x22, 0xa1, 7, 0, 16, 0, 0, 0, 60, 0, 0, 0]
    #expect(bytes == header + record + Self.frame(16, 9))
  }
}
