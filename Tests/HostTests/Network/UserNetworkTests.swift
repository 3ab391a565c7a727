import DeviceModel
import Foundation
import Glibc
import Testing

@testable import Host

/// The network behind the host's sockets, seen by a guest whose frames are made by hand. libslirp has one clock for all of
/// its networks, so one test is run after the other.
@Suite(.serialized) struct UserNetworkTests {
  private let poller = Poller()
  private let time = NetworkTime()

  init() {
    let start = HostClock.monotonic
    time.clock = { HostClock.monotonic - start }
  }

  private func network(_ text: String = "") throws -> UserNetwork {
    guard case .user(let option) = try NetdevOption("user,id=n0,ipv6=off" + text).kind else {
      throw OptionError("no user network")
    }
    return try UserNetwork(name: "n0", poller: poller, time: time, option)
  }

  /// A port that nobody listens at.
  private func freePort() throws -> UInt16 {
    let server = try SocketBackend(name: "p", poller: poller, listeningAt: .tcp(host: "127.0.0.1", port: "0"))
    return try #require(server.port)
  }

  @Test func `the DHCP server gives the address, the router, the name server and the names that were asked for`() throws
  {
    let guest = TestGuest(
      try network(",net=192.168.7.0/24,dhcpstart=192.168.7.100,hostname=ferry,bootfile=kernel,domainname=example.org"),
      poller)
    guest.end.send(guest.dhcp(1))
    let offer = try #require(guest.wait { TestGuest.isUDP($0) && $0[36..<38] == [0, 68] })
    #expect(TestGuest.option(53, of: offer) == [2])
    #expect(Array(offer[58..<62]) == [192, 168, 7, 100])
    guest.end.send(guest.dhcp(3, [50, 4, 192, 168, 7, 100]))
    let answer = try #require(guest.wait { TestGuest.isUDP($0) && $0[36..<38] == [0, 68] })
    #expect(TestGuest.option(53, of: answer) == [5])
    #expect(TestGuest.option(1, of: answer) == [255, 255, 255, 0])
    #expect(TestGuest.option(3, of: answer) == [192, 168, 7, 2])
    #expect(TestGuest.option(6, of: answer) == [192, 168, 7, 3])
    #expect(TestGuest.option(12, of: answer) == Array("ferry".utf8))
    #expect(TestGuest.option(15, of: answer) == Array("example.org".utf8))
    #expect(String(decoding: answer[150..<156], as: UTF8.self) == "kernel")
  }

  @Test func `the TFTP server gives the files of its folder`() throws {
    let folder = "/tmp/ferry-tftp-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let content = (0..<700).map { UInt8(truncatingIfNeeded: $0) }
    try Data(content).write(to: URL(fileURLWithPath: folder + "/file"))
    let guest = TestGuest(try network(",tftp=\(folder)"), poller)
    let request: [UInt8] = [0, 1] + Array("file".utf8) + [0] + Array("octet".utf8) + [0]
    guest.end.send(guest.datagram(from: guest.address, 1069, to: [10, 0, 2, 2], 69, request))
    let data = try #require(guest.wait { TestGuest.isUDP($0) && $0[36..<38] == [4, 0x2d] })
    #expect(Array(data[42..<46]) == [0, 3, 0, 1])
    #expect(Array(data[46..<558]) == Array(content[..<512]))
  }

  /// Lets a host's client connect to a forwarded port, and the guest accept: the frame of the guest's that comes next is
  /// number 1001 of its stream.
  private func connect(_ guest: TestGuest, _ port: UInt16) throws -> (client: SocketBackend, syn: [UInt8]) {
    let client = try SocketBackend(name: "c", poller: poller, connectingTo: .tcp(host: "127.0.0.1", port: "\(port)"))
    let syn = try #require(guest.wait { TestGuest.isTCP($0) && $0[47] & 2 != 0 })
    #expect(Array(syn[36..<38]) == [0, 80])
    guest.end.send(guest.segment(answering: syn, sequence: 1000, flags: 0x12))
    _ = guest.wait { TestGuest.isTCP($0) && $0[47] & 0x10 != 0 }
    return (client, syn)
  }

  @Test func `a forwarded port leads to the guest, both ways, and can be taken back`() throws {
    let port = try freePort()
    let network = try network(",hostfwd=tcp:127.0.0.1:\(port)-:80")
    let guest = TestGuest(network, poller)
    let (client, syn) = try connect(guest, port)
    client.write(text: "hello")
    let data = try #require(guest.wait { TestGuest.isTCP($0) && $0.count == 59 })
    #expect(Array(data[54...]) == Array("hello".utf8))
    guest.end.send(guest.segment(answering: data, sequence: 1001, flags: 0x18, Array("welcome".utf8)))
    for _ in 0..<500 where !client.hasInput { poller.poll(timeout: 10_000_000) }
    var text: [UInt8] = []
    while let byte = client.read() { text.append(byte) }
    #expect(text == Array("welcome".utf8))
    #expect(Array(syn[26..<30]) == [10, 0, 2, 2])
    #expect(throws: (any Error).self) { try network.removeForward("tcp:127.0.0.1:1") }
    try network.removeForward("tcp:127.0.0.1:\(port)")
    #expect(network.forwards.isEmpty)
    #expect(throws: HostError.self) {
      try SocketBackend(name: "c", poller: poller, connectingTo: .tcp(host: "127.0.0.1", port: "\(port)"))
    }
    try network.add(try PortForward("tcp:127.0.0.1:\(port)-:81"))
    #expect(throws: HostError.self) { try network.add(try PortForward("tcp:127.0.0.1:\(port)-:82")) }
  }

  @Test func `restrict=on keeps the guest from the host, and forwarded ports lead in`() throws {
    let server = try SocketBackend(name: "s", poller: poller, listeningAt: .tcp(host: "127.0.0.1", port: "0"))
    let port = TestGuest.half(Int(try #require(server.port)))
    for (text, mayConnect) in [("", true), (",restrict=on", false)] {
      let guest = TestGuest(try network(text), poller)
      guest.end.send(
        guest.segment(ports: [4, 0] + port, to: [10, 0, 2, 2], sequence: 5, acknowledged: 0, flags: 2))
      let answer = try #require(guest.wait(for: TestGuest.isTCP))
      // SYN and ACK, or RST and ACK.
      #expect(answer[47] == (mayConnect ? 0x12 : 0x14))
    }
  }

  // MARK: Moves

  @Test func `a guest that goes on elsewhere keeps its lease, and hears that its connections are gone`() throws {
    let port = try freePort()
    let here = try network(",hostfwd=tcp:127.0.0.1:\(port)-:80")
    let guest = TestGuest(here, poller)
    guest.end.send(guest.dhcp(3, [50, 4, 10, 0, 2, 18]))
    _ = try #require(guest.wait { TestGuest.isUDP($0) })
    let (client, syn) = try connect(guest, port)
    client.write(text: "hello")
    let data = try #require(guest.wait { TestGuest.isTCP($0) && $0.count == 59 })
    guest.end.send(guest.segment(answering: data, sequence: 1001, flags: 0x10))
    let memory = here.saveMemory()
    #expect(here.saveMemory() == memory, "to save it is not to change it")
    let there = try network()
    #expect(there.refusal(of: memory) == nil)
    there.loadMemory(memory)
    let later = TestGuest(there, poller)
    // It came before the guest took the network.
    there.loadMemory(memory)
    let reset = try #require(later.wait(for: TestGuest.isTCP))
    #expect(reset[47] == 0x14, "RST and ACK")
    #expect(Array(reset[34..<38]) == Array(syn[34..<38]) && Array(reset[26..<30]) == [10, 0, 2, 2])
    #expect(TestGuest.number(reset, 38..<42) == TestGuest.number(data, 38..<42) + 5)
    #expect(TestGuest.sum(Array(reset[14..<34])) == 0)
    #expect(TestGuest.sum(Array(reset[26..<34]) + [0, 6, 0, 20] + Array(reset[34..<54])) == 0)
    // Another asks for the address that was given: it is not given again, as it would be by one that does not know.
    for (end, type) in [(there, 6), (try network(), 5)] as [(UserNetwork, UInt8)] {
      let guest = TestGuest(end, poller)
      guest.end.send(guest.dhcp(3, [50, 4, 10, 0, 2, 18], of: [2, 0, 0, 0, 0, 9]))
      let answer = try #require(guest.wait(for: TestGuest.isUDP))
      #expect(TestGuest.option(53, of: answer) == [type])
    }
  }

  @Test func `what is no state of libslirp's is refused with the reason`() throws {
    let network = try network()
    let memory = network.saveMemory()
    #expect(network.refusal(of: []) == nil)
    var newer = memory
    newer[3] += 1
    #expect(network.refusal(of: newer)?.contains("version") == true)
    #expect(network.refusal(of: Array(memory.prefix(20)))?.contains("no state of libslirp") == true)
    var commands = memory
    commands[8] = 42
    #expect(network.refusal(of: commands) != nil)
    #expect(network.refusal(of: memory + [1, 2, 3]) != nil)
  }

  @Test func `what comes while the machine stands still waits`() throws {
    var stands = true
    time.isStanding = { stands }
    let guest = TestGuest(try network(), poller)
    guest.end.send(guest.dhcp(1))
    for _ in 0..<3 { poller.poll(timeout: 0) }
    #expect(guest.frames.isEmpty)
    stands = false
    #expect(guest.wait(for: TestGuest.isUDP) != nil)
  }
}
