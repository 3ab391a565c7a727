import Migration
import SavedState

/// Live migration.
extension QMPCommand {
  static let migration: [QMPCommand] = [
    .action(
      "migrate", "moves the machine to the process at uri; query-migrate tells how it goes",
      [
        QMPMember("uri", .string), QMPMember("detach", .boolean, optional: true),
        QMPMember("resume", .boolean, optional: true), QMPMember("x-check", .boolean, optional: true),
      ]
    ) { control, arguments throws(CommandError) in
      try control.migrate(
        to: arguments.text("uri"), check: arguments.flag("x-check") ?? false, resume: arguments.flag("resume") ?? false)
    },
    .action("migrate-start-postcopy", "lets the guest run at the other side before all of its memory is there") {
      control, _ throws(CommandError) in try control.startPostcopy()
    },
    .action("migrate-pause", "breaks the connection off through which memory follows the guest") {
      control, _ throws(CommandError) in try control.pauseMigration()
    },
    .action(
      "migrate-recover", "waits at uri for the source of a migration that was broken off when its guest ran here",
      [QMPMember("uri", .string)]
    ) { control, arguments throws(CommandError) in
      try control.recoverMigration(at: arguments.text("uri"))
    },
    .action("migrate_cancel", "gives the migration up") { control, _ throws(CommandError) in
      try control.cancelMigration()
    },
    .action("migrate-incoming", "waits at uri for a machine, after -incoming defer", [QMPMember("uri", .string)]) {
      control, arguments throws(CommandError) in try control.expectMachine(at: arguments.text("uri"))
    },
    .action(
      "migrate-continue", "goes on from pre-switchover",
      [QMPMember("state", .enumeration("MigrationStatus", MigrationStatus.allCases.map(\.rawValue)))]
    ) { control, arguments throws(CommandError) in
      guard arguments.text("state") == MigrationStatus.preSwitchover.rawValue else {
        throw CommandError("Migration can be continued from pre-switchover alone")
      }
      try control.continueMigration()
    },
    .action(
      "x-migrate-resolve", "says where the machine runs after the connection was lost when it changed sides",
      [QMPMember("side", .enumeration("MigrationSide", ["here", "there"]))]
    ) { control, arguments throws(CommandError) in
      try control.resolveMigration(here: arguments.text("side") == "here")
    },
    QMPCommand("query-migrate", "how the migration goes or went", returns: .object(info)) {
      control, _ throws(CommandError) in
      guard let migrator = control.migrator else { return .object([]) }
      return answer(migrator.progress, migrator.parameters)
    },
    .action(
      "migrate-set-parameters", "sets what migrations go by",
      Control.migrationParameters.map { QMPMember($0.name, .integer, optional: true) }
    ) { control, arguments throws(CommandError) in
      for row in Control.migrationParameters {
        guard let value: UInt64 = try arguments.integer(row.name) else { continue }
        try control.setMigrationParameter(row, value)
      }
    },
    QMPCommand(
      "query-migrate-parameters", "what migrations go by",
      returns: .object(
        QMPObject("MigrationParameters", Control.migrationParameters.map { QMPMember($0.name, .integer) }))
    ) { control, _ throws(CommandError) in
      let parameters = control.migrator?.parameters ?? MigrationParameters()
      return .object(
        Control.migrationParameters.map { JSONMember($0.name, .integer(Int128(parameters[keyPath: $0.path]))) })
    },
    .action(
      "migrate-set-capabilities", "switches what migrations do",
      [
        QMPMember(
          "capabilities",
          .list("MigrationCapabilityStatus", [QMPMember("capability", .string), QMPMember("state", .boolean)]))
      ]
    ) { control, arguments throws(CommandError) in
      for entry in arguments.list("capabilities") {
        try control.setMigrationCapability(entry.text("capability"), entry.flag("state") ?? false)
      }
    },
    QMPCommand(
      "query-migrate-capabilities", "what migrations do",
      returns: .list("MigrationCapabilityStatus", [QMPMember("capability", .string), QMPMember("state", .boolean)])
    ) { control, _ throws(CommandError) in
      let on = control.migrator?.capabilities ?? []
      return .array(
        MigrationCapability.allCases.map {
          .object(["capability": .string($0.rawValue), "state": .bool(on.contains($0))])
        })
    },
  ]

  // MARK: query-migrate

  private static let ram = QMPObject(
    "MigrationRAMStats",
    [
      "transferred", "remaining", "total", "duplicate", "skipped", "normal", "normal-bytes", "dirty-pages-rate",
      "dirty-sync-count", "page-size", "postcopy-requests",
    ].map { QMPMember($0, .integer) } + [QMPMember("mbps", .number)])

  private static let differences = QMPObject(
    "XBZRLECacheStats",
    ["cache-size", "bytes", "pages", "cache-miss", "overflow"].map { QMPMember($0, .integer) }
      + ["cache-miss-rate", "encoding-rate"].map { QMPMember($0, .number) })

  private static let compression = QMPObject(
    "CompressionStats",
    ["pages", "busy", "compressed-size"].map { QMPMember($0, .integer) }
      + ["busy-rate", "compression-rate"].map { QMPMember($0, .number) })

  private static let info = QMPObject(
    "MigrationInfo",
    [
      QMPMember("status", .enumeration("MigrationStatus", MigrationStatus.allCases.map(\.rawValue)), optional: true),
      QMPMember("error-desc", .string, optional: true), QMPMember("ram", .object(ram), optional: true),
      QMPMember("xbzrle-cache", .object(differences), optional: true),
      QMPMember("compression", .object(compression), optional: true),
      QMPMember("total-time", .integer, optional: true), QMPMember("setup-time", .integer, optional: true),
      QMPMember("downtime", .integer, optional: true), QMPMember("expected-downtime", .integer, optional: true),
      QMPMember("cpu-throttle-percentage", .integer, optional: true),
      QMPMember("x-unresolved", .boolean, optional: true), QMPMember("x-downtime-us", .integer, optional: true),
      QMPMember(
        "x-phases", .list("MigrationPhase", [QMPMember("name", .string), QMPMember("us", .integer)]), optional: true),
      QMPMember(
        "x-devices",
        .list(
          "MigrationDevice", [QMPMember("name", .string), QMPMember("bytes", .integer), QMPMember("us", .integer)]),
        optional: true),
    ])

  private static func answer(_ progress: MigrationProgress, _ parameters: MigrationParameters) -> JSONValue {
    guard progress.status != .none else { return .object([]) }
    func number(_ value: some BinaryInteger) -> JSONValue { .integer(Int128(value)) }
    func milliseconds(_ value: Int64) -> JSONValue { number(value / 1_000_000) }
    var members = [JSONMember("status", .string(progress.status.rawValue))]
    if let error = progress.error { members.append(JSONMember("error-desc", .string(error.description))) }
    if progress.memory > 0 {
      members.append(
        JSONMember(
          "ram",
          .object([
            JSONMember("transferred", number(progress.transferred)),
            JSONMember("remaining", number(progress.remaining)),
            JSONMember("total", number(progress.memory)), JSONMember("duplicate", number(progress.pages.zero)),
            JSONMember("skipped", number(0)), JSONMember("normal", number(progress.pages.plain)),
            JSONMember("normal-bytes", number(progress.pages.plain &* 4096)),
            JSONMember("dirty-pages-rate", number(progress.dirtyRate)),
            JSONMember("dirty-sync-count", number(progress.rounds)), JSONMember("page-size", number(4096)),
            JSONMember("postcopy-requests", number(progress.requests)),
            JSONMember("mbps", number(progress.throughput * 8 / 1_000_000)),
          ])))
    }
    let pages = progress.pages
    func ratio(_ a: UInt64, _ b: UInt64) -> JSONValue { .fraction(b == 0 ? 0 : Double(a) / Double(b)) }
    if pages.again > 0 {
      members.append(
        JSONMember(
          "xbzrle-cache",
          .object([
            "cache-size": number(parameters.cacheSize), "bytes": number(pages.differenceBytes),
            "pages": number(pages.difference), "cache-miss": number(pages.missed),
            "cache-miss-rate": ratio(pages.missed, pages.again),
            "encoding-rate": ratio(pages.difference * 4096, pages.differenceBytes),
            "overflow": number(pages.overflowed),
          ])))
    }
    if pages.unpackedBytes > 0 {
      members.append(
        JSONMember(
          "compression",
          .object([
            "pages": number(pages.plain + pages.difference), "busy": number(0), "busy-rate": ratio(0, 1),
            "compressed-size": number(pages.packedBytes),
            "compression-rate": ratio(pages.unpackedBytes, pages.packedBytes),
          ])))
    }
    members.append(JSONMember("total-time", milliseconds(progress.totalTime)))
    members.append(JSONMember("setup-time", milliseconds(progress.setupTime)))
    if progress.status.isActive {
      members.append(JSONMember("expected-downtime", milliseconds(progress.expectedDowntime)))
    }
    if progress.throttle > 0 { members.append(JSONMember("cpu-throttle-percentage", number(progress.throttle))) }
    if let downtime = progress.downtime {
      members.append(JSONMember("downtime", milliseconds(downtime)))
      members.append(JSONMember("x-downtime-us", number(downtime / 1000)))
      members.append(
        JSONMember(
          "x-phases",
          .array(
            progress.phases.map { .object(["name": .string($0.name), "us": number($0.time / 1000)]) })))
      members.append(
        JSONMember(
          "x-devices",
          .array(
            progress.devices.map {
              .object(["name": .string($0.name), "bytes": number($0.bytes), "us": number($0.time / 1000)])
            })))
    }
    if progress.isUnresolved { members.append(JSONMember("x-unresolved", .bool(true))) }
    return .object(members)
  }
}
