import Glibc
import Testing

@testable import Host

struct TLSCredentialsTests {
  @Test func `options read as QEMU's`() throws {
    let x509 = try TLSOption("tls-creds-x509,id=tls0,dir=/a,,b,endpoint=server,verify-peer=off")
    #expect((x509.id, x509.folder, x509.endpoint) == ("tls0", "/a,b", .server))
    #expect(x509.kind == .certificates(verifiesPeer: false, checksOwn: true))
    let psk = try TLSOption("tls-creds-psk,id=a,dir=b")
    #expect((psk.id, psk.folder, psk.endpoint, psk.kind) == ("a", "b", nil, .sharedSecret(user: "qemu")))
    #expect(try TLSOption("tls-creds-psk,id=a,dir=b,username=x").kind == .sharedSecret(user: "x"))
  }

  @Test(arguments: [
    ("tls-creds-x590,id=a", "unknown kind of credentials \"tls-creds-x590\"; did you mean \"tls-creds-x509\"?"),
    ("tls-creds-x509,dir=b", "tls-creds-x509: id=NAME is missing"),
    ("tls-creds-psk,id=a", "tls-creds-psk,id=a: dir=FOLDER is missing"),
    ("tls-creds-psk,id=a,dir=b,endpoint=both", "endpoint=both: expected client or server"),
    ("tls-creds-x509,id=a,dir=b,verify-peer=maybe", "verify-peer=maybe: expected on or off"),
    (
      "tls-creds-x509,id=a,dir=b,verfy-peer=on",
      "unknown property of tls-creds-x509 \"verfy-peer\"; did you mean \"verify-peer\"?"
    ),
    (
      "tls-creds-psk,id=a,dir=b,user-name=x",
      "unknown property of tls-creds-psk \"user-name\"; did you mean \"username\"?"
    ),
    ("tls-creds-psk,id=a,dir=b,username=", "username=: expected 1 to 255 bytes"),
  ])
  func `an option that cannot be is one line`(text: String, message: String) {
    #expect(throws: OptionError(message)) { try TLSOption(text) }
  }

  @Test func `a library that is not there is told`() {
    #expect(
      throws: HostError(
        "TLS needs OpenSSL 3, and libnowhere.so.3: cannot open shared object file: No such file or directory; "
          + "apt-get install libssl3 puts it there")
    ) { try OpenSSL("libnowhere.so.3") }
  }

  // MARK: Files

  /// What is said about the folder with `files`, or nothing.
  private func said(_ option: String, _ files: [String: String]) throws -> String? {
    try TLSPair.withFolder(files) { folder in
      do throws(HostError) {
        guard let option = try? TLSOption(option + ",id=tls0,dir=" + folder) else { return "option" }
        _ = try TLSCredentials(option)
        return nil
      } catch {
        return error.description.replacing(folder + "/", with: "")
      }
    }
  }

  private static func file(_ path: String) throws -> String {
    String(decoding: try HostFile.read("\(TLSPair.folder)/\(path)", what: "test"), as: UTF8.self)
  }

  @Test(.enabled(if: TLSPair.isThere, TLSPair.reason))
  func `credentials are for the ends that have files, or for the one that is named`() throws {
    let both = try TLSPair.certificates("good")
    try both.require(.client)
    try both.require(.server)
    let server = try TLSPair.certificates("good", ",endpoint=server")
    try server.require(.server)
    #expect(throws: HostError("tls0: it has endpoint=server, and a client is needed here")) {
      try server.require(.client)
    }
    try TLSPair.withFolder(["ca-cert.pem": Self.file("good/ca-cert.pem")]) { folder in
      let client = try TLSCredentials(TLSOption("tls-creds-x509,id=tls0,dir=\(folder)"))
      try client.require(.client)
      #expect(throws: HostError("tls0: \(folder)/server-cert.pem is missing, and a server needs it")) {
        try client.require(.server)
      }
    }
    let stranger = try TLSPair.secrets("a:000102030405060708090a0b0c0d0e0f")
    try stranger.require(.server)
    #expect(throws: HostError.self) { try stranger.require(.client) }
  }

  @Test(.enabled(if: TLSPair.isThere, TLSPair.reason))
  func `certificates that cannot be used are told with their file`() throws {
    let x509 = "tls-creds-x509,endpoint=server"
    let authority = try Self.file("good/ca-cert.pem")
    let certificate = try Self.file("good/server-cert.pem")
    #expect(try said(x509, [:]) == "tls0: ca-cert.pem: No such file or directory")
    #expect(
      try said(x509, ["ca-cert.pem": "x"])
        == "tls0: ca-cert.pem: a certificate in PEM form cannot be read: no certificate or crl found")
    #expect(try said(x509, ["ca-cert.pem": authority]) == "tls0: server-cert.pem: No such file or directory")
    #expect(
      try said(x509, ["ca-cert.pem": authority, "server-cert.pem": certificate])
        == "tls0: server-key.pem: No such file or directory")
    for (path, reason) in [
      ("other", "the key of server-cert.pem in PEM form cannot be read: key values mismatch"),
      ("locked", "it has a passphrase; openssl pkey -in server-key.pem shows it without"),
    ] {
      let files = try [
        "ca-cert.pem": authority, "server-cert.pem": certificate, "server-key.pem": Self.file("\(path)/server-key.pem"),
      ]
      #expect(try said(x509, files) == "tls0: server-key.pem: " + reason)
    }
    let mixed = try [
      "ca-cert.pem": authority, "server-cert.pem": Self.file("other/server-cert.pem"),
      "server-key.pem": Self.file("other/server-key.pem"),
    ]
    #expect(
      try said(x509, mixed)
        == "tls0: server-cert.pem: it does not hold against ca-cert.pem: certificate verify failed: Verify error:"
        + "unable to get local issuer certificate")
    #expect(
      throws: HostError(
        "tls0: \(TLSPair.folder)/expired/client-cert.pem: it does not hold against \(TLSPair.folder)/expired/"
          + "ca-cert.pem: certificate verify failed: Verify error:certificate has expired")
    ) { try TLSPair.certificates("expired") }
  }

  @Test(.enabled(if: TLSPair.isThere, TLSPair.reason))
  func `keys that cannot be used are told with their line`() throws {
    let key = "000102030405060708090a0b0c0d0e0f"
    let psk = "tls-creds-psk,endpoint=client"
    #expect(try said(psk, ["keys.psk": "\nqemu:\(key)\r\n"]) == nil)
    #expect(
      try said(psk, [:])
        == "tls0: keys.psk: No such file or directory; echo qemu:$(openssl rand -hex 32) makes one, which both sides "
        + "need")
    #expect(try said(psk, ["keys.psk": "\n"]) == "tls0: keys.psk: there are no keys in it")
    let expected = "expected NAME:KEY with KEY in hexadecimal, as psktool writes it"
    for line in [key, ":\(key)", "a:0\(key)", "a:g\(key)0", "# comment"] {
      #expect(try said(psk, ["keys.psk": "qemu:\(key)\n\(line)\n"]) == "tls0: keys.psk: line 2: \(expected)")
    }
    #expect(
      try said(psk, ["keys.psk": "a:0011"])
        == "tls0: keys.psk: line 1: the key of \"a\" has 2 bytes; expected 16 to 512")
    #expect(
      try said(psk, ["keys.psk": "a:\(key)\na:\(key)"]) == "tls0: keys.psk: line 2: \"a\" is there twice")
    #expect(
      try said(psk, ["keys.psk": "a:\(key)"])
        == "tls0: keys.psk has no user \"qemu\"; username=NAME takes another one")
  }
}
