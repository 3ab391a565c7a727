/// Networks.
extension HumanCommand {
  static let network: [HumanCommand] = [
    HumanCommand(
      "set_link", [HumanArgument("NAME", .word), HumanArgument("STATE", .choice(["on", "off"]))],
      "pull the cable of a network, or of a device, or plug it in"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.setLink(arguments.text("NAME") ?? "", up: arguments.text("STATE") == "on")
      return ""
    },
    HumanCommand("announce_self", [], "have the guest tell its neighbours where it is") {
      monitor, _ throws(CommandError) in
      monitor.control.announce()
      return ""
    },
    HumanCommand(
      "hostfwd_add", [HumanArgument("NETDEV-OR-RULE", .word), HumanArgument("RULE", .word, optional: true)],
      "have a port of the host lead to the guest: [tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT"
    ) { monitor, arguments throws(CommandError) in
      let (network, rule) = forward(arguments)
      try monitor.control.addForward(network, rule)
      return ""
    },
    HumanCommand(
      "hostfwd_remove", [HumanArgument("NETDEV-OR-RULE", .word), HumanArgument("RULE", .word, optional: true)],
      "take that back: [tcp|udp]:[HOSTADDR]:HOSTPORT"
    ) { monitor, arguments throws(CommandError) in
      let (network, rule) = forward(arguments)
      try monitor.control.removeForward(network, rule)
      return "host forwarding rule for \(rule) removed\n"
    },
  ]

  /// The network, where one is named before the rule.
  private static func forward(_ arguments: HumanArguments) -> (network: String?, rule: String) {
    let first = arguments.text("NETDEV-OR-RULE") ?? ""
    return arguments.text("RULE").map { (first, $0) } ?? (nil, first)
  }
}
