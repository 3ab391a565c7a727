import DeviceModel
import Glibc
import Testing

@testable import Host

/// Back ends over real descriptors; nothing waits for time: the poller returns when something has happened.
struct BackendTests {
  private static func path(_ name: String) -> String { "/tmp/ferry-\(getpid())-\(name)" }

  private func pump(_ poller: Poller, until done: () -> Bool) {
    for _ in 0..<1000 where !done() { poller.poll(timeout: 10_000_000) }
  }

  private func read(_ backend: any CharacterBackend) -> [UInt8] {
    var bytes: [UInt8] = []
    while let byte = backend.read() { bytes.append(byte) }
    return bytes
  }

  @Test func `a file keeps every byte`() throws {
    let path = Self.path("file")
    defer { unlink(path) }
    let poller = Poller()
    let file = try FileBackend(name: "serial0", poller: poller, path: path)
    let text = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    for byte in text { file.write(byte) }
    poller.drain()
    #expect(try HostFile.read(path, what: "file") == text)
  }

  @Test func `a file that cannot be written is told with its reason`() {
    #expect(throws: HostError("serial0: cannot write /nowhere/x: No such file or directory")) {
      try FileBackend(name: "serial0", poller: Poller(), path: "/nowhere/x")
    }
  }

  @Test func `server and client talk both ways, and the server takes the next client`() throws {
    let path = Self.path("unix")
    let poller = Poller()
    let server = try SocketBackend(name: "serial0", poller: poller, listeningAt: .unix(path))
    for round in 0..<2 {
      var client: SocketBackend? = try SocketBackend(name: "c", poller: poller, connectingTo: .unix(path))
      pump(poller) { server.isConnected }
      client?.write(text: "to \(round)")
      server.write(text: "from \(round)")
      pump(poller) { server.hasInput && client?.hasInput ?? true }
      #expect(read(server) == Array("to \(round)".utf8))
      #expect(client.map(read) == Array("from \(round)".utf8))
      client = nil
      pump(poller) { !server.isConnected }
      #expect(!server.isConnected)
    }
  }

  @Test func `a TCP server has a port and a client finds it`() throws {
    let poller = Poller()
    let server = try SocketBackend(name: "s", poller: poller, listeningAt: .tcp(host: "127.0.0.1", port: "0"))
    let port = try #require(server.port)
    let client = try SocketBackend(
      name: "c", poller: poller, connectingTo: .tcp(host: "127.0.0.1", port: "\(port)"))
    pump(poller) { server.isConnected }
    client.write(0x41)
    pump(poller) { server.hasInput }
    #expect(server.read() == 0x41)
  }

  @Test func `a client is refused at once where nobody listens`() {
    let path = Self.path("nobody")
    #expect(throws: HostError("c: unix:\(path): No such file or directory")) {
      try SocketBackend(name: "c", poller: Poller(), connectingTo: .unix(path))
    }
  }

  @Test func `a client that reconnects finds a server that comes later`() throws {
    let path = Self.path("later")
    var now: Int64 = 0
    let poller = Poller(clock: { now })
    let client = try SocketBackend(name: "c", poller: poller, connectingTo: .unix(path), reconnect: 5)
    #expect(!client.isConnected)
    let server = try SocketBackend(name: "s", poller: poller, listeningAt: .unix(path))
    now += 5_000_000_000
    pump(poller) { server.isConnected && client.isConnected }
    #expect(client.isConnected)
  }

  @Test func `a socket that nobody reads drops what does not fit, and says nothing`() throws {
    let path = Self.path("full")
    let poller = Poller()
    let server = try SocketBackend(name: "s", poller: poller, listeningAt: .unix(path))
    let client = try SocketBackend(name: "c", poller: poller, connectingTo: .unix(path))
    pump(poller) { server.isConnected }
    client.pauseInput()
    for _ in 0..<2_000_000 { server.write(0x55) }
    poller.poll(timeout: 0)
    #expect(!poller.isCongested)
    #expect(server.isConnected)
  }

  @Test func `a path too long for a socket is told`() {
    let path = String(repeating: "x", count: 200)
    #expect(throws: HostError("unix:\(path): the path is longer than 107 bytes")) {
      try SocketBackend(name: "s", poller: Poller(), listeningAt: .unix(path))
    }
  }

  @Test func `a pty passes bytes through unchanged`() throws {
    let poller = Poller()
    let pty = try PTYBackend(name: "serial0", poller: poller)
    let terminal = open(pty.path, O_RDWR | O_NOCTTY)
    #expect(terminal >= 0)
    defer { close(terminal) }
    let sent: [UInt8] = [3, 13, 10, 0xff, 4]
    #expect(Glibc.write(terminal, sent, sent.count) == sent.count)
    var got: [UInt8] = []
    pump(poller) {
      got += read(pty)
      return got.count == sent.count
    }
    #expect(got == sent)
    pty.write(10)
    pump(poller) { !pty.hasOutput }
    var byte: UInt8 = 0
    #expect(Glibc.read(terminal, &byte, 1) == 1)
    #expect(byte == 10)
  }

  @Test func `only as much is read ahead as a device may want, and a device that takes it gets the rest`() throws {
    let path = Self.path("flow")
    let poller = Poller()
    let server = try SocketBackend(name: "s", poller: poller, listeningAt: .unix(path))
    let client = try SocketBackend(name: "c", poller: poller, connectingTo: .unix(path))
    for byte in 0..<10_000 { client.write(UInt8(truncatingIfNeeded: byte)) }
    pump(poller) { server.hasInput }
    for _ in 0..<20 { poller.poll(timeout: 0) }
    #expect(server.input.count <= 2 * StreamBackend.inputRoom)
    var got: [UInt8] = []
    pump(poller) {
      got += read(server)
      return got.count == 10_000
    }
    #expect(got == (0..<10_000).map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test func `back ends are used once`() throws {
    let backends = Backends(poller: Poller())
    try backends.define("a", .null)
    #expect(throws: OptionError("-chardev id=a is given twice")) { try backends.define("a", .pty) }
    _ = try backends.make(.named("a"), name: "serial0")
    #expect(throws: OptionError("serial1: chardev \"a\" is already in use")) {
      try backends.make(.named("a"), name: "serial1")
    }
    #expect(throws: OptionError("unknown chardev \"b\"; did you mean \"a\"?")) {
      try backends.make(.named("b"), name: "serial1")
    }
  }
}
