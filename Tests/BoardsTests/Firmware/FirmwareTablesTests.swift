import Foundation
import PCDevices
import Testing

@testable import Boards

@Suite struct `Firmware tables` {
  let machine = FirmwareSample.machine

  private func number(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int {
    bytes[at..<at + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
  private func sum(_ bytes: ArraySlice<UInt8>) -> UInt8 { bytes.reduce(0, &+) }

  /// Every table by its signature, from its RSDP.
  private func tables(_ placements: [Placement]) -> [String: [UInt8]] {
    let blob = placements[0]
    func table(_ address: Int) -> [UInt8] {
      let start = address - Int(blob.address)
      let length = number(blob.bytes, start + 4, 4)
      return Array(blob.bytes[start..<start + length])
    }
    let root = placements[1].bytes
    var found = ["RSD PTR ": root]
    let xsdt = table(number(root, 24, 8))
    let rsdt = table(number(root, 16, 4))
    found["XSDT"] = xsdt
    found["RSDT"] = rsdt
    for at in stride(from: 36, to: xsdt.count, by: 8) {
      let one = table(number(xsdt, at, 8))
      found[String(decoding: one.prefix(4), as: UTF8.self)] = one
    }
    if let fadt = found["FACP"] {
      found["DSDT"] = table(number(fadt, 140, 8))
      found["FACS"] = table(number(fadt, 36, 4))
    }
    return found
  }

  @Test func `every table is reached from the RSDP and its bytes sum to zero`() {
    let placements = ACPITables(machine).placed(tablesAt: 0xe0000, rootAt: 0xfe000)
    let found = tables(placements)
    #expect(Set(found.keys) == ["RSD PTR ", "XSDT", "RSDT", "FACP", "APIC", "DSDT", "FACS"])
    for (name, bytes) in found where name != "FACS" { #expect(sum(bytes[...]) == 0, "\(name)") }
    #expect(sum(placements[1].bytes[0..<20]) == 0)
    #expect(placements[0].range.upperBound <= 0xf0000)
  }

  @Test func `the FADT names the power block, the reset register and 8042 and clock`() throws {
    let fadt = try #require(tables(ACPITables(machine).placed(tablesAt: 0xe0000, rootAt: 0xfe000))["FACP"])
    #expect(fadt.count == 276)
    #expect(number(fadt, 46, 2) == 10)
    #expect(number(fadt, 56, 4) == 0x600)
    #expect(number(fadt, 64, 4) == 0x604)
    #expect(number(fadt, 76, 4) == 0x608)
    #expect(number(fadt, 109, 2) == 0x1b)
    #expect(number(fadt, 112, 4) == 0x575)
    #expect(Array(fadt[116..<128]) == [0, 8, 0, 1, 0x12, 0, 0xa0, 0xfe, 0, 0, 0, 0])
    #expect(fadt[128] == ACPIEventDevice.resetValue)
    var reduced = machine
    reduced.powerBlock = nil
    let other = try #require(tables(ACPITables(reduced).placed(tablesAt: 0xe0000, rootAt: 0xfe000))["FACP"])
    #expect(number(other, 112, 4) == 0x100575)
  }

  @Test func `the MADT has CPUs, IOAPICs, overrides and the NMI`() throws {
    let madt = try #require(tables(ACPITables(machine).placed(tablesAt: 0xe0000, rootAt: 0xfe000))["APIC"])
    var entries: [[UInt8]] = []
    var at = 44
    while at < madt.count {
      entries.append(Array(madt[at..<at + Int(madt[at + 1])]))
      at += Int(madt[at + 1])
    }
    #expect(
      entries == [
        [0, 8, 0, 0, 1, 0, 0, 0], [0, 8, 1, 1, 1, 0, 0, 0],
        [1, 12, 8, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0], [1, 12, 9, 0, 0, 0, 0xc1, 0xfe, 24, 0, 0, 0],
        [2, 10, 0, 0, 2, 0, 0, 0, 0, 0], [2, 10, 0, 10, 10, 0, 0, 0, 0xd, 0],
        [4, 6, 0xff, 0, 0, 1],
      ])
  }

  @Test func `the loader's script makes what we make`() {
    let tables = ACPITables(machine)
    let placed = tables.placed(tablesAt: 0x7fe_0000, rootAt: 0xf5a80)
    var files = ["etc/acpi/tables": tables.tables, "etc/acpi/rsdp": tables.root]
    let bases = ["etc/acpi/tables": 0x7fe_0000, "etc/acpi/rsdp": 0xf5a80]
    let script = tables.loaderScript
    #expect(script.count % 128 == 0)
    func name(_ at: Int) -> String { String(decoding: script[at..<at + 56].prefix { $0 != 0 }, as: UTF8.self) }
    for at in stride(from: 0, to: script.count, by: 128) {
      let file = name(at + 4)
      switch number(script, at, 4) {
      case 1: #expect(files[file] != nil && number(script, at + 60, 4) >= 16)
      case 2:
        let (offset, size) = (number(script, at + 116, 4), Int(script[at + 120]))
        var value = number(files[file] ?? [], offset, size) + (bases[name(at + 60)] ?? 0)
        for index in 0..<size {
          files[file]?[offset + index] = UInt8(truncatingIfNeeded: value)
          value >>= 8
        }
      default:
        let (offset, start, count) = (
          number(script, at + 60, 4), number(script, at + 64, 4), number(script, at + 68, 4)
        )
        var bytes = files[file] ?? []
        bytes[offset] = 0
        bytes[offset] = 0 &- sum(bytes[start..<start + count])
        files[file] = bytes
      }
    }
    #expect(files["etc/acpi/tables"] == placed[0].bytes)
    #expect(files["etc/acpi/rsdp"] == placed[1].bytes)
  }

  @Test func `package lengths count themselves at every size`() {
    for size in [0, 0x3e, 0x3f, 0x40, 0xffc, 0xffd, 0xffe, 0x1000, 0xffffc, 0xffffd] {
      let code = AML.sized([UInt8](repeating: 0xa3, count: size))
      let extra = Int(code[0] >> 6)
      var length = extra == 0 ? Int(code[0]) : Int(code[0] & 0xf)
      for index in 0..<extra { length |= Int(code[1 + index]) << (4 + 8 * index) }
      #expect(length == code.count, "\(size)")
    }
  }

  @Test func `EISA IDs are compressed as the specification's example`() {
    #expect(AML.eisaID("PNP0501") == [0x0c, 0x41, 0xd0, 0x05, 0x01])
    #expect(AML.eisaID("PNP0C0C") == [0x0c, 0x41, 0xd0, 0x0c, 0x0c])
  }

  @Test func `the MP table has every CPU, IOAPIC and interrupt, and sums to zero`() {
    let placement = MPTable(machine).placed(at: 0xf0000)
    let bytes = placement.bytes
    #expect(sum(bytes[0..<16]) == 0)
    #expect(number(bytes, 4, 4) == 0xf0010)
    let table = Array(bytes[16...])
    #expect(sum(table[...]) == 0)
    #expect(number(table, 4, 2) == table.count)
    var kinds: [UInt8: Int] = [:]
    var at = 44
    var inputs: [[UInt8]] = []
    while at < table.count {
      kinds[table[at], default: 0] += 1
      if table[at] == 3 { inputs.append(Array(table[at..<at + 8])) }
      at += table[at] == 0 ? 20 : 8
    }
    #expect(kinds == [0: 2, 1: 1, 2: 2, 3: 1 + 1 + 14 + 24, 4: 2])
    #expect(number(table, 34, 2) == kinds.values.reduce(0, +))
    #expect(inputs.contains([3, 0, 0, 0, 0, 0, 8, 2]))
    #expect(inputs.contains([3, 0, 0xd, 0, 0, 47, 9, 23]))
  }

  @Test func `the reset vector of a machine without firmware resets it`() {
    let reset = LegacyFirmware.placements(machine).first { $0.name == "reset vector" }
    #expect(reset?.address == 0xffff0)
    #expect(reset?.bytes.prefix(6) == [0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee])
  }

  @Test func `a firmware image ends at 4 GiB and its last 128 KiB at 1 MiB`() throws {
    var bytes = [UInt8](repeating: 0, count: 0x40000)
    bytes[0x3fff0] = 0xea
    let image = try FirmwareImage(name: "bios", bytes)
    #expect(image.base == 0xfffc_0000)
    #expect(image.shadow.address == 0xe0000)
    #expect(image.shadow.bytes[0x1fff0] == 0xea)
    #expect(try FirmwareImage(name: "bios", [UInt8](repeating: 0, count: 0x10000)).shadow.address == 0xf0000)
    #expect(throws: BootError.badFirmwareSize(file: "bios", size: 100)) {
      try FirmwareImage(name: "bios", [UInt8](repeating: 0, count: 100))
    }
    #expect(throws: BootError.empty(file: "bios")) { try FirmwareImage(name: "bios", []) }
  }

  @Test func `fw_cfg has what SeaBIOS and the option ROM ask for`() throws {
    let contents = FwCfgContents()
    SeaBIOSContents.add(machine, to: contents)
    let request = BootRequest(
      kernel: FirmwareSample.file(FirmwareSample.bzImage()), modules: [FirmwareSample.file([1, 2, 3], name: "initrd")],
      commandLine: "quiet")
    try SeaBIOSContents.add(request, rom: [0x55, 0xaa, 1], machine, to: contents)
    #expect(contents.file("genroms/linuxboot.bin") == [0x55, 0xaa, 1])
    #expect(contents.file("bootorder") == Array("/rom@genroms/linuxboot.bin\n".utf8) + [0])
    #expect(contents.file("etc/e820")?.count == 40)
    #expect(contents.file("etc/table-loader")?.isEmpty == false)
    guard case .bytes(let setup) = contents[.setupData], case .bytes(let kernel) = contents[.kernelData] else {
      Issue.record("no kernel")
      return
    }
    #expect(setup.count == 2560 && kernel.count == 4096)
    #expect(number(setup, 0x228, 4) == 0x20000)
    #expect(setup[0x211] == 0x81)
    #expect(number(setup, 0x218, 4) + 0x80000 <= 256 << 20)
    #expect(throws: BootError.self) {
      try SeaBIOSContents.add(
        BootRequest(kernel: FirmwareSample.file(FirmwareSample.elf())), rom: [], machine, to: contents)
    }
  }

  @Test func `the CMOS tells the memory's size in its units`() {
    let values = Dictionary(uniqueKeysWithValues: SeaBIOSContents.cmos(machine).map { ($0.index, $0.value) })
    #expect(values[0x34] == 0 && values[0x35] == 15)
    #expect(values[0x5b] == 0 && values[0x5c] == 0x40)
    #expect(values[0x5f] == 1)
    #expect(values[0x30] == 0xff && values[0x31] == 0xff)
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/iasl"), "iasl (acpica-tools) is not installed"))
  func `iasl disassembles the DSDT and finds every device`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "ferry-dsdt-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let found = tables(ACPITables(machine).placed(tablesAt: 0xe0000, rootAt: 0xfe000))
    for (name, bytes) in found where name.count == 4 {
      try Data(bytes).write(to: folder.appendingPathComponent("\(name).aml"))
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/iasl")
      process.arguments = ["-d", "\(name).aml"]
      process.currentDirectoryURL = folder
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = pipe
      try process.run()
      let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(name): \(said)")
      #expect(!said.contains("Warning") && !said.contains("Error"), "\(name): \(said)")
    }
    let source = try String(contentsOf: folder.appendingPathComponent("DSDT.dsl"), encoding: .utf8)
    for word in ["\"LNRO0005\"", "PNP0501", "PNP0B00", "PNP0303", "PNP0F13", "PNP0C0C", "ACPI0013", "ACPI0007", "VR17"]
    {
      #expect(source.contains(word), "\(word)")
    }
  }
}
