/// The table of the MultiProcessor specification 1.4, for kernels without ACPI.
public struct MPTable: Sendable {
  private let machine: FirmwareDescription

  /// The table that describes `machine`.
  public init(_ machine: FirmwareDescription) { self.machine = machine }

  /// The floating pointer at `address`, a multiple of 16 between 0xf0000 and 0xfffff, and the table behind it.
  public func placed(at address: UInt32) -> Placement {
    precondition(address % 16 == 0, "the MP floating pointer is not aligned")
    var buffer = ByteBuffer()
    buffer.put("_MP_", count: 4)
    buffer.put(address + 16)
    // One paragraph, version 1.4, checksum, no default configuration, no IMCR: virtual wire mode.
    buffer.put([1, 4, 0, 0, 0, 0, 0, 0])
    buffer.bytes[10] = buffer.checksum(0..<16)
    buffer.put(table)
    return Placement("MP table", at: UInt64(address), buffer.bytes)
  }

  private var table: [UInt8] {
    var entries = ByteBuffer()
    var count: UInt16 = 0
    func entry(_ bytes: [UInt8]) {
      entries.put(bytes)
      count += 1
    }
    for (index, id) in machine.apicIDs.enumerated() {
      var processor = ByteBuffer()
      // APIC version 0x14; enabled, the first one boots.
      processor.put([0, id, 0x14, index == 0 ? 3 : 1])
      processor.put(machine.cpuSignature)
      processor.put(machine.cpuFeatures)
      processor.zeros(8)
      entry(processor.bytes)
    }
    let isaBus: UInt8 = 0
    entry([1, isaBus] + Array("ISA   ".utf8))
    for ioapic in machine.ioapics {
      var line = ByteBuffer()
      line.put([2, ioapic.id, 0x20, 1])
      line.put(ioapic.address)
      entry(line.bytes)
    }
    /// Kind 0 is a vectored interrupt, 3 is the 8259's.
    func interrupt(_ kind: UInt8, irq: UInt8, gsi: UInt32, flags: UInt8 = 0) {
      guard let ioapic = machine.ioapics.last(where: { $0.gsiBase <= gsi }), gsi - ioapic.gsiBase < 24 else { return }
      entry([3, kind, flags, 0, isaBus, irq, ioapic.id, UInt8(gsi - ioapic.gsiBase)])
    }
    interrupt(3, irq: 0, gsi: 0)
    interrupt(0, irq: 0, gsi: 2)
    for irq in 1..<UInt8(16) where irq != 2 { interrupt(0, irq: irq, gsi: UInt32(irq)) }
    // Transports have no bus of their own; their entries say level triggered and active high.
    for transport in machine.transports where transport.gsi < 256 {
      interrupt(0, irq: UInt8(transport.gsi), gsi: transport.gsi, flags: 0xd)
    }
    // LINT0 of the bootstrap processor takes the 8259's interrupts, LINT1 of all is NMI.
    entry([4, 3, 0, 0, isaBus, 0, machine.apicIDs.first ?? 0, 0])
    entry([4, 1, 0, 0, isaBus, 0, 0xff, 1])

    var table = ByteBuffer()
    table.put("PCMP", count: 4)
    table.put(UInt16(44 + entries.count))
    table.put([4, 0])
    table.put("FERRY", count: 8, filler: 0x20)
    table.put("MICROVM", count: 12, filler: 0x20)
    table.zeros(6)
    table.put(count)
    table.put(machine.localAPIC)
    table.zeros(4)
    table.put(entries.bytes)
    table.bytes[7] = table.checksum(0..<table.count)
    return table.bytes
  }
}
