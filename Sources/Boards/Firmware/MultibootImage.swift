import Bits

/// A multiboot 1 kernel (Multiboot Specification 0.6.96), ELF or with the addresses in its header.
struct MultibootImage {
  private static let magic: UInt32 = 0x1bad_b002

  let file: BootRequest.File
  /// Where the header is in the file.
  let offset: Int
  let flags: UInt32

  /// Nil when there is no header in the first 8 KiB.
  init?(_ file: BootRequest.File) throws(BootError) {
    let bytes = file.bytes
    func word(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32($1 * 8) } }
    var found: Int?
    var at = 0
    while at + 12 <= min(bytes.count, 8192) {
      if word(at) == Self.magic, word(at) &+ word(at + 4) &+ word(at + 8) == 0 {
        found = at
        break
      }
      at += 4
    }
    guard let found else { return nil }
    self.file = file
    offset = found
    flags = word(found + 4)
    // Bits 0-15 must be understood; 0, 1 and 2 are known.
    guard flags & 0xfff8 == 0 else {
      throw .unsupported(
        file: file.name,
        reason: "a multiboot kernel that asks for features 0x\(String(flags & 0xfff8, radix: 16)), which are not known")
    }
    guard !flags.bit(16) || bytes.count >= found + 32 else {
      throw .truncated(
        file: file.name, what: "the multiboot header", needs: UInt64(found + 32), has: UInt64(bytes.count))
    }
  }

  private func word(_ index: Int) -> UInt32 {
    let at = offset + index * 4
    return (0..<4).reduce(0) { $0 | UInt32(file.bytes[at + $1]) << UInt32($1 * 8) }
  }

  /// What the kernel's header or its ELF says is to be loaded, and the entry.
  private func load(_ machine: FirmwareDescription) throws(BootError) -> (placements: [Placement], entry: UInt32) {
    guard flags.bit(16) else {
      guard ELFImage.isOne(file.bytes) else {
        throw .unsupported(file: file.name, reason: "a multiboot kernel that is no ELF and gives no load addresses")
      }
      let elf = try ELFImage(file)
      guard let entry = UInt32(exactly: elf.physicalEntry) else {
        throw .unsupported(file: file.name, reason: "a multiboot kernel with an entry above 4 GiB")
      }
      return (try elf.placements(machine), entry)
    }
    let (header, start, end, zeroEnd, entry) = (word(3), word(4), word(5), word(6), word(7))
    let inFile = Int64(offset) - (Int64(header) - Int64(start))
    guard start <= header, inFile >= 0 else {
      throw .unsupported(file: file.name, reason: "a multiboot kernel whose load address is after its header")
    }
    let count = end == 0 ? Int64(file.bytes.count) - inFile : Int64(end) - Int64(start)
    guard count >= 0, inFile + count <= Int64(file.bytes.count) else {
      throw .truncated(
        file: file.name, what: "the kernel", needs: UInt64(max(0, inFile + count)), has: UInt64(file.bytes.count))
    }
    let size = max(UInt64(count), zeroEnd > start ? UInt64(zeroEnd - start) : 0)
    let range = UInt64(start)..<UInt64(start) + size
    guard range.upperBound <= machine.lowRAM, MemoryMap(machine).isUsable(range) else {
      throw .outsideRAM(file: file.name, what: "the kernel", range: range, ram: machine.lowRAM + machine.highRAM)
    }
    let data = Array(file.bytes[Int(inFile)..<Int(inFile + count)])
    return ([Placement("kernel", at: UInt64(start), data, size: size)], entry)
  }

  func plan(_ request: BootRequest, _ machine: FirmwareDescription) throws(BootError) -> BootPlan {
    let (kernel, entry) = try load(machine)
    var placements = kernel
    let ram = machine.lowRAM + machine.highRAM
    var modules: [(address: UInt64, file: BootRequest.File)] = []
    for module in request.modules {
      let size = UInt64(module.bytes.count)
      guard let address = LowMemory.above(placements, size: size, machine) else {
        let free = placements.map(\.range.upperBound).max() ?? 0
        throw .noRoom(file: module.name, needs: size, room: machine.lowRAM - min(free, machine.lowRAM), ram: ram)
      }
      placements.append(Placement("module \(module.name)", at: address, module.bytes))
      modules.append((address, module))
    }
    let map = MemoryMap(machine)
    let texts =
      [Self.line(request.kernel.name, request.commandLine), Array("Ferry".utf8) + [0]]
      + modules.map { Self.line($0.file.name, $0.file.arguments) }
    let fixed = 128 + modules.count * 16 + map.entries.count * 24
    let size = fixed + texts.reduce(0) { $0 + $1.count }
    guard let base = LowMemory.place(size: UInt64(size), beside: placements, machine) else {
      throw .noRoom(file: file.name, needs: UInt64(size), room: 0, ram: ram)
    }
    var textAt: [UInt32] = []
    var next = UInt32(base) + UInt32(fixed)
    for text in texts {
      textAt.append(next)
      next += UInt32(text.count)
    }
    let moduleList = UInt32(base) + 128
    let mapList = moduleList + UInt32(modules.count * 16)
    var info = ByteBuffer(zeros: 128)
    // Memory sizes, boot device absent, command line, modules, memory map, loader name, text frame buffer.
    info.set(0x124d as UInt32, at: 0)
    info.set(UInt32(MemoryMap.extendedBIOSData >> 10), at: 4)
    info.set(UInt32((machine.lowRAM - 0x100000) >> 10), at: 8)
    info.set(textAt[0], at: 16)
    info.set(UInt32(modules.count), at: 20)
    info.set(modules.isEmpty ? 0 : moduleList, at: 24)
    info.set(UInt32(map.entries.count * 24), at: 44)
    info.set(mapList, at: 48)
    info.set(textAt[1], at: 64)
    // EGA text: 80 columns of two bytes, 25 rows.
    info.set(0xb8000 as UInt64, at: 88)
    info.set(160 as UInt32, at: 96)
    info.set(80 as UInt32, at: 100)
    info.set(25 as UInt32, at: 104)
    info.set(16 as UInt8, at: 108)
    info.set(2 as UInt8, at: 109)
    for (index, module) in modules.enumerated() {
      info.put(UInt32(module.address))
      info.put(UInt32(module.address) + UInt32(module.file.bytes.count))
      info.put(textAt[2 + index])
      info.put(0 as UInt32)
    }
    for entry in map.entries {
      info.put(20 as UInt32)
      info.put(entry.base)
      info.put(entry.size)
      info.put(entry.kind.rawValue)
    }
    for text in texts { info.put(text) }
    placements.append(Placement("multiboot information", at: base, info.bytes))
    placements.append(EntryState.descriptors)
    var state = EntryState(eip: entry)
    state.eax = 0x2bad_b002
    state.ebx = UInt32(base)
    return BootPlan(summary: "multiboot 1 kernel", placements: placements, entry: state)
  }

  /// A command line as boot loaders give it: the file's name, then the arguments, then a zero.
  private static func line(_ name: String, _ arguments: String) -> [UInt8] {
    Array((arguments.isEmpty ? name : "\(name) \(arguments)").utf8) + [0]
  }
}
