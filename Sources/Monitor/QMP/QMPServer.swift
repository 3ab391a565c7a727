import Boards
public import Host
import Migration
import SavedState

/// QMP, the JSON protocol of machine control: one server for any number of sockets and clients.
///
/// The protocol is that of QEMU's documents "QEMU Machine Protocol Specification" and "QEMU QMP Reference Manual".
public final class QMPServer {
  let control: Control
  private var sessions: [ObjectIdentifier: QMPSession] = [:]

  /// A server without clients that tells of what happens to the machine.
  public init(_ control: Control) {
    self.control = control
    control.machine.observe { [weak self] in self?.tell($0) }
    control.migrator?.observe { [weak self] in self?.tell($0) }
    control.jobs.observe { [weak self] job in
      self?.emit(
        .jobStatusChange,
        [JSONMember("id", .string(job.id)), JSONMember("status", .string(job.status.rawValue))])
    }
  }

  /// A client's conversation; with `pretty` its JSON has many lines.
  public func open(_ channel: ControlChannel, pretty: Bool = false) -> any ControlSession {
    let session = QMPSession(self, channel, pretty: pretty)
    sessions[ObjectIdentifier(session)] = session
    return session
  }

  func ended(_ session: QMPSession) { sessions[ObjectIdentifier(session)] = nil }

  /// Sends an event to every client that has begun its conversation.
  func emit(_ event: QMPEvent, _ data: [JSONMember] = []) {
    let now = HostClock.wall
    var members = [
      JSONMember(
        "timestamp",
        .object([
          "seconds": .integer(Int128(now / 1_000_000_000)), "microseconds": .integer(Int128(now / 1000 % 1_000_000)),
        ])), JSONMember("event", .string(event.name)),
    ]
    if !event.members.members.isEmpty { members.append(JSONMember("data", .object(data))) }
    for session in Array(sessions.values) { session.tell(.object(members)) }
  }

  private func tell(_ event: MachineEvent) {
    func cause(_ reason: String, guest: Bool) -> [JSONMember] {
      [JSONMember("guest", .bool(guest)), JSONMember("reason", .string(reason))]
    }
    switch event {
    case .stopped: emit(.stop)
    case .resumed: emit(.resume)
    case .powerDown: emit(.powerdown)
    case .reset(_, let byGuest):
      emit(.reset, cause(byGuest ? "guest-reset" : "host-qmp-system-reset", guest: byGuest))
    case .ended(let end):
      switch end {
      case .powerOff, .exit: emit(.shutdown, cause("guest-shutdown", guest: true))
      case .reset: emit(.shutdown, cause("guest-reset", guest: true))
      case .crash: emit(.shutdown, cause("guest-panic", guest: true))
      case .quit: emit(.shutdown, cause(control.hasQuit ? "host-qmp-quit" : "host-ui", guest: false))
      case .signal: emit(.shutdown, cause("host-signal", guest: false))
      }
    case .debug, .memoryLost: break
    }
  }

  private func tell(_ event: MigrationEvent) {
    guard control.migrator?.capabilities.contains(.events) ?? false else { return }
    switch event {
    case .status(let status): emit(.migration, [JSONMember("status", .string(status.rawValue))])
    case .pass(let number): emit(.migrationPass, [JSONMember("pass", .integer(Int128(number)))])
    }
  }
}
