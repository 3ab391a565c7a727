import Glibc
import Testing

@testable import Host

/// Handshakes that come to nothing, and what people are told.
@Suite(.enabled(if: TLSPair.isThere, TLSPair.reason))
struct TLSRefusalTests {
  /// A side's credentials: a folder of certificates with more properties, or the text of a file of keys with them.
  struct Side: Sendable, CustomTestStringConvertible {
    let isSecret: Bool
    let name: String
    let more: String

    static func certificates(_ name: String, _ more: String = "") -> Self {
      Self(isSecret: false, name: name, more: more)
    }
    static func secret(_ user: String, _ key: String) -> Self {
      Self(isSecret: true, name: "\(user):\(key)\n", more: ",username=\(user)")
    }

    var testDescription: String { name + more }

    func credentials() throws -> TLSCredentials {
      isSecret ? try TLSPair.secrets(name, more) : try TLSPair.certificates(name, more)
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let client: Side
    let server: Side
    var host = TLSPair.host
    /// What the sides say; nil when all is well.
    var clientSays: String?
    var serverSays: String?

    var testDescription: String { name }
  }

  private static let key = "000102030405060708090a0b0c0d0e0f"
  private static let other = "ff0102030405060708090a0b0c0d0e0f"

  /// One side: secures it, then says a byte and hears one, for a client learns only then what the server thinks.
  private static func run(_ end: Connection, _ credentials: TLSCredentials, _ role: TLSRole) throws(ConnectionLoss) {
    try end.secure(credentials, as: role, deadline: TLSPair.soon())
    try end.give([0x2a])
    guard try end.take(1) == [0x2a] else { throw .failed("another byte") }
  }

  private static func said(_ body: () throws(ConnectionLoss) -> Void) -> String? {
    do throws(ConnectionLoss) {
      try body()
      return nil
    } catch {
      var text = "\(error)"
      for name in ["good", "other", "expired", "elsewhere", "revoking"] {
        text = text.replacing("\(TLSPair.folder)/\(name)/", with: "\(name)/")
      }
      // Folders of keys have chance names.
      return text.replacing(#/\/tmp\/ferry-[^ \/]*\//#, with: "")
    }
  }

  @Test(arguments: [
    Case(name: "certificates", client: .certificates("good"), server: .certificates("good")),
    Case(
      name: "an address instead of a name", client: .certificates("good"), server: .certificates("good"),
      host: "127.0.0.1"),
    Case(name: "a secret", client: .secret("qemu", key), server: .secret("qemu", key)),
    Case(name: "a secret of another user", client: .secret("a b", key), server: .secret("a b", key)),
    Case(
      name: "nobody checks", client: .certificates("other", ",verify-peer=off"),
      server: .certificates("expired", ",verify-peer=off,sanity-check=off"), host: "anything"),
    Case(
      name: "the client has none, and needs none", client: .certificates("elsewhere"),
      server: .certificates("good", ",verify-peer=off")),
    Case(
      name: "another authority's server", client: .certificates("good"), server: .certificates("other"),
      clientSays: "the other side's certificate was not signed by the authority of good/ca-cert.pem",
      serverSays: "the other side does not know the authority that signed other/server-cert.pem: both need the same "
        + "ca-cert.pem"),
    Case(
      name: "another authority's client", client: .certificates("other", ",verify-peer=off"),
      server: .certificates("good"),
      clientSays: "the other side does not know the authority that signed other/client-cert.pem: both need the same "
        + "ca-cert.pem",
      serverSays: "the other side's certificate was not signed by the authority of good/ca-cert.pem"),
    Case(
      name: "an old server", client: .certificates("good"), server: .certificates("expired", ",sanity-check=off"),
      clientSays: "the other side's certificate has expired",
      serverSays: "the other side says that expired/server-cert.pem has expired"),
    Case(
      name: "an old client", client: .certificates("expired", ",sanity-check=off"), server: .certificates("good"),
      clientSays: "the other side says that expired/client-cert.pem has expired",
      serverSays: "the other side's certificate has expired"),
    Case(
      name: "another host", client: .certificates("good"), server: .certificates("elsewhere"),
      clientSays: "the other side's certificate is not for \"ferry.example\"",
      serverSays: "the other side does not accept elsewhere/server-cert.pem: is it for another host name?"),
    Case(
      name: "another address", client: .certificates("good"), server: .certificates("good"), host: "127.0.0.2",
      clientSays: "the other side's certificate is not for \"127.0.0.2\"",
      serverSays: "the other side does not accept good/server-cert.pem: is it for another host name?"),
    Case(
      name: "a client without one", client: .certificates("elsewhere"), server: .certificates("good"),
      clientSays: "the other side wants to see a certificate: elsewhere/client-cert.pem is missing",
      serverSays: "the other side shows no certificate: it needs client-cert.pem and client-key.pem"),
    Case(
      name: "a revoked client", client: .certificates("good"), server: .certificates("revoking"),
      clientSays: "the other side says that good/client-cert.pem was revoked",
      serverSays: "the other side's certificate was revoked by its authority"),
    Case(
      name: "another key", client: .secret("qemu", key), server: .secret("qemu", other),
      clientSays: "the other side has another key for the user \"qemu\"",
      serverSays: "the other side's key is not the one in keys.psk"),
    Case(
      name: "a stranger", client: .secret("eve\u{1b}", key), server: .secret("qemu", key),
      clientSays: "the other side does not know the user \"eve\\u{1B}\", or has no shared secrets",
      serverSays: "the other side says it is \"eve\\u{1B}\", who is not in keys.psk"),
    Case(
      name: "a secret there, a certificate here", client: .certificates("good"), server: .secret("qemu", key),
      clientSays: "the other side has no certificate for this one: does it use tls-creds-psk?",
      serverSays: "the other side offers no shared secret: it needs tls-creds-psk"),
    Case(
      name: "a certificate there, a secret here", client: .secret("qemu", key), server: .certificates("good"),
      clientSays: "the other side has a certificate and no shared secret: it needs tls-creds-psk",
      serverSays: "the other side does not know the authority that signed good/server-cert.pem: both need the same "
        + "ca-cert.pem"),
  ])
  func `both sides say what is wrong`(_ it: Case) throws {
    let pair = try TLSPair()
    defer { pair.closeRaw() }
    let (client, server) = (try it.client.credentials(), try it.server.credentials())
    let far = TLSPair.Errand { [end = pair.server] () throws(ConnectionLoss) in
      try Self.run(end, server, .server)
    }
    let says = Self.said { () throws(ConnectionLoss) in
      try Self.run(pair.client, client, .client(hostName: it.host))
    }
    #expect(says == it.clientSays.map { "TLS: " + $0 })
    #expect(Self.said { () throws(ConnectionLoss) in try far.end() } == it.serverSays.map { "TLS: " + $0 })
  }

  @Test func `whoever writes to a side that has refused hears why`() throws {
    let pair = try TLSPair()
    defer { pair.closeRaw() }
    let (server, good) = (pair.server, try TLSPair.certificates("good"))
    let far = TLSPair.Errand { () throws(ConnectionLoss) in
      try server.secure(good, as: .server, deadline: TLSPair.soon())
    }
    let stranger = try TLSPair.certificates("other", ",verify-peer=off")
    try pair.client.secure(stranger, as: .client(hostName: ""), deadline: TLSPair.soon())
    _ = Self.said { () throws(ConnectionLoss) in try far.end() }
    shutdown(pair.raw.server, Int32(SHUT_RDWR))
    #expect(
      Self.said { () throws(ConnectionLoss) in try pair.client.give([1]) }
        == "TLS: the other side does not know the authority that signed other/client-cert.pem: both need the same "
        + "ca-cert.pem")
  }

  @Test(arguments: [TLSEnd.client, .server], ["FERRY", "\u{0}", "GET / HTTP/1.1\r\n\r\n"])
  func `a peer without TLS is told from its first byte`(end: TLSEnd, text: String) throws {
    let pair = try TLSPair()
    defer { pair.closeRaw() }
    try pair.client.give(Array(text.utf8))
    let role = end == .client ? TLSRole.client(hostName: TLSPair.host) : .server
    #expect(throws: ConnectionLoss.failed("TLS: the other side does not speak TLS")) {
      try pair.server.secure(TLSPair.certificates("good"), as: role, deadline: TLSPair.soon())
    }
    #expect(throws: ConnectionLoss.failed("TLS: the other side does not speak TLS")) { try pair.server.give([1]) }
    #expect(throws: ConnectionLoss.failed("TLS: the other side does not speak TLS")) { try pair.server.take(1) }
  }

  @Test func `garbage that looks like TLS is refused`() throws {
    for _ in 0..<200 {
      let pair = try TLSPair()
      defer { pair.closeRaw() }
      try pair.client.give([0x16, 3, 1, 0, 60] + (0..<300).map { _ in UInt8.random(in: 0...255) })
      shutdown(pair.raw.client, Int32(SHUT_WR))
      let role = Bool.random() ? TLSRole.client(hostName: TLSPair.host) : .server
      let text = Self.said { () throws(ConnectionLoss) in
        let good = try? TLSPair.certificates("good")
        if let good { try pair.server.secure(good, as: role, deadline: TLSPair.soon()) }
      }
      #expect(text?.hasPrefix("TLS: ") == true)
    }
  }

  @Test func `a peer that goes away in the middle has closed it`() throws {
    let pair = try TLSPair()
    defer { pair.closeRaw() }
    try pair.client.give([0x16, 3, 1])
    shutdown(pair.raw.client, Int32(SHUT_RDWR))
    let loss = ConnectionLoss.failed("TLS: the other side closed the connection during the handshake; does it use TLS?")
    #expect(throws: loss) {
      try pair.server.secure(TLSPair.certificates("good"), as: .server, deadline: TLSPair.soon())
    }
    #expect(throws: loss) { try pair.server.take(1) }
  }

  @Test(arguments: [TLSEnd.client, .server])
  func `a peer that says nothing is not waited for longer than asked`(end: TLSEnd) throws {
    let pair = try TLSPair()
    defer { pair.closeRaw() }
    let role = end == .client ? TLSRole.client(hostName: TLSPair.host) : .server
    #expect(throws: ConnectionLoss.failed("TLS: the handshake took too long; does the other side use TLS?")) {
      try pair.server.secure(TLSPair.certificates("good"), as: role, deadline: TLSPair.soon(0.02))
    }
  }

  @Test func `a handshake is woken`() throws {
    let pair = try TLSPair()
    defer { pair.closeRaw() }
    let (server, good) = (pair.server, try TLSPair.certificates("good"))
    let far = TLSPair.Errand { () throws(ConnectionLoss) in
      try server.secure(good, as: .server, deadline: TLSPair.soon())
    }
    pair.wake.ring()
    #expect(throws: ConnectionLoss.interrupted) { try far.end() }
    #expect(throws: ConnectionLoss.interrupted) { try pair.server.take(1) }
  }

  @Test func `credentials for the other end, and a client that knows no name, are refused before a byte is sent`()
    throws
  {
    let pair = try TLSPair()
    defer { pair.closeRaw() }
    let good = try TLSPair.certificates("good", ",endpoint=client")
    #expect(throws: ConnectionLoss.failed("tls0: it has endpoint=client, and a server is needed here")) {
      try pair.server.secure(good, as: .server, deadline: TLSPair.soon())
    }
    #expect(
      throws: ConnectionLoss.failed(
        "tls0: the name that the other side's certificate is for has to be given: its address has none")
    ) { try pair.client.secure(good, as: .client(hostName: ""), deadline: TLSPair.soon()) }
    #expect(!pair.server.hasInput)
  }
}
