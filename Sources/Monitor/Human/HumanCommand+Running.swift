import Boards

/// Running, stopping, leaving.
extension HumanCommand {
  static let running: [HumanCommand] = [
    HumanCommand("help", alias: "?", [HumanArgument("COMMAND", .command, optional: true)], "this list, or one command")
    {
      monitor, arguments throws(CommandError) in try monitor.help(arguments.text("COMMAND"))
    },
    HumanCommand("info", of: subjects, "what is; help info lists the subjects"),
    HumanCommand("stop", [], "stop the guest") { monitor, _ throws(CommandError) in
      monitor.control.stop()
      return ""
    },
    HumanCommand("cont", alias: "c", [], "let the guest run on") { monitor, _ throws(CommandError) in
      try monitor.control.cont()
      return ""
    },
    HumanCommand(
      "step", [HumanArgument("COUNT", .expression, optional: true)],
      "let the CPU execute one instruction, or COUNT, and stop the guest"
    ) { monitor, arguments throws(CommandError) in
      let count = try arguments.number("COUNT", in: 1...Int64.max, default: 1)
      try monitor.control.step(cpu: monitor.cpu, count: UInt64(count))
      monitor.isStepping = true
      return ""
    },
    HumanCommand("cpu", [HumanArgument("NUMBER", .expression)], "the CPU that other commands mean from now on") {
      monitor, arguments throws(CommandError) in
      let last = Int64(monitor.control.machine.cpus.count - 1)
      monitor.cpu = Int(try arguments.number("NUMBER", in: 0...last))
      return ""
    },
    HumanCommand("system_reset", [], "press the reset button") { monitor, _ throws(CommandError) in
      monitor.control.systemReset()
      return ""
    },
    HumanCommand("system_powerdown", [], "press the power button") { monitor, _ throws(CommandError) in
      try monitor.control.systemPowerdown()
      return ""
    },
    HumanCommand("balloon", [HumanArgument("MEGABYTES", .expression)], "would like the guest to get along with that") {
      monitor, arguments throws(CommandError) in
      try monitor.control.setBalloon(try arguments.number("MEGABYTES", in: 1...1 << 40) << 20)
      return ""
    },
    HumanCommand("nmi", [], "raise the NMI of every CPU") { monitor, _ throws(CommandError) in
      try monitor.control.injectNMI()
      return ""
    },
    HumanCommand("quit", alias: "q", [], "end the machine and the program") { monitor, _ throws(CommandError) in
      monitor.control.quit()
      return ""
    },
  ]
}
