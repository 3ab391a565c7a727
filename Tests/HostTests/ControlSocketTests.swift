import Glibc
import Testing

@testable import Host

/// Sockets of control protocols, over real descriptors.
struct ControlSocketTests {
  /// Sends every line back.
  private final class Echo: ControlSession {
    var hasEnded = false

    func step(_ channel: ControlChannel) -> Bool {
      var line: [UInt8] = []
      let hasLine = channel.input.withBytes { $0.contains(10) }
      guard hasLine else { return false }
      while let byte = channel.input.popFirst() {
        line.append(byte)
        if byte == 10 { break }
      }
      if line == Array("bye\n".utf8) { channel.closeWhenSent() }
      channel.send(line)
      return true
    }

    func ended() { hasEnded = true }
  }

  private static func path(_ name: String) -> String { "/tmp/ferry-\(getpid())-control-\(name)" }

  private func pump(_ poller: Poller, until done: () -> Bool) {
    for _ in 0..<1000 where !done() { poller.poll(timeout: 10_000_000) }
  }

  private func connect(_ path: String) throws -> Int32 {
    try SocketAddress.unix(path).open(listening: false) { descriptor, place, size in
      Glibc.connect(descriptor, place, size) == 0 ? descriptor : nil
    }
  }

  private func write(_ descriptor: Int32, _ text: String) { _ = Glibc.write(descriptor, text, text.utf8.count) }

  private func read(_ descriptor: Int32, _ poller: Poller, count: Int) -> String {
    var bytes: [UInt8] = []
    pump(poller) {
      var part = [UInt8](repeating: 0, count: 65536)
      let got = Glibc.read(descriptor, &part, part.count)
      if got > 0 { bytes += part[..<got] }
      return bytes.count >= count || got == 0
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `a server has many peers at once, each with its own session`() throws {
    let path = Self.path("many")
    let poller = Poller()
    let server = try ControlSocket(name: "test", poller: poller, .server(.unix(path), wait: false)) { _ in Echo() }
    let peers = try (0..<20).map { _ in try connect(path) }
    pump(poller) { server.peers == 20 }
    for (index, peer) in peers.enumerated() { write(peer, "I am \(index)\n") }
    for (index, peer) in peers.enumerated() {
      let text = "I am \(index)\n"
      #expect(read(peer, poller, count: text.utf8.count) == text)
    }
    for peer in peers { close(peer) }
    pump(poller) { server.peers == 0 }
    #expect(server.peers == 0)
  }

  @Test func `beyond the most peers others wait until one has left`() throws {
    let path = Self.path("most")
    let poller = Poller()
    let server = try ControlSocket(name: "test", poller: poller, .server(.unix(path), wait: false)) { _ in Echo() }
    var peers: [Int32] = []
    for _ in 0..<ControlSocket.maximumPeers {
      peers.append(try connect(path))
      poller.poll(timeout: 0)
    }
    pump(poller) { server.peers == ControlSocket.maximumPeers }
    let late = try connect(path)
    write(late, "late\n")
    for _ in 0..<10 { poller.poll(timeout: 0) }
    #expect(server.peers == ControlSocket.maximumPeers)
    close(peers[0])
    #expect(read(late, poller, count: 5) == "late\n")
    for peer in peers.dropFirst() + [late] { close(peer) }
  }

  @Test func `a session can end the conversation, and what it sent still arrives`() throws {
    let path = Self.path("bye")
    let poller = Poller()
    let server = try ControlSocket(name: "test", poller: poller, .server(.unix(path), wait: false)) { _ in Echo() }
    let peer = try connect(path)
    write(peer, "hello\nbye\nnever\n")
    #expect(read(peer, poller, count: 1000) == "hello\nbye\n")
    pump(poller) { server.peers == 0 }
    #expect(server.peers == 0)
    close(peer)
  }

  @Test func `a message for which there is no room ends the conversation`() throws {
    let path = Self.path("room")
    let poller = Poller()
    let server = try ControlSocket(name: "test", poller: poller, .server(.unix(path), wait: false)) { _ in Echo() }
    let peer = try connect(path)
    pump(poller) { server.peers == 1 }
    let line = String(repeating: "x", count: 4096)
    for _ in 0..<100 where server.peers == 1 {
      write(peer, line)
      poller.poll(timeout: 1_000_000)
    }
    #expect(server.peers == 0)
    close(peer)
  }

  @Test func `a client of ours connects, and again when the server comes back`() throws {
    let path = Self.path("client")
    var now: Int64 = 0
    let poller = Poller(clock: { now })
    let client = try ControlSocket(name: "test", poller: poller, .client(.unix(path), reconnect: 3)) { _ in Echo() }
    for round in 0..<2 {
      var server: SocketBackend? = try SocketBackend(name: "s", poller: poller, listeningAt: .unix(path))
      now += 3_000_000_000
      for _ in 0..<100 where server?.isConnected == false {
        poller.poll(timeout: 0)
        now += 1_000
      }
      server?.write(text: "round \(round)\n")
      for _ in 0..<100 where server?.hasInput == false {
        poller.poll(timeout: 0)
        now += 1_000_000
      }
      #expect(client.peers == 1)
      var bytes: [UInt8] = []
      while let byte = server?.read() { bytes.append(byte) }
      #expect(bytes == Array("round \(round)\n".utf8))
      server = nil
      for _ in 0..<100 where client.peers > 0 { poller.poll(timeout: 1_000_000) }
    }
  }

  @Test func `an inherited descriptor is a peer, and a bad one is told`() throws {
    let poller = Poller()
    var pair: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    let socket = try ControlSocket(name: "test", poller: poller, .descriptor(pair[1], isServer: false)) { _ in Echo() }
    _ = fcntl(pair[0], F_SETFL, O_NONBLOCK)
    write(pair[0], "in\n")
    #expect(read(pair[0], poller, count: 3) == "in\n")
    #expect(socket.peers == 1)
    close(pair[0])
    #expect(throws: HostError("test: descriptor \(Int32.max): Bad file descriptor")) {
      try ControlSocket(name: "test", poller: poller, .descriptor(.max, isServer: false)) { _ in Echo() }
    }
    #expect(throws: OptionError("test: a control protocol needs a socket, a pty or stdio")) {
      try ControlSocket(name: "test", poller: poller, .null) { _ in Echo() }
    }
  }

  @Test func `answers that are waiting leave before the program ends`() throws {
    let path = Self.path("drain")
    let poller = Poller()
    let server = try ControlSocket(name: "test", poller: poller, .server(.unix(path), wait: false)) { _ in Echo() }
    let peer = try connect(path)
    pump(poller) { server.peers == 1 }
    write(peer, "last\n")
    pump(poller) {
      var entry = pollfd(fd: peer, events: Int16(POLLIN), revents: 0)
      return poll(&entry, 1, 0) == 1
    }
    poller.drain()
    #expect(read(peer, poller, count: 5) == "last\n")
    close(peer)
  }
}
