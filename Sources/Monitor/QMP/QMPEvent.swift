import Migration

/// An event of QMP.
struct QMPEvent: Sendable {
  /// As in `STOP`.
  let name: String
  let members: QMPObject

  init(_ name: String, _ members: [QMPMember] = []) {
    self.name = name
    self.members = members.isEmpty ? QMPObject("Nothing", []) : QMPObject("\(name)-data", members)
  }

  static let stop = QMPEvent("STOP")
  static let resume = QMPEvent("RESUME")
  static let reset = QMPEvent("RESET", [QMPMember("guest", .boolean), QMPMember("reason", cause)])
  static let shutdown = QMPEvent("SHUTDOWN", [QMPMember("guest", .boolean), QMPMember("reason", cause)])
  static let powerdown = QMPEvent("POWERDOWN")
  static let migration = QMPEvent(
    "MIGRATION", [QMPMember("status", .enumeration("MigrationStatus", MigrationStatus.allCases.map(\.rawValue)))])
  static let migrationPass = QMPEvent("MIGRATION_PASS", [QMPMember("pass", .integer)])

  static let jobStatusChange = QMPEvent(
    "JOB_STATUS_CHANGE", [QMPMember("id", .string), QMPMember("status", QMPCommand.jobStatus)])

  /// Every event.
  static let all: [QMPEvent] = [stop, resume, reset, shutdown, powerdown, migration, migrationPass, jobStatusChange]

  private static let cause = QMPType.enumeration(
    "ShutdownCause",
    [
      "none", "host-error", "host-qmp-quit", "host-qmp-system-reset", "host-signal", "host-ui", "guest-shutdown",
      "guest-reset", "guest-panic", "subsystem-reset", "snapshot-load",
    ])
}
