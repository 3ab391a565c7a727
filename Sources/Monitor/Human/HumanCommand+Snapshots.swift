/// Snapshot files.
extension HumanCommand {
  static let snapshots: [HumanCommand] = [
    HumanCommand(
      "savevm", [HumanArgument("FILE", .word), HumanArgument("COMMENT", .rest, optional: true)],
      "save the machine to a snapshot file"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.saveSnapshot(
        to: arguments.needed("FILE"), comment: arguments.text("COMMENT") ?? "")
      return ""
    },
    HumanCommand("loadvm", [HumanArgument("FILE", .word)], "load the machine from a snapshot file") {
      monitor, arguments throws(CommandError) in
      try monitor.control.loadSnapshot(from: arguments.needed("FILE"))
      return ""
    },
  ]
}
