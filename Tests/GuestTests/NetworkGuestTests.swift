import Foundation
import Testing

/// Linux on networks: it gets an address, fetches files, serves a forwarded port, meets another guest, and hears of its
/// connections' end when it goes on elsewhere.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct NetworkGuestTests {
  struct Board: CustomTestStringConvertible, Sendable {
    var name: String
    var guest: String
    var console: String
    var options: [String]
    /// Put before the properties of a network, makes a network and a device at it.
    var device: @Sendable (String) -> [String]
    /// Bytes of the file that it fetches.
    var size: Int
    var testDescription: String { name }
  }

  private static let virtio: @Sendable (String) -> [String] = {
    ["-netdev", $0 + ",id=n", "-device", "virtio-net-device,netdev=n"]
  }

  private static let boards = [
    Board(
      name: "i386, virtio", guest: "i386", console: "ttyS0 reboot=t", options: ["-m", "256"], device: virtio,
      size: 100 << 20),
    Board(
      name: "i386-pae, virtio", guest: "i386-pae", console: "ttyS0 reboot=t", options: ["-m", "256"], device: virtio,
      size: 100 << 20),
    Board(
      name: "Integrator/CP, virtio", guest: "arm", console: "ttyAMA0", options: ["-M", "integratorcp"], device: virtio,
      size: 100 << 20),
    Board(
      name: "Integrator/CP, LAN91C111", guest: "arm", console: "ttyAMA0", options: ["-M", "integratorcp"],
      device: { ["-nic", $0] }, size: 10 << 20),
  ]

  /// A web server on the host, with a file called `big` in its folder.
  private final class Server {
    private let process = Process()
    let port: Int
    let digest: String

    init(_ folder: String, size: Int) throws {
      let make = "head -c \(size) /dev/urandom >'\(folder)/big' && sha256sum <'\(folder)/big'"
      digest = String(try Guests.run("/bin/sh", ["-c", make], seconds: 60).output.prefix(64))
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
      process.currentDirectoryURL = URL(filePath: folder)
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
      // Serving HTTP on 127.0.0.1 port N (…)
      let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
      let words = line.split(separator: " ")
      port = words.firstIndex(of: "port").flatMap { Int(words[$0 + 1]) } ?? 0
    }

    // What starts it may keep the signal that asks it to end.
    deinit {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  /// Whether `board` is among the guests, and has the modules that it needs; the reason was printed where not.
  private static func isThere(_ board: Board) -> Bool {
    switch board.guest {
    case "arm": Guests.armIsThere
    case "i386-pae": Guests.hasTools(board.guest)
    default: true
    }
  }

  private static func kernel(_ board: Board, _ folder: String) throws -> [String] {
    // The initramfs of the kernel with PAE has no modules.
    let initrd = board.guest == "i386-pae" ? try Guests.initrd(board.guest, in: folder) : nil
    return [
      "-kernel", Guests.path("\(board.guest)/vmlinuz"), "-initrd", initrd ?? Guests.path("\(board.guest)/initrd.gz"),
      "-append", "console=\(board.console) panic=-1 quiet",
    ]
  }

  /// Linux at its shell.
  private func boot(_ board: Board, _ folder: String, _ options: [String]) throws -> GuestTerminal {
    let guest = try GuestTerminal(
      ["run", "-nographic", "-no-reboot"] + board.options + options + (try Self.kernel(board, folder)))
    try guest.process.run()
    #expect(guest.expect("/ # ", seconds: 200), "\(guest.output.suffix(2000))")
    return guest
  }

  /// Has the guest do what `text` says; whether that printed `wanted`.
  private func ask(_ guest: GuestTerminal, _ text: String, _ wanted: String, seconds: Double = 60) -> Bool {
    guest.type(text + "; echo rea''dy\n")
    let isThere = guest.expect(wanted, seconds: seconds)
    return guest.expect("ready", seconds: isThere ? seconds : 1) && isThere
  }

  /// The script by which udhcpc gives an interface its address.
  private static let script =
    "printf '#!/bin/sh\\n[ $1 = bound ] && ip addr add $ip/$mask dev $interface && ip route add default via $router\\n'"
    + " >/tmp/u; busybox chmod 755 /tmp/u; ip link set eth0 up; udhcpc -i eth0 -n -q -s /tmp/u"

  /// A port that nobody listens at.
  private static func freePort() throws -> Int {
    let text = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
    return Int(try Guests.run("/usr/bin/env", ["python3", "-c", text], seconds: 30).output.prefix { $0.isNumber }) ?? 0
  }

  @Test(arguments: boards)
  func `Linux gets an address, a file with the right digest, and serves a forwarded port`(_ board: Board) throws {
    guard Self.isThere(board) else { return }
    try Traveller.withFolder { folder in
      let server = try Server(folder, size: board.size)
      let port = try Self.freePort()
      let guest = try boot(board, folder, board.device("user,hostfwd=tcp:127.0.0.1:\(port)-:80"))
      #expect(ask(guest, Self.script, "lease of 10.0.2.15 obtained from 10.0.2.2"), "\(guest.output)")
      #expect(ask(guest, "ping -c 2 10.0.2.2", " 0% packet loss"))
      #expect(
        ask(guest, "wget -q -O- http://10.0.2.2:\(server.port)/big | sha256sum", server.digest, seconds: 200),
        "\(board.name): \(guest.output)")
      guest.type("echo from-the-guest | nc -l -p 80\n")
      // The port is the host's from the beginning; what is connected to it before the guest listens is broken off.
      let text =
        "import socket\nwhile True:\n try:\n  d = socket.create_connection(('127.0.0.1', \(port)), 30).recv(99)\n"
        + "  if d: break\n except OSError: pass\nprint(d.decode())"
      #expect(try Guests.run("/usr/bin/env", ["python3", "-c", text], seconds: 60).output.contains("from-the-guest"))
      guest.type("\u{1}x")
      #expect(guest.ends())
    }
  }

  @Test func `two guests at one cable reach each other`() throws {
    try Traveller.withFolder { folder in
      let board = Self.boards[0]
      let first = try boot(board, folder, Self.virtio("socket,listen=unix:\(folder)/cable"))
      let second = try boot(
        board, folder,
        [
          "-netdev", "socket,id=n,connect=unix:\(folder)/cable", "-device",
          "virtio-net-device,netdev=n,mac=52:54:00:0:0:2",
        ]
      )
      #expect(ask(first, "ip link set eth0 up; ip addr add 10.1.1.1/24 dev eth0", ""))
      #expect(ask(second, "ip link set eth0 up; ip addr add 10.1.1.2/24 dev eth0", ""))
      #expect(ask(second, "ping -c 3 10.1.1.1", " 0% packet loss"), "\(second.output)")
      #expect(ask(first, "ping -c 3 10.1.1.2", " 0% packet loss"), "\(first.output)")
      for guest in [first, second] {
        guest.type("\u{1}x")
        #expect(guest.ends())
      }
    }
  }

  @Test
  func `saved while it fetches a file, Linux hears in another process that it has to ask again, and gets it whole`()
    throws
  {
    try Traveller.withFolder { folder in
      let board = Self.boards[0]
      let server = try Server(folder, size: board.size)
      let first = try boot(board, folder, Self.virtio("user"))
      #expect(ask(first, Self.script, "lease of 10.0.2.15 obtained"))
      // The sum takes longer than the file, so that it is under way for seconds.
      first.type(
        "set -o pipefail; until wget -q -O- http://10.0.2.2:\(server.port)/big | "
          + "(dd bs=4096 count=100 of=/tmp/head 2>/dev/null; echo under-w''ay >&2; cat /tmp/head -) | sha256sum; "
          + "do echo ask-ag''ain; sleep 1; done; echo all-do''ne\n")
      #expect(first.expect("under-way"))
      first.type("\u{1}c")
      #expect(first.expect("(ferry) "))
      first.type("stop\nsavevm \(folder)/a.ferry\n")
      #expect(first.expect("(ferry) ") && first.expect("(ferry) ", seconds: 60))
      #expect(!first.output.contains("all-done"), "it was saved while it fetched")
      first.type("quit\n")
      #expect(first.ends())
      let second = try GuestTerminal(
        ["run", "-nographic", "-no-reboot", "-netdev", "user,id=n", "-loadvm", "\(folder)/a.ferry"])
      try second.process.run()
      second.type("\u{1}c")
      #expect(second.expect("(ferry) "))
      second.type("cont\n\u{1}c")
      #expect(second.expect("ask-again", seconds: 30), "\(second.output)")
      #expect(second.expect(server.digest, seconds: 200), "\(second.output)")
      second.type("\u{1}x")
      #expect(second.ends())
    }
  }
}
