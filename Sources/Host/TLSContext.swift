import Glibc

/// The settings and keys of one end of TLS connections: OpenSSL's SSL_CTX, which nothing changes once it is made.
final class TLSContext: @unchecked Sendable {
  let library: OpenSSL
  let handle: OpaquePointer
  let option: TLSOption
  let end: TLSEnd
  /// Of shared secrets.
  let secrets: TLSSecrets?

  /// Whether the other side's certificate is looked at.
  var verifiesPeer: Bool {
    if case .certificates(let verifies, _) = option.kind { return verifies }
    return false
  }
  /// Of an authority: its certificate, and those it has revoked.
  var authority: String { "\(option.folder)/ca-cert.pem" }
  private var revocations: String { "\(option.folder)/ca-crl.pem" }

  /// Where the certificate and the key of `end` lie.
  static func pair(_ option: TLSOption, _ end: TLSEnd) -> (certificate: String, key: String) {
    ("\(option.folder)/\(end)-cert.pem", "\(option.folder)/\(end)-key.pem")
  }

  // Of ssl.h.
  private enum Control {
    static let readAhead: Int32 = 41
    static let cacheMode: Int32 = 44
    static let clearMode: Int32 = 78
    static let buildChain: Int32 = 105
    static let leastVersion: Int32 = 123
  }

  init(_ option: TLSOption, _ end: TLSEnd, secrets: TLSSecrets?) throws(HostError) {
    library = try OpenSSL.host.get()
    (self.option, self.end, self.secrets) = (option, end, secrets)
    library.errClearError()
    guard let handle = library.sslCtxNew(library.tlsMethod()) else {
      throw HostError("\(option.id): OpenSSL: \(library.lastError.text)")
    }
    self.handle = handle
    // TLS 1.3, whatever the host's configuration would allow beside it.
    _ = library.sslCtxCtrl(handle, Control.leastVersion, 0x0304, nil)
    // No session is ever resumed; a ticket would make a connection readable without bringing a byte.
    _ = library.sslCtxSetNumTickets(handle, 0)
    _ = library.sslCtxCtrl(handle, Control.cacheMode, 0, nil)
    // A few records with each call of the host.
    _ = library.sslCtxCtrl(handle, Control.readAhead, 1, nil)
    library.sslCtxSetDefaultReadBufferLen(handle, 8 * (TLSSession.record + 256))
    // SSL_MODE_AUTO_RETRY: between two records that hold nothing, deadlines and interruptions are looked at.
    _ = library.sslCtxCtrl(handle, Control.clearMode, 4, nil)
    switch option.kind {
    case .certificates(let verifiesPeer, let checksOwn):
      try useCertificates(verifiesPeer: verifiesPeer, checksOwn: checksOwn)
    case .sharedSecret: useSecrets()
    }
  }

  deinit { library.sslCtxFree(handle) }

  // MARK: Certificates

  private func refusal(_ path: String, _ text: String) -> HostError { HostError("\(option.id): \(path): \(text)") }

  /// Calls `body`, which reads the file at `path`, once it is known that it can be read.
  private func load(_ path: String, _ what: String, _ body: (UnsafePointer<CChar>) -> Int32) throws(HostError) {
    let bytes = try HostFile.read(path, what: "\(option.id):", limit: 1 << 20)
    guard !String(decoding: bytes, as: UTF8.self).contains("ENCRYPTED") else {
      throw refusal(path, "it has a passphrase; openssl pkey -in \(path) shows it without")
    }
    library.errClearError()
    guard path.withCString(body) != 1 else { return }
    throw refusal(path, "\(what) cannot be read: \(library.lastError.text)")
  }

  private func useCertificates(verifiesPeer: Bool, checksOwn: Bool) throws(HostError) {
    if verifiesPeer || HostFile.isThere(authority) {
      try load(authority, "a certificate in PEM form") { library.sslCtxLoadVerifyFile(handle, $0) }
    }
    if HostFile.isThere(revocations) {
      let store = library.sslCtxGetCertStore(handle)
      try load(revocations, "a list of revoked certificates in PEM form") { library.x509StoreLoadFile(store, $0) }
      // X509_V_FLAG_CRL_CHECK
      _ = library.x509StoreSetFlags(store, 4)
    }
    let pair = Self.pair(option, end)
    if end == .server || HostFile.isThere(pair.certificate) || HostFile.isThere(pair.key) {
      try load(pair.certificate, "a certificate in PEM form") { library.sslCtxUseCertificateChainFile(handle, $0) }
      // OpenSSL never asks the terminal.
      library.sslCtxSetDefaultPasswdCb(handle) { _, _, _, _ in -1 }
      try load(pair.key, "the key of \(end)-cert.pem in PEM form") {
        library.sslCtxUsePrivateKeyFile(handle, $0, 1)
      }
      if checksOwn, HostFile.isThere(authority) { try checkOwn(pair.certificate) }
    }
    // SSL_VERIFY_PEER, and SSL_VERIFY_FAIL_IF_NO_PEER_CERT, which means something to servers.
    library.sslCtxSetVerify(handle, verifiesPeer ? 3 : 0, nil)
  }

  /// The other side would refuse what is refused here, but nobody could see why from this one.
  private func checkOwn(_ path: String) throws(HostError) {
    library.errClearError()
    // SSL_BUILD_CHAIN_FLAG_NO_ROOT: the other side has the authority's certificate.
    guard library.sslCtxCtrl(handle, Control.buildChain, 2, nil) < 1 else { return }
    throw refusal(path, "it does not hold against \(authority): \(library.lastError.text)")
  }

  // MARK: Shared secrets

  private func useSecrets() {
    // A key goes with SHA-256.
    _ = library.sslCtxSetCiphersuites(handle, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256")
    switch end {
    case .client:
      // SSL_VERIFY_PEER, and no authority is trusted: a server that does not have the secret cannot show a certificate
      // instead.
      library.sslCtxSetVerify(handle, 1, nil)
      library.sslCtxSetPskClientCallback(handle) { handle, _, identity, room, key, keyRoom in
        guard let session = TLSSession.of(handle), let identity, let key else { return 0 }
        return session.offerSecret(
          identity: UnsafeMutableRawBufferPointer(start: identity, count: Int(room)),
          key: UnsafeMutableRawBufferPointer(start: key, count: Int(keyRoom)))
      }
    case .server:
      library.sslCtxSetPskServerCallback(handle) { handle, identity, key, room in
        guard let session = TLSSession.of(handle), let identity, let key else { return 0 }
        return session.findSecret(
          of: String(cString: identity), key: UnsafeMutableRawBufferPointer(start: key, count: Int(room)))
      }
    }
  }
}
