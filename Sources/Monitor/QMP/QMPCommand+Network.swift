import SavedState

/// Networks.
extension QMPCommand {
  static let network: [QMPCommand] = [
    .action(
      "set_link", "pulls the cable of a network, or plugs it in",
      [QMPMember("name", .string), QMPMember("up", .boolean)]
    ) { control, arguments throws(CommandError) in
      try control.setLink(arguments.string("name") ?? "", up: arguments.flag("up") ?? true)
    },
    .action("announce-self", "has the guest tell its neighbours where it is") { control, _ throws(CommandError) in
      control.announce()
    },
  ]
}
