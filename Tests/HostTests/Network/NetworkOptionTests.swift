import Testing

@testable import Host

/// `-netdev`, `-nic`, `hostfwd=` and `-object filter-dump`.
struct NetworkOptionTests {
  private func user(_ text: String) throws -> UserNetworkOption {
    guard case .user(let option) = try NetdevOption("user,id=a" + text).kind else { throw OptionError("none") }
    return option
  }

  @Test func `a user network has the addresses that QEMU's has, unless it is told others`() throws {
    let usual = try user("")
    #expect(
      [usual.network, usual.host, usual.dns, usual.dhcpStart].map(\.description)
        == ["10.0.2.0", "10.0.2.2", "10.0.2.3", "10.0.2.15"])
    let wide = try user(",net=192.168.0.0/255.255.0.0")
    #expect(
      [wide.host, wide.dns, wide.dhcpStart].map(\.description) == ["192.168.2.2", "192.168.2.3", "192.168.2.15"])
    let own = try user(",net=10.1.0.0/16,host=10.1.0.1,dns=10.1.0.2,dhcpstart=10.1.1.0,restrict=on,hostname=h,tftp=/t")
    #expect(own.networkText == "10.1.0.0/16" && own.isRestricted && own.hostName == "h" && own.tftp == "/t")
    #expect(own.dhcpStart.description == "10.1.1.0")
  }

  @Test func `forwarded ports read as QEMU's`() throws {
    let option = try user(",hostfwd=tcp::8080-:80,hostfwd=udp:127.0.0.1:53-10.0.2.20:5353,hostfwd=::1-:2")
    #expect(
      option.forwards.map(\.description) == [
        "tcp:0.0.0.0:8080-0.0.0.0:80", "udp:127.0.0.1:53-10.0.2.20:5353", "tcp:0.0.0.0:1-0.0.0.0:2",
      ])
    for text in [
      "tcp::80", "tcp::80-", "icmp::80-:80", "tcp::x-:80", "tcp::80-:0", "tcp:1.2.3:80-:80", "tcp::65536-:1",
    ] {
      #expect(throws: OptionError.self) { try PortForward(text) }
    }
  }

  @Test func `a cable is listened at or connected`() throws {
    #expect(try NetdevOption("socket,id=a,listen=:1234").kind == .server(.tcp(host: "", port: "1234")))
    #expect(
      try NetdevOption("socket,id=a,connect=unix:/tmp/x,reconnect=2").kind == .client(.unix("/tmp/x"), reconnect: 2))
  }

  @Test(arguments: [
    ("user", "-netdev user: id=NAME is missing"), ("tap,id=a", "unknown -netdev \"tap\""),
    ("user,id=a,hostfw=x", "unknown property of -netdev user \"hostfw\"; did you mean \"hostfwd\"?"),
    ("user,id=a,net=10.0.2.0/30", "netdev a: net=10.0.2.0/30: expected a network such as 10.0.2.0/24"),
    (
      "user,id=a,net=10.0.2.0/255.0.255.0", "netdev a: net=10.0.2.0/255.0.255.0: expected a network such as 10.0.2.0/24"
    ),
    ("user,id=a,host=10.0.3.2", "netdev a: host=10.0.3.2 is no address of a host in net=10.0.2.0/24"),
    ("user,id=a,dns=10.0.2.2", "netdev a: host=10.0.2.2 and dns=10.0.2.2 are the same"),
    (
      "user,id=a,dhcpstart=10.0.2.1",
      "netdev a: dhcpstart=10.0.2.1: the 16 addresses from there on have host= or dns= among them"
    ),
    (
      "user,id=a,net=255.255.255.0/24,dhcpstart=255.255.255.250",
      "netdev a: dhcpstart=255.255.255.250: there are no 16 addresses from there on in net=255.255.255.0/24"
    ),
    ("user,id=a,restrict=maybe", "netdev a: restrict=maybe: expected on or off"),
    ("user,id=a,ipv4=off,ipv6=off", "netdev a: ipv4=off,ipv6=off leaves no network"),
    ("socket,id=a", "netdev a: a socket needs listen=[HOST]:PORT|unix:PATH or connect=HOST:PORT|unix:PATH"),
    ("socket,id=a,connect=:1,reconnect=x", "reconnect=x: expected seconds, 0 to 86400"),
  ])
  func `what cannot be is said`(text: String, message: String) {
    #expect(throws: OptionError(message)) { try NetdevOption(text) }
  }

  @Test func `a nic is a network and a device in one`() throws {
    let nic = try NICOption("user,model=smc91c111,mac=52:54:00:00:00:01,net=10.9.0.0/24", number: 3)
    #expect(nic.netdev?.id == "nic3" && nic.model == "smc91c111" && nic.address == "52:54:00:00:00:01")
    #expect(try NICOption("socket,id=x,listen=:1", number: 0).netdev?.id == "x")
    #expect(try NICOption("none", number: 0).netdev == nil)
    #expect(throws: OptionError.self) { try NICOption("none,model=x", number: 0) }
  }

  @Test func `a dump has a network and a file`() throws {
    let dump = try DumpOption("filter-dump,id=d,netdev=n,file=/tmp/x,maxlen=96")
    #expect(dump.netdev == "n" && dump.path == "/tmp/x" && dump.length == 96)
    #expect(throws: OptionError("filter-dump: file= is missing")) { try DumpOption("filter-dump,id=d,netdev=n") }
  }

  @Test func `an address has four bytes`() {
    #expect(IPv4Address("1.2.3.4")?.number == 0x0102_0304)
    for text in ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.+4", "1.2.3.0004", "a.b.c.d"] {
      #expect(IPv4Address(text) == nil)
    }
  }
}
