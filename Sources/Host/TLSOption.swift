/// TLS credentials as QEMU's users describe them: `tls-creds-x509,id=ID,dir=DIR[,endpoint=client|server]
/// [,verify-peer=on|off][,sanity-check=on|off]` or `tls-creds-psk,id=ID,dir=DIR[,endpoint=client|server]
/// [,username=NAME]`.
public struct TLSOption: Equatable, Sendable {
  /// What a peer is known by.
  public enum Kind: Equatable, Sendable {
    /// Certificates of one authority. `verifiesPeer`: the other side has to show one. `checksOwn`: this side's own is
    /// looked at when it is read, so that it is not the other side that finds it expired.
    case certificates(verifiesPeer: Bool, checksOwn: Bool)
    /// A key that both sides have. `user` is the one whose key a client shows.
    case sharedSecret(user: String)
  }

  /// The user of `username=` when it is not given: QEMU's, so that a folder made for QEMU does here.
  public static let defaultUser = "qemu"

  /// What other options call it.
  public let id: String
  /// The folder of its files.
  public let folder: String
  /// The only end it is for. QEMU's default is the client; here it is both, as far as there are files for both: a
  /// machine that comes in may go away again.
  public let endpoint: TLSEnd?
  public let kind: Kind

  private static let kinds = ["tls-creds-x509", "tls-creds-psk"]

  /// What `-object TEXT` means.
  public init(_ text: String) throws(OptionError) {
    let option = OptionText(text)
    var known = ["id", "dir", "endpoint"]
    switch option.kind {
    case Self.kinds[0]:
      known += ["verify-peer", "sanity-check"]
      kind = .certificates(
        verifiesPeer: try Self.isOn(option, "verify-peer"), checksOwn: try Self.isOn(option, "sanity-check"))
    case Self.kinds[1]:
      known += ["username"]
      let user = option["username"] ?? Self.defaultUser
      guard (1...255).contains(user.utf8.count), !user.utf8.contains(0) else {
        throw OptionError("username=\(user): expected 1 to 255 bytes")
      }
      kind = .sharedSecret(user: user)
    case let kind: throw OptionError.unknown("kind of credentials", kind, among: Self.kinds)
    }
    for (key, _) in option.pairs where !known.contains(key) {
      throw OptionError.unknown("property of \(option.kind)", key, among: known)
    }
    guard let id = option["id"], !id.isEmpty else { throw OptionError("\(option.kind): id=NAME is missing") }
    guard let folder = option["dir"], !folder.isEmpty else {
      throw OptionError("\(option.kind),id=\(id): dir=FOLDER is missing")
    }
    (self.id, self.folder) = (id, folder)
    switch option["endpoint"] {
    case nil: endpoint = nil
    case let value?:
      guard let end = TLSEnd(rawValue: value) else {
        throw OptionError("endpoint=\(value): expected client or server")
      }
      endpoint = end
    }
  }

  private static func isOn(_ option: OptionText, _ key: String) throws(OptionError) -> Bool {
    switch option[key] ?? "on" {
    case "on", "yes", "true": return true
    case "off", "no", "false": return false
    case let value: throw OptionError("\(key)=\(value): expected on or off")
    }
  }
}
