/// The DSDT: devices that cannot be found by looking.
enum DSDT {
  static func code(_ machine: FirmwareDescription) -> AML.Code {
    var devices: [AML.Code] = []
    for (index, _) in machine.apicIDs.enumerated() {
      devices.append(
        AML.device(
          "C" + digits(index, 3),
          [AML.name("_HID", AML.string("ACPI0007")), AML.name("_UID", AML.integer(UInt64(index)))]))
    }
    for (index, serial) in machine.serialPorts.enumerated() {
      devices.append(
        AML.device(
          "COM\(index + 1)",
          [
            AML.name("_HID", AML.eisaID("PNP0501")), AML.name("_UID", AML.integer(UInt64(index + 1))),
            AML.name("_STA", AML.integer(15)),
            AML.resources([AML.ports(serial.port, count: 8), AML.isaInterrupt(serial.irq)]),
          ]))
    }
    if machine.hasClock {
      devices.append(
        AML.device(
          "RTC",
          [
            AML.name("_HID", AML.eisaID("PNP0B00")), AML.resources([AML.ports(0x70, count: 2), AML.isaInterrupt(8)]),
          ]))
    }
    if machine.hasKeyboardController {
      devices.append(
        AML.device(
          "KBD",
          [
            AML.name("_HID", AML.eisaID("PNP0303")), AML.name("_STA", AML.integer(15)),
            AML.resources([AML.ports(0x60, count: 1), AML.ports(0x64, count: 1), AML.isaInterrupt(1)]),
          ]))
      devices.append(
        AML.device(
          "MOU",
          [
            AML.name("_HID", AML.eisaID("PNP0F13")), AML.name("_STA", AML.integer(15)),
            AML.resources([AML.isaInterrupt(12)]),
          ]))
    }
    devices += events(machine) + transports(machine)
    var code = AML.scope("\\_SB", devices)
    code += AML.name("\\_S5", AML.package([AML.integer(5), AML.integer(5), AML.integer(0), AML.integer(0)]))
    return code
  }

  /// The generic event device and the power button that it speaks for.
  private static func events(_ machine: FirmwareDescription) -> [AML.Code] {
    guard let events = machine.eventDevice else { return [] }
    return [
      AML.device(
        "PWRB", [AML.name("_HID", AML.eisaID("PNP0C0C")), AML.name("_UID", AML.integer(0))]),
      AML.device(
        "GED",
        [
          AML.name("_HID", AML.string("ACPI0013")), AML.name("_UID", AML.string("GED")),
          AML.resources([AML.interrupt(events.gsi, isEdge: true)]),
          AML.memoryRegion("EREG", base: UInt64(events.address), size: 4),
          AML.wordField("EREG", [("ESEL", 32)]),
          AML.method(
            "_EVT", arguments: 1, isSerialized: true,
            [
              AML.store(AML.path("ESEL"), to: AML.local0),
              AML.ifTrue(AML.and(AML.local0, AML.integer(1)), [AML.notify("PWRB", 0x80)]),
            ]),
        ]),
    ]
  }

  private static func transports(_ machine: FirmwareDescription) -> [AML.Code] {
    machine.transports.enumerated().map { index, transport in
      AML.device(
        "VR" + digits(index, 2),
        [
          AML.name("_HID", AML.string("LNRO0005")), AML.name("_UID", AML.integer(UInt64(index))),
          AML.name("_CCA", AML.integer(1)),
          AML.resources([
            AML.memory(transport.address, size: transport.size), AML.interrupt(transport.gsi, isEdge: false),
          ]),
        ])
    }
  }

  /// `number` in hexadecimal, filled with zeros.
  private static func digits(_ number: Int, _ count: Int) -> String {
    let text = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}
