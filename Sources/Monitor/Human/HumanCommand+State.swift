/// The machine's state by the names in its tables.
extension HumanCommand {
  static let state: [HumanCommand] = [
    HumanCommand(
      "set", [HumanArgument("PLACE", .place), HumanArgument("VALUE", .rest)],
      "change a value of the state (/machine/pit/gate2) or a register (serial0.LCR, serial0.LCR.DLAB)"
    ) { monitor, arguments throws(CommandError) in
      try monitor.set(arguments.needed("PLACE"), to: arguments.needed("VALUE"))
    }
  ]
}
