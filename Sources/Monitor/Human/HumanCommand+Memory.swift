/// Memory and ports.
extension HumanCommand {
  static let memory: [HumanCommand] = [
    HumanCommand(
      "x", [HumanArgument("FORMAT", .format), HumanArgument("ADDRESS", .expression)],
      "memory as the CPU sees it; FORMAT is a count, a form (x d u o c i) and a width (b h w g)"
    ) { monitor, arguments throws(CommandError) in
      try monitor.dump(arguments.number("ADDRESS") ?? 0, arguments.format, isPhysical: false)
    },
    HumanCommand(
      "xp", [HumanArgument("FORMAT", .format), HumanArgument("ADDRESS", .expression)],
      "memory by physical address; a device there is read as by the guest"
    ) { monitor, arguments throws(CommandError) in
      try monitor.dump(arguments.number("ADDRESS") ?? 0, arguments.format, isPhysical: true)
    },
    HumanCommand(
      "print", alias: "p", [HumanArgument("FORMAT", .format), HumanArgument("VALUE", .expression)],
      "the value of an expression: 0x10, $eip, $r0, + - * / % & | ^ ~ << >> ( )"
    ) { monitor, arguments throws(CommandError) in
      try monitor.print(arguments.number("VALUE") ?? 0, arguments.format)
    },
    HumanCommand(
      "i", [HumanArgument("FORMAT", .format), HumanArgument("PORT", .expression)],
      "read an I/O port as the guest would, /b /h or /w wide"
    ) { monitor, arguments throws(CommandError) in
      try monitor.readPort(try arguments.number("PORT", in: 0...0xffff), arguments.format)
    },
    HumanCommand(
      "o", [HumanArgument("FORMAT", .format), HumanArgument("PORT", .expression), HumanArgument("VALUE", .expression)],
      "write an I/O port as the guest would, /b /h or /w wide"
    ) { monitor, arguments throws(CommandError) in
      try monitor.writePort(
        try arguments.number("PORT", in: 0...0xffff), arguments.number("VALUE") ?? 0, arguments.format)
    },
    HumanCommand(
      "memsave",
      [HumanArgument("ADDRESS", .expression), HumanArgument("SIZE", .expression), HumanArgument("FILE", .word)],
      "write memory as the CPU sees it to a file"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.saveMemory(
        virtual: arguments.number("ADDRESS") ?? 0, count: arguments.number("SIZE") ?? 0, cpu: monitor.cpu,
        to: arguments.needed("FILE"))
      return ""
    },
    HumanCommand(
      "pmemsave",
      [HumanArgument("ADDRESS", .expression), HumanArgument("SIZE", .expression), HumanArgument("FILE", .word)],
      "write physical memory to a file"
    ) { monitor, arguments throws(CommandError) in
      try monitor.control.saveMemory(
        physical: arguments.number("ADDRESS") ?? 0, count: arguments.number("SIZE") ?? 0,
        to: arguments.needed("FILE"))
      return ""
    },
  ]
}
