public import PCDevices

/// What SeaBIOS and its like want to find in fw_cfg, and in the CMOS.
public enum SeaBIOSContents {
  /// Where a kernel's real-mode part goes, and its command line behind it.
  private static let setup: UInt32 = 0x10000
  private static let commandLine: UInt32 = 0x20000

  /// Fills `contents` for `machine`: memory map, ACPI tables with their loader script, number of CPUs.
  public static func add(_ machine: FirmwareDescription, to contents: FwCfgContents) {
    contents.set(.ramSize, machine.lowRAM + machine.highRAM)
    contents.set(.cpuCount, UInt16(machine.apicIDs.count))
    contents.set(.maxCPUs, UInt16(machine.apicIDs.count))
    contents.set(.noGraphics, UInt16(machine.hasScreen ? 0 : 1))
    contents.set(.bootMenu, 0 as UInt16)
    contents.set(.irq0Override, 1 as UInt32)
    // SeaBIOS adds the areas of its own; it gets RAM alone.
    var map = ByteBuffer()
    for (base, size) in [(0, machine.lowRAM), (1 << 32, machine.highRAM)] where size > 0 {
      map.put(UInt64(base))
      map.put(size)
      map.put(MemoryMap.Kind.usable.rawValue)
    }
    contents.addFile("etc/e820", map.bytes)
    let tables = ACPITables(machine)
    contents.addFile(ACPITables.File.root.rawValue, tables.root)
    contents.addFile(ACPITables.File.tables.rawValue, tables.tables)
    contents.addFile("etc/table-loader", tables.loaderScript)
  }

  /// Adds a Linux kernel for the option ROM `rom` to fetch and start, and puts it first in the boot order.
  ///
  /// - Throws: `BootError` when the kernel is no bzImage or does not fit.
  public static func add(
    _ request: BootRequest, rom: [UInt8], _ machine: FirmwareDescription, to contents: FwCfgContents
  ) throws(BootError) {
    let file = request.kernel
    guard !file.bytes.isEmpty else { throw .empty(file: file.name) }
    guard LinuxImage.isOne(file.bytes) else {
      throw .unsupported(file: file.name, reason: "firmware can start a Linux bzImage only; leave -bios away")
    }
    let image = try LinuxImage(file)
    try image.check(request, machine)
    guard image.setupSize <= Int(commandLine - setup) - 0x1000 else {
      throw .unsupported(file: file.name, reason: "a kernel with \(image.setupSize) bytes of setup code")
    }
    var header = ByteBuffer()
    header.bytes = Array(image.bytes[..<image.setupSize])
    if let number = VideoSelection.number(request.commandLine) { header.set(number, at: 0x1fa) }
    // A boot loader without a number of its own; the heap ends before the command line.
    header.set(0xff as UInt8, at: 0x210)
    header.set(image.bytes[0x211] | 0x80, at: 0x211)
    header.set(UInt16(commandLine - setup - 0x200), at: 0x224)
    header.set(commandLine, at: 0x228)
    if let module = request.modules.first {
      // SeaBIOS keeps its tables at the end of low RAM: leave them half a MiB.
      var lower = machine
      lower.lowRAM -= min(machine.lowRAM, 0x80000)
      let address = try image.initrdAddress(module, lower)
      header.set(UInt32(address), at: 0x218)
      header.set(UInt32(module.bytes.count), at: 0x21c)
      contents.set(.initrdAddress, UInt32(address))
      contents.set(.initrdSize, UInt32(module.bytes.count))
      contents[.initrdData] = .bytes(module.bytes)
    } else {
      contents.set(.initrdSize, 0 as UInt32)
    }
    let text = Array(LinuxImage.commandLine(request, machine).utf8) + [0]
    contents.set(.commandLineAddress, commandLine)
    contents.set(.commandLineSize, UInt32(text.count))
    contents[.commandLineData] = .bytes(text)
    contents.set(.kernelAddress, UInt32(LinuxImage.kernelAddress))
    contents.set(.kernelSize, UInt32(image.kernel.count))
    contents[.kernelData] = .bytes(Array(image.kernel))
    contents.set(.setupAddress, setup)
    contents.set(.setupSize, UInt32(image.setupSize))
    contents[.setupData] = .bytes(header.bytes)
    contents.addFile("genroms/linuxboot.bin", rom)
    contents.addFile("bootorder", Array("/rom@genroms/linuxboot.bin\n".utf8) + [0])
  }

  /// What the CMOS says of the machine, by index, for firmware that asks it.
  public static func cmos(_ machine: FirmwareDescription) -> [(index: UInt8, value: UInt8)] {
    var values: [(UInt8, UInt8)] = []
    func put(_ index: UInt8, _ value: UInt64, bytes: Int = 2) {
      for byte in 0..<bytes { values.append((index + UInt8(byte), UInt8(truncatingIfNeeded: value >> (byte * 8)))) }
    }
    // Equipment: FPU, colour display, keyboard.
    put(0x14, machine.hasScreen ? 0x06 : 0x02, bytes: 1)
    put(0x15, 640)
    let extended = min(UInt64(0xffff), (max(machine.lowRAM, 0x100000) - 0x100000) >> 10)
    put(0x17, extended)
    put(0x30, extended)
    // Above 16 MiB, and above 4 GiB, in units of 64 KiB.
    put(0x34, min(UInt64(0xffff), (max(machine.lowRAM, 16 << 20) - (16 << 20)) >> 16))
    put(0x5b, min(UInt64(0xff_ffff), machine.highRAM >> 16), bytes: 3)
    put(0x5f, UInt64(max(1, machine.apicIDs.count) - 1), bytes: 1)
    return values
  }
}
