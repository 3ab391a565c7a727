import Foundation
import Host
import MigrationSample
import Testing

@testable import Migration

private let isThere = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL) != nil

/// Machines that move by TLS.
@Suite(.enabled(if: isThere, "libssl.so.3 is not there; apt-get install libssl3"))
struct SecurityTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../HostTests/Certificates").standardized.path

  private func security(_ option: String, local: Bool = true) throws -> MigrationSecurity {
    var security = MigrationSecurity()
    security.credentials = try TLSCredentials(try TLSOption(option))
    security.isLocalToo = local
    security.hostName = "ferry.example"
    return security
  }

  /// What comes of a move from a side with `mine` to one with `theirs`, at `uri`; where it listens at a port of its choice
  /// for port 0.
  private func move(
    _ mine: MigrationSecurity, _ theirs: MigrationSecurity, at uri: String
  ) throws -> (progress: MigrationProgress, harm: [String], notes: [String]) {
    let moves = Moves()
    let machine = try moves.running("microvm") { $0.memory = 4 << 20 }
    let other = try moves.bare("microvm") { $0.memory = 4 << 20 }
    let into = Migrator(other, poller: moves.poller)
    into.note = { moves.note($0) }
    let destination = try Destination(
      at: try MigrationAddress(uri), poller: moves.poller, security: theirs, silence: moves.silence)
    into.adopt(destination, paused: false)
    let out = Migrator(machine, poller: moves.poller)
    out.security = mine
    out.silence = moves.silence
    try out.migrate(to: destination.port.map { "tcp:localhost:\($0)" } ?? uri)
    moves.go([machine]) { !out.progress.status.isActive && !destination.isBusy }
    #expect(machine.isRunning != other.isRunning)
    return (
      out.progress, try moves.harm(to: machine.isRunning ? machine : other, "microvm") { $0.memory = 4 << 20 },
      moves.notes
    )
  }

  private func path() -> String {
    FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString.prefix(8))").path
  }

  @Test func `a machine moves by certificates and by a secret, over TCP and unix sockets`() throws {
    let keys = path()
    try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: keys) }
    try Data("qemu:00112233445566778899aabbccddeeff\n".utf8).write(to: URL(filePath: "\(keys)/keys.psk"))
    for option in ["tls-creds-x509,id=a,dir=\(Self.folder)/good", "tls-creds-psk,id=a,dir=\(keys)"] {
      let both = try security(option)
      for uri in ["tcp:localhost:0", "unix:\(path())"] {
        let (progress, harm, _) = try move(both, both, at: uri)
        #expect(progress.status == .completed, "\(option) \(uri): \(progress)")
        #expect(harm == [])
      }
    }
  }

  @Test func `a side that is not secured, or not by the same, gets no machine, and the guest stays`() throws {
    let good = try security("tls-creds-x509,id=a,dir=\(Self.folder)/good")
    let other = try security("tls-creds-x509,id=a,dir=\(Self.folder)/other")
    for (mine, theirs) in [(good, MigrationSecurity()), (MigrationSecurity(), good), (good, other), (other, good)] {
      let (progress, harm, notes) = try move(mine, theirs, at: "tcp:localhost:0")
      #expect(progress.status == .failed, "\(progress)")
      #expect(progress.error != nil && progress.pages == PageCounts())
      #expect(notes.contains { $0.hasPrefix("no machine came: ") }, "\(notes)")
      #expect(harm == [])
    }
  }

  @Test func `what does not leave the host is secured only where that was asked for`() throws {
    let remote = try security("tls-creds-x509,id=a,dir=\(Self.folder)/good", local: false)
    #expect(try move(remote, MigrationSecurity(), at: "unix:\(path())").progress.status == .completed)
    #expect(try move(remote, MigrationSecurity(), at: "tcp:localhost:0").progress.status == .failed)
  }
}
