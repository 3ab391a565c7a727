import Host
import Migration

extension RunOptions {
  /// What `-migration` says of TLS, with the files of `-object` read.
  ///
  /// - Throws: what is wrong with them.
  func security() throws -> MigrationSecurity {
    var security = MigrationSecurity()
    // All are read: what is wrong with one should not wait for its use.
    let all = try credentials.map { option throws(HostError) in try TLSCredentials(option) }
    guard let id = migration?["tls-creds"] else { return security }
    guard let chosen = all.last(where: { $0.option.id == id }) else {
      throw OptionError("-migration tls-creds=\(id): no -object has that id")
    }
    if incoming != nil { try chosen.require(.server) }
    security.credentials = chosen
    security.hostName = migration?["tls-hostname"]
    security.isLocalToo = migration?["tls-local"] == "on"
    return security
  }
}
