package import Boards
import Foundation
import Host
package import Migration

/// One Ferry alone, with a peer at the other end that may be anything.
extension Moves {
  /// Sends `machine` to whoever is at the other end of `descriptor`.
  package func sender(
    of machine: Machine, to descriptor: Int32, _ configure: (Migrator) -> Void = { _ in }
  ) throws -> Migrator {
    let out = Migrator(machine, poller: poller)
    out.note = { [unowned self] in note("source: \($0)") }
    out.silence = silence
    configure(out)
    try out.migrate(to: "fd:\(descriptor)")
    return out
  }

  /// Lets `machine` wait for whoever calls at the socket `path`.
  package func receiver(
    of machine: Machine, at path: String, fault: FaultPlan? = nil
  ) throws -> (into: Migrator, destination: Destination) {
    let into = Migrator(machine, poller: poller)
    into.note = { [unowned self] in note("destination: \($0)") }
    let destination = try Destination(
      at: try MigrationAddress("unix:\(path)"), poller: poller, fault: fault, silence: silence)
    into.adopt(destination, paused: false)
    return (into, destination)
  }

  /// A place for a socket.
  package static func place() -> String {
    FileManager.default.temporaryDirectory.appending(path: "move-\(UUID().uuidString.prefix(8))").path
  }

  /// Begins to move `machine` into `other`, which waits at a socket.
  package func beginAtSocket(
    _ machine: Machine, into other: Machine, faults: (FaultPlan?, FaultPlan?) = (nil, nil),
    _ configure: (Migrator) -> Void
  ) throws -> (sides: Sides, path: String) {
    let path = Self.place()
    let (into, destination) = try receiver(of: other, at: path, fault: faults.1)
    let out = Migrator(machine, poller: poller)
    out.note = { [unowned self] in note("source: \($0)") }
    out.silence = silence
    out.fault = faults.0
    configure(out)
    try out.migrate(to: "unix:\(path)")
    return (Sides(out: out, into: into, destination: destination), path)
  }

  /// Lets the guests run and the sides work for at most `seconds`; whether it `isOver` then.
  package func go(_ machines: [Machine], seconds: Double, until isOver: () -> Bool) -> Bool {
    let end = HostClock.monotonic + Int64(seconds * 1e9)
    go(machines) { isOver() || HostClock.monotonic > end }
    return isOver()
  }

  /// Whether a text may go to a terminal.
  package static func isPlain(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) }
  }
}
