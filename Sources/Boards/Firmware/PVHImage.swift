/// An ELF kernel with a PVH note, entered as Xen enters a PVH guest (the "x86/HVM direct boot ABI").
struct PVHImage {
  let elf: ELFImage
  /// The physical 32-bit entry.
  let entry: UInt32

  /// Nil when the file has no such note.
  init?(_ elf: ELFImage) throws(BootError) {
    guard let note = elf.note(owner: "Xen", type: 18) else { return nil }
    guard note.count == 4 || note.count == 8 else {
      throw .unsupported(file: elf.file, reason: "a PVH note of \(note.count) bytes: 4 or 8 are right")
    }
    let value = note.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let entry = UInt32(exactly: value) else {
      throw .unsupported(file: elf.file, reason: "a PVH entry above 4 GiB")
    }
    self.elf = elf
    self.entry = entry
  }

  func plan(_ request: BootRequest, _ machine: FirmwareDescription) throws(BootError) -> BootPlan {
    guard elf.machine == .i386 || machine.hasLongMode else {
      throw .unsupported(file: elf.file, reason: "an x86-64 kernel, but this CPU has no long mode: use a 32-bit one")
    }
    guard request.modules.count <= 1 else { throw .tooManyModules(format: "PVH", count: request.modules.count) }
    var placements = try elf.placements(machine)
    let ram = machine.lowRAM + machine.highRAM
    var module: (address: UInt64, size: UInt64)?
    if let file = request.modules.first {
      guard !file.bytes.isEmpty else { throw .empty(file: file.name) }
      let size = UInt64(file.bytes.count)
      let free = LowMemory.above(placements, size: 0, machine) ?? machine.lowRAM
      guard size <= machine.lowRAM, (machine.lowRAM - size) & ~0xfff >= free else {
        throw .noRoom(file: file.name, needs: size, room: machine.lowRAM - free, ram: ram)
      }
      let address = (machine.lowRAM - size) & ~0xfff
      placements.append(Placement("initial RAM disk", at: address, file.bytes))
      module = (address, size)
    }
    let map = MemoryMap(machine)
    let commandLine = Array(request.commandLine.utf8) + [0]
    let size = 56 + 32 + map.entries.count * 24 + commandLine.count
    guard let base = LowMemory.place(size: UInt64(size), beside: placements, machine) else {
      throw .noRoom(file: elf.file, needs: UInt64(size), room: 0, ram: ram)
    }
    let list = base + 56
    let memory = list + 32
    let text = memory + UInt64(map.entries.count * 24)
    var info = ByteBuffer()
    info.put(0x336e_c578 as UInt32)
    info.put(1 as UInt32)
    info.put(0 as UInt32)
    info.put((module == nil ? 0 : 1) as UInt32)
    info.put(module == nil ? 0 : list)
    info.put(text)
    info.put(UInt64(LegacyFirmware.rsdp))
    info.put(memory)
    info.put(UInt32(map.entries.count))
    info.put(0 as UInt32)
    info.put(module?.address ?? 0)
    info.put(module?.size ?? 0)
    info.zeros(16)
    for entry in map.entries {
      info.put(entry.base)
      info.put(entry.size)
      info.put(entry.kind.rawValue)
      info.put(0 as UInt32)
    }
    info.put(commandLine)
    placements.append(Placement("PVH start information", at: base, info.bytes))
    placements.append(EntryState.descriptors)
    var state = EntryState(eip: entry)
    state.ebx = UInt32(base)
    return BootPlan(summary: "PVH kernel", placements: placements, entry: state)
  }
}
