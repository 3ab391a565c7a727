/// Logs and GDB's server.
extension HumanCommand {
  static let logging: [HumanCommand] = [
    HumanCommand(
      "log", [HumanArgument("ITEMS", .logItems, optional: true)],
      "log exactly these items, as -d takes them (none: nothing); without ITEMS, list them"
    ) { monitor, arguments throws(CommandError) in
      guard let items = arguments.text("ITEMS") else {
        return monitor.control.host.logSwitches.map {
          "\(Columns.left($0.name, 14))\(Columns.left($0.isOn ? "on" : "off", 5))\($0.summary)\n"
        }.joined()
      }
      try monitor.control.host.setLog(items)
      return ""
    },
    HumanCommand(
      "logfile", [HumanArgument("FILE", .word, optional: true)], "where the log goes; without FILE: standard error"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.host.setLogFile(arguments.text("FILE"))
      return ""
    },
    HumanCommand(
      "gdbserver", [HumanArgument("DEVICE", .word, optional: true)],
      "wait for GDB at DEVICE, as -gdb has it (tcp::1234 where none is given); none ends it"
    ) { monitor, arguments throws(CommandError) in
      let line = try monitor.control.host.setDebugServer(arguments.text("DEVICE") ?? "tcp::1234")
      return line.isEmpty || line.hasSuffix("\n") ? line : line + "\n"
    },
  ]
}
