import Migration

/// Live migration.
extension HumanCommand {
  static let migration: [HumanCommand] = [
    HumanCommand(
      "migrate",
      [
        HumanArgument("-d", .flag), HumanArgument("-r", .flag), HumanArgument("-check", .flag),
        HumanArgument("URI", .word),
      ],
      "move the machine to tcp:H:P, unix:P, fd:N, exec:COMMAND, file:PATH; -check: does it fit; -r: go on"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.migrate(
        to: arguments.needed("URI"), check: arguments.has("-check"), resume: arguments.has("-r"))
      return arguments.has("-d") ? "" : "It has begun; info migrate tells how it goes\n"
    },
    HumanCommand("migrate_cancel", [], "give the migration up") { monitor, _ throws(CommandError) in
      try monitor.control.cancelMigration()
      return ""
    },
    HumanCommand("migrate_continue", [], "go on from pre-switchover") { monitor, _ throws(CommandError) in
      try monitor.control.continueMigration()
      return ""
    },
    HumanCommand("migrate_start_postcopy", [], "let the guest run there before its memory is there") {
      monitor, _ throws(CommandError) in
      try monitor.control.startPostcopy()
      return ""
    },
    HumanCommand("migrate_pause", [], "break off the connection through which memory follows the guest") {
      monitor, _ throws(CommandError) in
      try monitor.control.pauseMigration()
      return ""
    },
    HumanCommand(
      "migrate_recover", [HumanArgument("URI", .word)], "wait for the source again, after that connection was lost"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.recoverMigration(at: arguments.needed("URI"))
      return ""
    },
    HumanCommand(
      "migrate_incoming", [HumanArgument("URI", .word)], "wait for a machine, after -incoming defer"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.expectMachine(at: arguments.needed("URI"))
      return ""
    },
    HumanCommand(
      "migrate_resolve", [HumanArgument("SIDE", .choice(["here", "there"]))],
      "say where the machine runs after the connection was lost when it changed sides"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.resolveMigration(here: arguments.needed("SIDE") == "here")
      return ""
    },
    HumanCommand(
      "migrate_set_capability",
      [
        HumanArgument("NAME", .choice(MigrationCapability.allCases.map(\.rawValue))),
        HumanArgument("STATE", .choice(["on", "off"])),
      ], "switch what migrations do"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.setMigrationCapability(arguments.needed("NAME"), arguments.needed("STATE") == "on")
      return ""
    },
    HumanCommand(
      "migrate_set_parameter",
      [
        HumanArgument("NAME", .choice(Control.migrationParameters.map(\.name))), HumanArgument("VALUE", .expression),
      ], "set what migrations go by"
    ) { monitor, arguments throws(CommandError) in
      let name = arguments.needed("NAME")
      guard let row = Control.migrationParameters.first(where: { $0.name == name }) else { return "" }
      try monitor.control.setMigrationParameter(row, arguments.number("VALUE") ?? 0)
      return ""
    },
  ]
}
