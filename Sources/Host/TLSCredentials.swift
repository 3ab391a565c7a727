/// What this process shows to the other side of a TLS connection, and what it wants to see: read and checked once, used
/// for any number of connections, of any thread.
///
/// The folder of `tls-creds-x509` holds the files of QEMU's documentation: `ca-cert.pem`, `server-cert.pem` and
/// `server-key.pem`, `client-cert.pem` and `client-key.pem`, and if certificates are revoked `ca-crl.pem`. That of
/// `tls-creds-psk` holds `keys.psk`. Who may read them is left to whoever made the folder.
public struct TLSCredentials: Sendable, CustomStringConvertible {
  /// Where they come from.
  public let option: TLSOption
  let client: Result<TLSContext, HostError>
  let server: Result<TLSContext, HostError>

  /// Reads the files of `option`.
  ///
  /// - Throws: `HostError` when the host has no OpenSSL, or a file is missing or wrong. Without `endpoint=` there need
  ///   only be files for one end.
  public init(_ option: TLSOption) throws(HostError) {
    self.option = option
    client = try Self.context(option, .client)
    server = try Self.context(option, .server)
    // One of them is there, or else neither could say why.
    if case .failure(let error) = client, case .failure = server { throw error }
  }

  public var description: String { option.id }

  /// Says why when they cannot be used at `end`, so that it need not be the first connection that does.
  public func require(_ end: TLSEnd) throws(HostError) { _ = try context(end) }

  func context(_ end: TLSEnd) throws(HostError) -> TLSContext {
    switch end {
    case .client: try client.get()
    case .server: try server.get()
    }
  }

  private static func context(_ option: TLSOption, _ end: TLSEnd) throws(HostError) -> Result<TLSContext, HostError> {
    if let endpoint = option.endpoint, endpoint != end {
      return .failure(HostError("\(option.id): it has endpoint=\(endpoint), and a \(end) is needed here"))
    }
    switch option.kind {
    case .certificates:
      let pair = TLSContext.pair(option, end)
      // A client may have none: it is the server that decides whether it wants to see one.
      if end == .server, option.endpoint == nil, !HostFile.isThere(pair.certificate), !HostFile.isThere(pair.key) {
        return .failure(HostError("\(option.id): \(pair.certificate) is missing, and a server needs it"))
      }
      return .success(try TLSContext(option, end, secrets: nil))
    case .sharedSecret(let user):
      let secrets = try TLSSecrets("\(option.folder)/keys.psk", what: "\(option.id):")
      guard end == .server || secrets[user] != nil else {
        let error = HostError(
          "\(option.id): \(secrets.path) has no user \(String(reflecting: user)); username=NAME takes another one")
        guard option.endpoint == nil else { throw error }
        return .failure(error)
      }
      return .success(try TLSContext(option, end, secrets: secrets))
    }
  }
}
