/// Snapshot files.
extension HumanCommand {
  static let snapshots: [HumanCommand] = [
    HumanCommand(
      "savevm",
      [
        HumanArgument("-d", .flag), HumanArgument("-compress", .flag), HumanArgument("-disks", .flag),
        HumanArgument("-base", .option("PARENT")),
        HumanArgument("FILE", .word), HumanArgument("COMMENT", .rest, optional: true),
      ],
      "save the machine to a snapshot file; -d does not wait for it; -disks: with what is in overlays"
    ) { monitor, arguments throws(CommandError) in
      let control = monitor.control
      let job = try control.saveSnapshot(
        to: arguments.needed("FILE"), comment: arguments.text("COMMENT") ?? "",
        compression: arguments.has("-compress") ? 3 : nil, base: arguments.text("-base"),
        withOverlays: arguments.has("-disks"))
      guard arguments.has("-d") else {
        control.awaited = job
        return ""
      }
      monitor.follow(job)
      return ""
    },
    HumanCommand(
      "loadvm", [HumanArgument("-changed-disks", .flag), HumanArgument("FILE", .word)],
      "load the machine from a snapshot file; -changed-disks: also where disks were written since"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.loadSnapshot(
        from: arguments.needed("FILE"), acceptingChanges: arguments.has("-changed-disks"))
      return ""
    },
    HumanCommand("delvm", [HumanArgument("FILE", .word)], "remove a snapshot file") {
      monitor, arguments throws(CommandError) in
      try monitor.control.deleteSnapshot(at: arguments.needed("FILE"))
      return ""
    },
  ]
}
