import Boards
import DeviceModel
import Glibc
import Host
import Monitor
import Testing

/// The protocol at a socket.
struct QTestSessionTests {
  /// A machine, and clients at the ends of socket pairs.
  final class Bench {
    let rig: QTestRig
    private let poller = Poller()
    private var sockets: [ControlSocket] = []
    private(set) var ends: [Int32] = []

    init() throws {
      rig = try QTestRig()
      rig.test.end()
    }

    deinit { for end in ends { close(end) } }

    /// One more client, by its number.
    func connect() throws -> Int {
      var pair: [Int32] = [-1, -1]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
      _ = fcntl(pair[0], F_SETFL, O_NONBLOCK)
      ends.append(pair[0])
      let test = rig.test
      sockets.append(
        try ControlSocket(name: "qtest", poller: poller, .descriptor(pair[1], isServer: false)) {
          QTestSession(test, $0)
        })
      return ends.count - 1
    }

    /// Sends bytes, handling them whenever no more fit.
    func send(_ text: String, from client: Int = 0) -> Bool {
      var rest = Array(text.utf8)[...]
      for _ in 0..<10_000 where !rest.isEmpty {
        let sent = rest.withUnsafeBytes {
          Glibc.send(ends[client], $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if sent > 0 { rest = rest.dropFirst(sent) } else if errno != EAGAIN { return false }
        poller.poll(timeout: 1000)
      }
      return rest.isEmpty
    }

    /// What has come back when it ends with `text` or nothing more comes; `<end>` stands for the connection's end.
    func receive(until text: String, at client: Int = 0) -> String {
      var all: [UInt8] = []
      for _ in 0..<10_000 where !all.suffix(text.utf8.count).elementsEqual(text.utf8) {
        poller.poll(timeout: 1_000_000)
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(ends[client], &bytes, bytes.count, 0)
        if count == 0 { all += Array("<end>".utf8) }
        if count > 0 { all += bytes[..<count] }
      }
      return String(decoding: all, as: UTF8.self)
    }
  }

  @Test func `many commands in one packet are answered in order`() throws {
    let bench = try Bench()
    _ = try bench.connect()
    #expect(bench.send("outb 0x3ff 1\ninb 0x3ff\r\nclock_step 10\n\nendianness\n"))
    #expect(
      bench.receive(until: "little\n") == "OK\nOK 0x0001\nOK 10\nFAIL Unknown command ''\nOK little\n")
  }

  @Test func `a command may come in pieces`() throws {
    let bench = try Bench()
    _ = try bench.connect()
    for piece in ["in", "b 0x", "3ff", "\nendian"] { #expect(bench.send(piece)) }
    #expect(bench.receive(until: "\n") == "OK 0x0000\n")
    #expect(bench.send("ness\n"))
    #expect(bench.receive(until: "\n") == "OK little\n")
  }

  @Test func `what follows a long way waits for its end`() throws {
    let bench = try Bench()
    _ = try bench.connect()
    #expect(bench.send("outb 0x43 0x14\noutb 0x40 2\nclock_step 100000000\nendianness\n"))
    #expect(bench.receive(until: "little\n") == "OK\nOK\nOK 100000000\nOK little\n")
  }

  @Test func `there is one client at a time, and the next one finds nothing of the last`() throws {
    let bench = try Bench()
    _ = try bench.connect()
    #expect(bench.send("irq_intercept_in ioapic\n"))
    #expect(bench.receive(until: "\n") == "OK\n")
    let second = try bench.connect()
    #expect(bench.receive(until: "<end>", at: second) == "FAIL Another client is connected\n<end>")
    #expect(bench.send("endianness\n"))
    #expect(bench.receive(until: "\n") == "OK little\n")
    shutdown(bench.ends[0], Int32(SHUT_RDWR))
    _ = bench.receive(until: "<end>")
    let third = try bench.connect()
    #expect(bench.send("set_irq_in ioapic pin 3 1\nendianness\n", from: third))
    #expect(bench.receive(until: "little\n", at: third) == "OK\nOK little\n")
  }

  @Test func `a line that never ends ends the connection`() throws {
    let bench = try Bench()
    _ = try bench.connect()
    let piece = String(repeating: "x", count: 1 << 20)
    var isOpen = true
    for _ in 0..<40 where isOpen { isOpen = bench.send(piece) }
    #expect(!isOpen)
    #expect(!bench.rig.test.isOpen)
    let next = try bench.connect()
    #expect(bench.send("endianness\n", from: next))
    #expect(bench.receive(until: "\n", at: next) == "OK little\n")
  }

  @Test func `a client that has said its last still gets its answers`() throws {
    let bench = try Bench()
    _ = try bench.connect()
    #expect(bench.send("endianness\nclock_step 7\n"))
    shutdown(bench.ends[0], Int32(SHUT_WR))
    #expect(bench.receive(until: "<end>") == "OK little\nOK 7\n<end>")
  }

  @Test func `a client that does not read is not executed for`() throws {
    let bench = try Bench()
    _ = try bench.connect()
    // Each answer has 200 KB: a few of them fill the socket and what is kept of it.
    for _ in 0..<20 { #expect(bench.send("read 0x100000 100000\nclock_step 1\n")) }
    #expect(bench.rig.machine.clock.now < 10)
    let text = bench.receive(until: "OK 20\n")
    #expect(text.utf8.count > 20 * 200_000)
    #expect(bench.rig.machine.clock.now == 20)
  }
}
