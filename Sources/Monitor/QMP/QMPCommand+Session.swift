import SavedState

/// About QMP itself.
extension QMPCommand {
  static let session: [QMPCommand] = [
    QMPCommand(
      "qmp_capabilities", "begins the conversation",
      [QMPMember("enable", .array(.enumeration("QMPCapability", [])), optional: true)]
    ) { _, _ throws(CommandError) in
      throw CommandError(.commandNotFound, "Capabilities negotiation is already complete, command ignored")
    },
    QMPCommand(
      "query-version", "the version of the protocol and of the program",
      returns: .object(
        QMPObject(
          "VersionInfo", [QMPMember("qemu", .object(versionTriple)), QMPMember("package", .string)]))
    ) { _, _ in version },
    QMPCommand(
      "query-commands", "the names of all commands",
      returns: .list("CommandInfo", [QMPMember("name", .string)])
    ) { _, _ in .array(all.map { .object(["name": .string($0.name)]) }) },
    QMPCommand(
      "query-events", "the names of all events", returns: .list("EventInfo", [QMPMember("name", .string)])
    ) { _, _ in .array(QMPEvent.all.map { .object(["name": .string($0.name)]) }) },
    QMPCommand(
      "query-qmp-schema", "commands, events and their types", returns: .array(.object(QMPSchema.entry))
    ) { _, _ in QMPSchema.json },
    QMPCommand(
      "human-monitor-command", "carries out a line of the human monitor",
      [QMPMember("command-line", .string), QMPMember("cpu-index", .integer, optional: true)], returns: .string
    ) { control, arguments throws(CommandError) in
      guard let monitor = control.humanMonitor else { throw CommandError("There is no human monitor") }
      let cpu = try arguments.integer("cpu-index", 0...Int(Int32.max)) ?? 0
      guard control.machine.cpus.indices.contains(cpu) else { throw control.noCPU(cpu) }
      return .string(try monitor(arguments.text("command-line"), cpu))
    },
  ]

  /// The version of QMP that is spoken, under the name that clients look for, and who speaks it.
  static let version = JSONValue.object([
    "qemu": .object(["major": .integer(7), "minor": .integer(2), "micro": .integer(0)]), "package": .string("Ferry"),
  ])

  private static let versionTriple = QMPObject(
    "VersionTriple", [QMPMember("major", .integer), QMPMember("minor", .integer), QMPMember("micro", .integer)])
}
