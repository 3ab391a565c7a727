import PCDevices

/// The ACPI tables of a machine: RSDP, RSDT, XSDT, FADT, FACS, MADT and DSDT (ACPI 6.4, chapter 5).
///
/// They are made without an address: pointers hold offsets, and lists say where pointers and checksums are. So
/// they can be put anywhere, by us or by firmware that runs `loaderScript`.
public struct ACPITables: Sendable {
  /// Which of the two files.
  enum File: String, Sendable {
    case tables = "etc/acpi/tables"
    case root = "etc/acpi/rsdp"
  }

  /// A pointer into the tables.
  struct Pointer: Sendable {
    let file: File
    let offset: Int
    let size: Int
  }

  struct Checksum: Sendable {
    let file: File
    let offset: Int
    let range: Range<Int>
  }

  /// The tables' required alignment in memory: that of the FACS, which comes first.
  static let alignment = 64

  /// All tables but the RSDP, with offsets for pointers.
  public private(set) var tables: [UInt8] = []
  /// The RSDP, with offsets for pointers.
  public private(set) var root: [UInt8] = []
  private(set) var pointers: [Pointer] = []
  private(set) var checksums: [Checksum] = []

  /// The tables that describe `machine`.
  public init(_ machine: FirmwareDescription) {
    var blob = ByteBuffer()
    blob.put("FACS", count: 4)
    blob.put(64 as UInt32)
    blob.zeros(24)
    // FACS version 2; no waking vector, no flags.
    blob.put(2 as UInt8)
    blob.zeros(31)
    let dsdt = add(DSDT.code(machine), "DSDT", revision: 2, to: &blob)
    let fadt = addFADT(machine, dsdt: dsdt, to: &blob)
    let madt = add(Self.madt(machine), "APIC", revision: 4, to: &blob)
    let listed = [fadt, madt]
    let rsdt = add(
      listed.flatMap { Self.number(UInt32($0)) }, "RSDT", revision: 1, to: &blob)
    let xsdt = add(
      listed.flatMap { Self.number(UInt64($0)) }, "XSDT", revision: 1, to: &blob)
    for index in listed.indices {
      pointers.append(Pointer(file: .tables, offset: rsdt + 36 + index * 4, size: 4))
      pointers.append(Pointer(file: .tables, offset: xsdt + 36 + index * 8, size: 8))
    }
    tables = blob.bytes
    makeRoot(rsdt: rsdt, xsdt: xsdt)
  }

  private static func number<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// Appends a table with its header; gives its offset.
  private mutating func add(_ body: [UInt8], _ signature: String, revision: UInt8, to blob: inout ByteBuffer) -> Int {
    blob.align(16)
    let start = blob.count
    blob.put(signature, count: 4)
    blob.put(UInt32(36 + body.count))
    blob.put([revision, 0])
    blob.put("FERRY", count: 6, filler: 0x20)
    blob.put("MICROVM", count: 8, filler: 0x20)
    blob.put(1 as UInt32)
    blob.put("FRRY", count: 4)
    blob.put(1 as UInt32)
    blob.put(body)
    checksums.append(Checksum(file: .tables, offset: start + 9, range: start..<blob.count))
    return start
  }

  private mutating func makeRoot(rsdt: Int, xsdt: Int) {
    var buffer = ByteBuffer()
    buffer.put("RSD PTR ", count: 8)
    buffer.put(0 as UInt8)
    buffer.put("FERRY", count: 6, filler: 0x20)
    buffer.put(2 as UInt8)
    buffer.put(UInt32(rsdt))
    buffer.put(36 as UInt32)
    buffer.put(UInt64(xsdt))
    buffer.zeros(4)
    root = buffer.bytes
    pointers.append(Pointer(file: .root, offset: 16, size: 4))
    pointers.append(Pointer(file: .root, offset: 24, size: 8))
    checksums.append(Checksum(file: .root, offset: 8, range: 0..<20))
    checksums.append(Checksum(file: .root, offset: 32, range: 0..<36))
  }

  // MARK: FADT

  /// A generic address structure.
  private static func address(_ space: UInt8, bits: UInt8, access: UInt8, _ address: UInt64) -> [UInt8] {
    [space, bits, 0, access] + number(address)
  }

  private mutating func addFADT(_ machine: FirmwareDescription, dsdt: Int, to blob: inout ByteBuffer) -> Int {
    var table = ByteBuffer(zeros: 276 - 36)
    func at(_ offset: Int) -> Int { offset - 36 }
    func set(_ bytes: [UInt8], _ offset: Int) {
      for (index, byte) in bytes.enumerated() { table.bytes[at(offset) + index] = byte }
    }
    // FIRMWARE_CTRL is 0, the FACS's offset, until it is resolved.
    table.set(UInt32(dsdt), at: at(40))
    table.set(UInt64(dsdt), at: at(140))
    // No C2, no C3; the century is in CMOS 0x32.
    table.set(101 as UInt16, at: at(96))
    table.set(1001 as UInt16, at: at(98))
    table.set((machine.hasClock ? 0x32 : 0) as UInt8, at: at(108))
    var boot: UInt16 = 0
    if !machine.serialPorts.isEmpty { boot |= 1 }
    if machine.hasKeyboardController { boot |= 2 }
    if !machine.hasScreen { boot |= 4 }
    // No MSIs to devices, no PCIe ASPM.
    boot |= 0x18
    if !machine.hasClock { boot |= 0x20 }
    table.set(boot, at: at(109))
    // WBINVD works, C1 on all CPUs, buttons are no fixed hardware, the RTC does not wake, the timer has 32 bits.
    var flags: UInt32 = 0x175
    if let block = machine.powerBlock {
      table.set(UInt16(block.sci), at: at(46))
      let base = UInt64(block.port)
      table.set(UInt32(base), at: at(56))
      table.set(UInt32(base + 4), at: at(64))
      table.set(UInt32(base + 8), at: at(76))
      set([4, 2, 0, 4], 88)
      set(Self.address(1, bits: 32, access: 2, base), 148)
      set(Self.address(1, bits: 16, access: 2, base + 4), 172)
      set(Self.address(1, bits: 32, access: 3, base + 8), 208)
    } else {
      flags |= 1 << 20
    }
    if let events = machine.eventDevice {
      flags |= 0x400
      let base = UInt64(events.address)
      set(Self.address(0, bits: 8, access: 1, base + 0x12), 116)
      set([ACPIEventDevice.resetValue], 128)
      set(Self.address(0, bits: 8, access: 1, base + 0x10), 244)
      set(Self.address(0, bits: 8, access: 1, base + 0x11), 256)
    }
    table.set(flags, at: at(112))
    table.set(4 as UInt8, at: at(131))
    let start = add(table.bytes, "FACP", revision: 6, to: &blob)
    pointers.append(Pointer(file: .tables, offset: start + 36, size: 4))
    pointers.append(Pointer(file: .tables, offset: start + 40, size: 4))
    pointers.append(Pointer(file: .tables, offset: start + 140, size: 8))
    return start
  }

  // MARK: MADT

  private static func madt(_ machine: FirmwareDescription) -> [UInt8] {
    var table = ByteBuffer()
    table.put(machine.localAPIC)
    // A pair of 8259 is there too.
    table.put(1 as UInt32)
    for (index, id) in machine.apicIDs.enumerated() {
      table.put([0, 8, UInt8(truncatingIfNeeded: index), id])
      table.put(1 as UInt32)
    }
    for ioapic in machine.ioapics {
      table.put([1, 12, ioapic.id, 0])
      table.put(ioapic.address)
      table.put(ioapic.gsiBase)
    }
    func override(_ irq: UInt8, gsi: UInt32, flags: UInt16) {
      table.put([2, 10, 0, irq])
      table.put(gsi)
      table.put(flags)
    }
    override(0, gsi: 2, flags: 0)
    // The system control interrupt is level triggered, active high.
    if let block = machine.powerBlock { override(block.sci, gsi: UInt32(block.sci), flags: 0xd) }
    // LINT1 of every CPU is NMI.
    table.put([4, 6, 0xff, 0, 0, 1])
    return table.bytes
  }

  // MARK: Addresses

  /// The tables and the RSDP with all addresses and checksums filled in. `tablesAt` is a multiple of 64,
  /// `rootAt` of 16 (and between 0xe0000 and 0xfffff, where systems look for it).
  public func placed(tablesAt: UInt32, rootAt: UInt32) -> [Placement] {
    precondition(tablesAt % UInt32(Self.alignment) == 0 && rootAt % 16 == 0, "ACPI tables are not aligned")
    var tables = ByteBuffer()
    tables.bytes = self.tables
    var root = ByteBuffer()
    root.bytes = self.root
    func fill(_ buffer: inout ByteBuffer, _ file: File) {
      for pointer in pointers where pointer.file == file {
        if pointer.size == 4 {
          buffer.set(UInt32(truncatingIfNeeded: buffer.number(at: pointer.offset, 4)) &+ tablesAt, at: pointer.offset)
        } else {
          buffer.set(buffer.number(at: pointer.offset, 8) &+ UInt64(tablesAt), at: pointer.offset)
        }
      }
      for checksum in checksums where checksum.file == file {
        buffer.bytes[checksum.offset] = 0
        buffer.bytes[checksum.offset] = buffer.checksum(checksum.range)
      }
    }
    fill(&tables, .tables)
    fill(&root, .root)
    return [
      Placement("ACPI tables", at: UInt64(tablesAt), tables.bytes),
      Placement("ACPI RSDP", at: UInt64(rootAt), root.bytes),
    ]
  }
}
