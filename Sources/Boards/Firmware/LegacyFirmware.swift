/// What a machine without a firmware image has in its place when a kernel is started directly: the BIOS data
/// areas, ACPI tables, MP table, and at the reset vector code that resets the machine.
public enum LegacyFirmware {
  /// Where the ACPI tables are.
  static let tables: UInt32 = 0xe0000
  static let mpTable: UInt32 = 0xf0000
  /// Where the RSDP is.
  public static let rsdp: UInt32 = 0xfe000

  /// Everything, for `machine`.
  public static func placements(_ machine: FirmwareDescription) -> [Placement] {
    var placements = ACPITables(machine).placed(tablesAt: tables, rootAt: rsdp)
    placements.append(MPTable(machine).placed(at: mpTable))
    placements.append(biosData(machine))
    placements.append(Placement("extended BIOS data", at: MemoryMap.extendedBIOSData, [1], size: 0x400))
    // mov dx, 0xcf9; mov al, 6; out dx, al; hlt; jmp $-1
    let code: [UInt8] = [0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee, 0xf4, 0xeb, 0xfd]
    placements.append(Placement("reset vector", at: 0xffff0, code, size: 16))
    return placements
  }

  /// The BIOS data area at 0x400, as far as kernels read it.
  private static func biosData(_ machine: FirmwareDescription) -> Placement {
    var area = ByteBuffer(zeros: 0x100)
    for (index, serial) in machine.serialPorts.prefix(4).enumerated() { area.set(serial.port, at: index * 2) }
    area.set(UInt16(MemoryMap.extendedBIOSData >> 4), at: 0x0e)
    // Equipment: FPU, 80x25 colour, PS/2 mouse, number of serial ports.
    area.set(UInt16(0x26 | min(machine.serialPorts.count, 4) << 9), at: 0x10)
    area.set(UInt16(MemoryMap.extendedBIOSData >> 10), at: 0x13)
    // The keyboard buffer is empty.
    area.set(0x1e as UInt16, at: 0x1a)
    area.set(0x1e as UInt16, at: 0x1c)
    area.set(3 as UInt8, at: 0x49)
    area.set(80 as UInt16, at: 0x4a)
    area.set(0x1000 as UInt16, at: 0x4c)
    area.set(0x0d0e as UInt16, at: 0x60)
    area.set(0x3d4 as UInt16, at: 0x63)
    area.set(0x1e as UInt16, at: 0x80)
    area.set(0x3e as UInt16, at: 0x82)
    area.set(24 as UInt8, at: 0x84)
    area.set(16 as UInt16, at: 0x85)
    return Placement("BIOS data", at: 0x400, area.bytes)
  }
}
