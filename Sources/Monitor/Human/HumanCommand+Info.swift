/// The subjects of `info`.
extension HumanCommand {
  private static func subject(
    _ name: String, _ summary: String, _ body: @escaping @Sendable (HumanMonitor) throws(CommandError) -> String
  ) -> HumanCommand {
    HumanCommand(name, [], summary) { monitor, _ throws(CommandError) in try body(monitor) }
  }

  static let subjects: [HumanCommand] = [
    subject("balloon", "how much memory is left to the guest") { monitor throws(CommandError) in
      let lines = try monitor.control.balloonStatistics().map { " \($0.name)=\($0.value)" }
      return "balloon: actual=\(try monitor.control.balloonSize() >> 20)\(lines.joined())\n"
    },
    subject("block", "the disks") { monitor throws(CommandError) in monitor.blockText },
    subject("chardev", "the character back ends") { monitor throws(CommandError) in monitor.characterText },
    subject("cpus", "the CPUs and what they do") { monitor throws(CommandError) in monitor.cpusText },
    HumanCommand(
      "device", [HumanArgument("NAME", .device, optional: true)],
      "a device's state and registers; without NAME, the devices' names"
    ) { monitor, arguments throws(CommandError) in try monitor.deviceText(arguments.text("NAME")) },
    subject("history", "the lines typed before") { monitor throws(CommandError) in
      monitor.history().enumerated().map { "\($0): '\($1)'\n" }.joined()
    },
    subject("ioapic", "the I/O APICs") { monitor throws(CommandError) in monitor.ioapicText },
    subject("irq", "every interrupt input, its level and who drives it") { monitor throws(CommandError) in
      monitor.interruptText
    },
    subject("jit", "what the engine holds of the guest's code") { monitor throws(CommandError) in monitor.engineText },
    subject("lapic", "the CPU's local APIC") { monitor throws(CommandError) in monitor.localAPICText },
    subject("mem", "what the CPU's page tables map") { monitor throws(CommandError) in try monitor.mappingText() },
    subject("migrate", "the migration") { monitor throws(CommandError) in monitor.migrationText },
    subject("migrate_capabilities", "what migrations do") { monitor throws(CommandError) in
      monitor.migrationCapabilityText
    },
    subject("migrate_parameters", "what migrations go by") { monitor throws(CommandError) in
      monitor.migrationParameterText
    },
    HumanCommand(
      "mtree", [HumanArgument("-f", .flag)], "the address spaces; with -f only what answers where"
    ) { monitor, arguments throws(CommandError) in monitor.memoryTreeText(isFlat: arguments.has("-f")) },
    subject("name", "the machine's name") { monitor throws(CommandError) in
      (monitor.control.host.name ?? "(no name)") + "\n"
    },
    subject("network", "the network interfaces") { monitor throws(CommandError) in monitor.networkText },
    subject("pic", "the interrupt controllers") { monitor throws(CommandError) in monitor.controllerText },
    subject("qtree", "the devices of the board") { monitor throws(CommandError) in monitor.deviceTreeText },
    HumanCommand("registers", [HumanArgument("-a", .flag)], "the CPU's registers; with -a those of all CPUs") {
      monitor, arguments throws(CommandError) in try monitor.registerText(all: arguments.has("-a"))
    },
    subject("jobs", "what goes on while the guest runs") { monitor throws(CommandError) in monitor.jobText },
    subject("roms", "memory that the guest cannot write") { monitor throws(CommandError) in monitor.romText },
    subject("snapshots", "the snapshots") { monitor throws(CommandError) in monitor.snapshotText },
    subject("status", "whether the guest runs") { monitor throws(CommandError) in monitor.statusText },
    subject("tlb", "what the CPU's page tables map, page by page") { monitor throws(CommandError) in
      try monitor.translationText()
    },
    subject("uuid", "the machine's UUID") { monitor throws(CommandError) in
      (monitor.control.host.uuid ?? "00000000-0000-0000-0000-000000000000") + "\n"
    },
    subject("version", "the program's version") { monitor throws(CommandError) in monitor.versionText },
  ]
}
