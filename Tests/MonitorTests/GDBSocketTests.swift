import Boards
import Glibc
import Host
import Testing

@testable import Monitor

/// GDB's server at sockets.
struct GDBSocketTests {
  /// A client's end of a connection to a server.
  private final class Client {
    private let poller: Poller
    private let descriptor: Int32
    let channel: ControlChannel

    init(_ server: GDBServer, _ poller: Poller) {
      self.poller = poller
      var pair: [Int32] = [-1, -1]
      #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
      descriptor = pair[0]
      channel = ControlChannel(poller: poller, reading: pair[1], writing: pair[1]) { GDBPeer(server, $0) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
      #expect(bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } > 0)
    }

    func leave() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// What comes until `text` has come, or the server closes.
    func receive(until text: String) -> String {
      var all = ""
      for _ in 0..<1000 where !all.contains(text) {
        poller.poll(timeout: 1_000_000)
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &bytes, bytes.count)
        if count == 0 { return all + "(closed)" }
        if count > 0 { all += String(decoding: bytes[..<count], as: UTF8.self) }
      }
      return all
    }
  }

  @Test func `one client is served, others are turned away until it has gone`() throws {
    let desk = GDBDesk()
    let machine = try GDBBoard.microvm.machine(host: desk)
    machine.resume()
    let server = GDBServer(machine)
    let poller = Poller()
    let first = Client(server, poller)
    #expect(machine.runState == .debug)
    first.send(GDBDesk.wire("qC") + GDBDesk.wire("qAttached"))
    #expect(first.receive(until: "$1#31") == "+$QC1#c5+$1#31")
    let second = Client(server, poller)
    #expect(second.receive(until: "+") == "(closed)")
    first.send(GDBDesk.wire("qC"))
    #expect(first.receive(until: "#c5") == "+$QC1#c5")
    first.leave()
    for _ in 0..<100 where server.isConnected { poller.poll(timeout: 1_000_000) }
    #expect(!server.isConnected)
    #expect(machine.runState == .running)
    let third = Client(server, poller)
    #expect(machine.runState == .debug)
    third.send(GDBDesk.wire("vKill;1"))
    #expect(third.receive(until: "#9a") == "+$OK#9a")
    #expect(machine.run() == .quit)
    #expect(third.receive(until: "never") == "(closed)")
  }

  @Test func `the last word of a machine reaches the client`() throws {
    let desk = GDBDesk()
    let machine = try GDBBoard.microvm.machine(host: desk)
    let server = GDBServer(machine)
    let poller = Poller()
    let client = Client(server, poller)
    client.send(GDBDesk.wire("c"))
    #expect(client.receive(until: "+") == "+")
    #expect(machine.isRunning)
    machine.quit()
    #expect(machine.run() == .quit)
    poller.drain()
    #expect(client.receive(until: "#b7") == "$W00#b7")
  }

  @Test func `a place is a TCP port, a socket's path, or none`() throws {
    #expect(try GDBHost.place("tcp::1234") == .server(.tcp(host: "", port: "1234"), wait: false))
    #expect(
      try GDBHost.place("tcp:localhost:9,server=on,wait=on") == .server(.tcp(host: "localhost", port: "9"), wait: false)
    )
    #expect(try GDBHost.place("unix:/tmp/g,server=on") == .server(.unix("/tmp/g"), wait: false))
    #expect(try GDBHost.place("none") == nil)
    for bad in ["", "tcp:", "stdio", "file:x", "1234", "null", "unix:"] {
      #expect(throws: OptionError.self, "\(bad)") { try GDBHost.place(bad) }
    }
  }
}
