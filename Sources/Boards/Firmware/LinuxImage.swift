import PCDevices

/// A Linux bzImage (Documentation/x86/boot: "The Linux/x86 Boot Protocol").
struct LinuxImage {
  let file: String
  let bytes: [UInt8]
  /// The real-mode part: boot sector and setup.
  let setupSize: Int
  /// Boot protocol version, 0x020f for 2.15.
  let version: UInt16

  /// Whether `bytes` look like one, whole or not.
  static func isOne(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 0x206 && bytes[0x1fe] == 0x55 && bytes[0x1ff] == 0xaa
      && Array(bytes[0x202..<0x206]) == Array("HdrS".utf8)
  }

  /// Reads the header.
  init(_ file: BootRequest.File) throws(BootError) {
    self.file = file.name
    bytes = file.bytes
    guard bytes.count >= 0x268 else {
      throw .truncated(file: file.name, what: "the setup header", needs: 0x268, has: UInt64(bytes.count))
    }
    let sectors = bytes[0x1f1] == 0 ? 4 : Int(bytes[0x1f1])
    setupSize = (sectors + 1) * 512
    version = UInt16(bytes[0x206]) | UInt16(bytes[0x207]) << 8
    guard version >= 0x0204, bytes[0x211] & 1 != 0 else {
      throw .unsupported(
        file: file.name,
        reason:
          "a Linux kernel with boot protocol \(version >> 8).\(version & 0xff) that loads low; 2.04 or later is needed")
    }
    let wanted = UInt64(setupSize) + UInt64(number(0x1f4, 4)) * 16
    // The size is in paragraphs: the last one may be cut short.
    guard UInt64(bytes.count) + 15 >= wanted, bytes.count > setupSize else {
      throw .truncated(file: file.name, what: "the kernel", needs: wanted, has: UInt64(bytes.count))
    }
  }

  /// A little-endian number of the header.
  func number(_ offset: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
  }

  /// The part that runs in protected mode.
  var kernel: ArraySlice<UInt8> { bytes[setupSize...] }
  /// Where it is loaded.
  static let kernelAddress: UInt64 = 0x100000

  /// The version string, when the kernel has one.
  var name: String {
    let start = Int(number(0x20e, 2)) + 0x200
    guard start > 0x200, start < setupSize else { return "Linux" }
    let text = bytes[start..<setupSize].prefix { $0 != 0 && $0 != 0x20 }.prefix(64)
    return "Linux " + String(text.map { (0x21..<0x7f).contains($0) ? Character(UnicodeScalar($0)) : "?" })
  }

  /// The longest command line, in bytes, without the final zero.
  var commandLineLimit: Int { version >= 0x0206 ? Int(min(number(0x238, 4), 0xffff)) : 255 }
  /// The last address that an initial RAM disk may have.
  var initrdLimit: UInt64 { number(0x22c, 4) }
  /// Whether it is for 64-bit CPUs.
  var is64Bit: Bool { version >= 0x020c && number(0x236, 2) & 1 != 0 }

  /// The RAM that the kernel needs before it knows the memory map: from where it is loaded to where it has
  /// unpacked itself.
  var footprint: Range<UInt64> {
    let loaded = Self.kernelAddress + UInt64(kernel.count)
    guard version >= 0x020a else { return Self.kernelAddress..<loaded + (8 << 20) }
    let preferred = number(0x258, 8) & 0xffff_ffff
    let size = number(0x260, 4)
    return Self.kernelAddress..<max(loaded, preferred + size, Self.kernelAddress + size)
  }

  /// The user's command line, and for a kernel that is told to leave ACPI alone the places of the virtio
  /// transports. A kernel that reads ACPI would find them twice, without their interrupts the second time.
  static func commandLine(_ request: BootRequest, _ machine: FirmwareDescription) -> String {
    let line = request.commandLine
    guard line.split(separator: " ").contains("acpi=off") else { return line }
    return machine.transports.reduce(line) { line, transport in
      "\(line) virtio_mmio.device=\(transport.size)@0x\(String(transport.address, radix: 16)):\(transport.gsi)"
    }
  }

  /// Refuses what cannot be started on `machine`.
  func check(_ request: BootRequest, _ machine: FirmwareDescription) throws(BootError) {
    guard !is64Bit || machine.hasLongMode else {
      throw .unsupported(file: file, reason: "a 64-bit Linux kernel, but this CPU has no long mode: use a 32-bit one")
    }
    guard request.modules.count <= 1 else {
      throw .tooManyModules(format: "Linux", count: request.modules.count)
    }
    let length = Self.commandLine(request, machine).utf8.count
    guard length <= min(commandLineLimit, Self.commandLineRoom) else {
      throw .commandLineTooLong(length: length, limit: min(commandLineLimit, Self.commandLineRoom))
    }
    guard footprint.upperBound <= machine.lowRAM else {
      throw .outsideRAM(file: file, what: "the kernel", range: footprint, ram: machine.lowRAM + machine.highRAM)
    }
  }

  /// Where the initial RAM disk goes: as high as kernel and RAM allow, on a page of its own.
  func initrdAddress(_ module: BootRequest.File, _ machine: FirmwareDescription) throws(BootError) -> UInt64 {
    guard !module.bytes.isEmpty else { throw .empty(file: module.name) }
    let size = UInt64(module.bytes.count)
    let top = min(machine.lowRAM, initrdLimit + 1)
    let free = footprint.upperBound
    let room = top > free ? top - free : 0
    guard top >= size, (top - size) & ~0xfff >= free else {
      throw .noRoom(file: module.name, needs: size, room: room, ram: machine.lowRAM + machine.highRAM)
    }
    return (top - size) & ~0xfff
  }

  /// The VBE mode that `vga=` asks for; nil for text, and where the screen has nothing else.
  private func videoMode(_ request: BootRequest, _ machine: FirmwareDescription) throws(BootError) -> VBEMode? {
    guard machine.frameBuffer != nil else { return nil }
    switch VideoSelection(request.commandLine) {
    case .text: return nil
    case .mode(let mode): return mode
    case .unknown(let number):
      throw .unsupported(
        file: "-append",
        reason: "vga=0x\(String(number, radix: 16)) is no mode of the VGA; 0x300 and a VBE number is, as 0x317 for "
          + "1024x768 with 16 bits a pixel")
    }
  }

  // MARK: The 32-bit entry

  private static let bootParameters: UInt64 = 0x90000
  private static let commandLineAddress: UInt64 = 0x91000
  /// What fits between there and the BIOS's data, with the final zero left out.
  private static let commandLineRoom = Int(MemoryMap.extendedBIOSData - commandLineAddress) - 1

  /// Everything for entering the kernel at its 32-bit entry.
  func plan(_ request: BootRequest, _ machine: FirmwareDescription) throws(BootError) -> BootPlan {
    try check(request, machine)
    var parameters = ByteBuffer(zeros: 4096)
    // The header and what follows it, as far as the kernel says it goes.
    let headerEnd = min(0x202 + Int(bytes[0x201]), setupSize, bytes.count, 0x290)
    for offset in 0x1f1..<max(headerEnd, 0x1f1) { parameters.bytes[offset] = bytes[offset] }
    var placements = [EntryState.descriptors]
    let mode = try videoMode(request, machine)
    if let mode, let memory = machine.frameBuffer {
      ScreenInfo.set(mode, memory, &parameters)
    } else if machine.hasScreen {
      ScreenInfo.setText(&parameters)
    }
    parameters.set(UInt64(LegacyFirmware.rsdp), at: 0x70)
    let extended = (machine.lowRAM - 0x100000) >> 10
    parameters.set(UInt16(clamping: extended), at: 0x02)
    parameters.set(UInt32(clamping: extended), at: 0x1e0)
    let map = MemoryMap(machine)
    parameters.set(UInt8(map.entries.count), at: 0x1e8)
    for (index, byte) in map.bytes.enumerated() { parameters.bytes[0x2d0 + index] = byte }
    // The video mode, else "normal"; a boot loader without a number of its own; loaded high.
    parameters.set(VideoSelection.number(request.commandLine) ?? 0xffff, at: 0x1fa)
    parameters.set(0xff as UInt8, at: 0x210)
    parameters.set(bytes[0x211] | 1, at: 0x211)
    parameters.set(UInt32(Self.commandLineAddress), at: 0x228)
    if let module = request.modules.first {
      let address = try initrdAddress(module, machine)
      parameters.set(UInt32(address), at: 0x218)
      parameters.set(UInt32(module.bytes.count), at: 0x21c)
      placements.append(Placement("initial RAM disk", at: address, module.bytes))
    }
    placements.append(Placement("boot parameters", at: Self.bootParameters, parameters.bytes))
    placements.append(
      Placement("command line", at: Self.commandLineAddress, Array(Self.commandLine(request, machine).utf8) + [0]))
    placements.append(Placement("kernel", at: Self.kernelAddress, Array(kernel)))
    var entry = EntryState(eip: UInt32(Self.kernelAddress))
    entry.esi = UInt32(Self.bootParameters)
    entry.esp = UInt32(Self.bootParameters)
    return BootPlan(
      summary: "\(name), boot protocol \(version >> 8).\(version & 0xff)", placements: placements, entry: entry,
      videoMode: mode)
  }
}
